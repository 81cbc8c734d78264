/* SPDX-License-Identifier: Apache-2.0 */

/* What the process beside systemd-nspawn executes where it takes libsystemd, in the pod's directory:
 *   keep leave UUID LOCAL-CONFIG [debug]   takes that process out of the service the pod is in
 *   keep end UUID LOCAL-CONFIG [debug]     ends what systemd-nspawn has left, and leaves the pod's networks
 */

#include "coreos-machine.h"
#include "stage1-network.h"
#include "stage1-status.h"
#include "sysd-bus.h"

/* A service that stops kills whatever is left in it once its main process has ended, which is when networks
 * are left. Whoever stops the scope instead means nothing by it: it ends with the pod. */
static int leave_service(const Uuid *uuid, pid_t keeper) {
        _cleanup_(sysd_properties_done) SysdProperties scope = SYSD_PROPERTIES_NULL;
        _cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
        _cleanup_(freep) char *name = NULL, *description = NULL;
        int r = sysd_connect(&bus, NULL);

        if (r < 0)
                return r;
        if (asprintf(&name, "run-rkt-%s.scope", uuid->text) < 0) {
                name = NULL;
                return -ENOMEM;
        }
        if (asprintf(&description, "Networks of rkt pod %s", uuid->text) < 0) {
                description = NULL;
                return -ENOMEM;
        }
        r = sysd_set_string(&scope, "Description", description);
        if (r >= 0)
                r = sysd_set_pid(&scope, "PIDs", (uint32_t) keeper);
        if (r >= 0)
                r = sysd_set_string(&scope, "CollectMode", "inactive-or-failed");
        if (r >= 0)
                r = sysd_set_i32(&scope, "KillSignal", SIGURG); /* ignored by default */
        return r < 0 ? r : sysd_start_transient(bus, &(SysdUnit){ name, &scope }, 1, NULL, NULL);
}

static void end(const Pod *pod, const Stage1Args *args) {
        (void) coreos_machine_kill(&pod->uuid, NULL);
        stage1_network_end(pod, args);
}

int main(int argc, char **argv) {
        _cleanup_(pod_closep) Pod *pod = NULL;
        Stage1Args args = {};

        if (argc < 4 || uuid_parse(argv[2], &args.uuid) < 0 ||
            pod_open_here(&args.uuid, &pod, NULL) < 0)
                return STAGE1_FAILURE;
        args.local_config = argv[3];
        args.debug = argc > 4;
        if (strcmp(argv[1], "leave") == 0)
                return leave_service(&args.uuid, getppid()) < 0 ? STAGE1_FAILURE : 0;
        end(pod, &args);
        return 0;
}
