/* SPDX-License-Identifier: Apache-2.0 */

/* Stage1's "stop" entrypoint of flavor skim: [--force] UUID. Asks systemd and returns. */

#include <signal.h>

#include "pod-files.h"
#include "stage1-args.h"
#include "stage1-status.h"
#include "sysd-bus.h"
#include "sysd-names.h"

/* The apps alone: their supervisor notes how they ended and then ends the pod. */
static int kill_apps(sd_bus *bus, const Uuid *uuid, Error *e) {
        _cleanup_(appc_pod_freep) AppcPod *manifest = NULL;
        _cleanup_(pod_closep) Pod *pod = NULL;
        int r = pod_open_here(uuid, &pod, e);

        if (r >= 0)
                r = pod_read_manifest(pod, &manifest, e);
        for (size_t i = 0; r >= 0 && i < manifest->n_apps; i++) {
                _cleanup_(freep) char *unit = NULL;

                r = sysd_app_unit(uuid, manifest->apps[i].name, &unit, e);
                if (r >= 0)
                        r = sysd_unit_kill(bus, unit, SIGKILL, e);
        }
        return r;
}

static int stop(const Uuid *uuid, bool force, Error *e) {
        _cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
        SysdNames names;
        int r = sysd_connect(&bus, e);

        if (r >= 0 && force)
                r = kill_apps(bus, uuid, e);
        if (r < 0)
                return r;
        sysd_names_init(uuid, &names);
        return sysd_unit_job(bus, "StopUnit", names.slice, NULL, e);
}

int main(int argc, char **argv) {
        _cleanup_(error_done) Error e = ERROR_NULL;
        bool force = false;
        Uuid uuid;
        int r = stage1_stop_args_parse(argc, argv, &uuid, &force, &e);

        if (r >= 0)
                r = stop(&uuid, force, &e);
        return r < 0 ? stage1_fail("stage1 stop", &e, r, false) : 0;
}
