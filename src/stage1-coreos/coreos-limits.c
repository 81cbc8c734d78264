/* SPDX-License-Identifier: Apache-2.0 */
#include "coreos-limits.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "files.h"
#include "text.h"

#define CONTROLLERS_MAX ((size_t) 4096)

static bool has_controller(const char *name) {
        _cleanup_(freep) char *text = NULL;
        _cleanup_(strv_freep) Strv names = NULL;
        size_t n = 0;

        return file_read_at(AT_FDCWD, "/sys/fs/cgroup/cgroup.controllers", CONTROLLERS_MAX, &text,
                            &n) >= 0 &&
               strv_split(text_trim(text), ' ', &names) >= 0 && strv_contains(names, name);
}

void coreos_limits_check(const AppcIsolators *isolators) {
        static const struct {
                AppcIsolatorKind kind;
                const char *controller;
        } limits[] = {
                { APPC_ISOLATOR_MEMORY, "memory" },
                { APPC_ISOLATOR_CPU, "cpu" },
                { APPC_ISOLATOR_CPU_SHARES, "cpu" },
        };

        for (size_t i = 0; i < N_ELEMENTS(limits); i++)
                if (appc_isolators_get(isolators, limits[i].kind) &&
                    !has_controller(limits[i].controller))
                        fprintf(stderr,
                                "stage1: warning: resource/%s isolator set but its controller is "
                                "not there for the pod (it takes cgroup version 2), skipping\n",
                                limits[i].controller);
}
