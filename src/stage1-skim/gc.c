/* SPDX-License-Identifier: Apache-2.0 */

/* Stage1's "gc" entrypoint of flavor skim: [--debug] [--local-config PATH] UUID. Whatever the pod
 * may have left outside its directory goes: units, networks, journal, mount points. */

#include <systemd/sd-daemon.h>
#include <systemd/sd-login.h>

#include "pod-files.h"
#include "skim-volumes.h"
#include "stage1-args.h"
#include "stage1-network.h"
#include "stage1-status.h"
#include "sysd-bus.h"
#include "sysd-control.h"
#include "sysd-journal.h"
#include "sysd-machine.h"
#include "sysd-names.h"
#include "sysd-wait.h"

static bool is_inside(const SysdNames *names) {
        _cleanup_(freep) char *unit = NULL;

        return sd_pid_get_unit(0, &unit) >= 0 && strcmp(unit, names->scope) == 0;
}

/* Units of a pod whose supervisor was killed may take their time to stop: nothing may be removed
 * under them. */
static int stop_units(const SysdNames *names, const Uuid *pod, Error *e) {
        _cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
        _cleanup_(freep) char *journald = NULL;
        int r = 0;

        if (sd_booted() <= 0)
                return 0; /* no systemd, no units */
        if (is_inside(names))
                return error_new(e, -EBUSY, "called from within the pod's own unit '%s'",
                                 names->scope);
        if (asprintf(&journald, "systemd-journald@%s.service", names->journal_namespace) < 0) {
                journald = NULL;
                return -ENOMEM;
        }
        r = sysd_connect(&bus, e);
        if (r >= 0)
                r = sysd_stop_and_wait(bus, names->slice, e);
        if (r >= 0)
                r = sysd_stop_and_wait(bus, journald, e);
        if (r >= 0)
                sysd_machine_forget(bus, names, pod);
        return r;
}

/* Without a manifest nothing was started. */
static void remove_log_fields(const Pod *pod) {
        _cleanup_(appc_pod_freep) AppcPod *manifest = NULL;

        if (pod_read_manifest(pod, &manifest, NULL) < 0)
                return;
        for (size_t i = 0; i < manifest->n_apps; i++) {
                _cleanup_(freep) char *unit = NULL;

                if (sysd_app_unit(&pod->uuid, manifest->apps[i].name, &unit, NULL) >= 0)
                        sysd_log_fields_remove(unit);
        }
}

int main(int argc, char **argv) {
        _cleanup_(error_done) Error e = ERROR_NULL;
        _cleanup_(pod_closep) Pod *pod = NULL;
        SysdNames names;
        Uuid uuid;
        int r = stage1_gc_args_parse(argc, argv, &uuid, &e);

        if (r < 0)
                return stage1_fail("stage1 gc", &e, r, false);
        sysd_names_init(&uuid, &names);
        r = pod_open_here(&uuid, &pod, &e);
        if (r >= 0)
                r = stop_units(&names, &uuid, &e);
        if (r >= 0)
                r = stage1_network_leave(pod, stage1_gc_local_config(argc, argv), &e);
        if (r >= 0)
                r = sysd_journal_remove(&names, &e);
        if (r >= 0)
                r = sysd_control_remove(&names, &e);
        if (r >= 0)
                remove_log_fields(pod);
        if (r >= 0)
                skim_volumes_remove(pod);
        return r < 0 ? stage1_fail("stage1 gc", &e, r, false) : 0;
}
