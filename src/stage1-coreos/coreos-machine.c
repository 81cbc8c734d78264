/* SPDX-License-Identifier: Apache-2.0 */
#include "coreos-machine.h"

#include <stdio.h>
#include <unistd.h>

#include "process.h"
#include "text.h"

int coreos_machine_kill(const Uuid *uuid, Error *e) {
        char program[] = "/usr/bin/machinectl", verb[] = "kill", by[] = "--signal=KILL";
        char name[sizeof("rkt-") + sizeof(uuid->text)];
        char *const argv[] = { program, verb, by, name, NULL };
        const ProcessSpec spec = {
                .path = program,
                .argv = argv,
                .fds = { -1, -1, STDERR_FILENO },
                .n_fds = 3,
        };
        _cleanup_(freep) char *path = NULL;
        int r = 0;

        (void) snprintf(name, sizeof(name), "rkt-%s", uuid->text);
        if (asprintf(&path, "/run/systemd/machines/%s", name) < 0) {
                path = NULL;
                return -ENOMEM;
        }
        /* systemd-nspawn takes a machine off machined's list when it ends as it should. */
        if (access(path, F_OK) < 0)
                return 0;
        r = process_run(&spec);
        return r == 0 || access(path, F_OK) < 0
                       ? 0
                       : error_new(e, r < 0 ? r : -EIO, "cannot kill machine %s", name);
}
