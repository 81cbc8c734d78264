/* SPDX-License-Identifier: Apache-2.0 */
#include "coreos-limits.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app-isolation.h"
#include "files.h"

#define CONTROLLERS "/sys/fs/cgroup/cgroup.controllers"
#define CONTROLLERS_MAX ((size_t) 4096)
#define HYBRID "/sys/fs/cgroup/unified/cgroup.procs"
/* What systemd and journald of a pod take beside its apps: 15 MB, and again as much. */
#define POD_BYTES ((uint64_t) 32 * 1024 * 1024)

bool coreos_limits_unified(void) {
        return access(CONTROLLERS, F_OK) == 0;
}

bool coreos_limits_legacy(void) {
        const char *wanted = getenv("SYSTEMD_NSPAWN_UNIFIED_HIERARCHY"); /* which decides it */

        if (wanted)
                return text_parse_bool(wanted) == 0;
        return !coreos_limits_unified() && access(HYBRID, F_OK) < 0;
}

static bool has_controller(const char *name) {
        _cleanup_(freep) char *text = NULL;
        _cleanup_(strv_freep) Strv names = NULL;
        size_t n = 0;

        return file_read_at(AT_FDCWD, CONTROLLERS, CONTROLLERS_MAX, &text, &n) >= 0 &&
               strv_split(text_trim(text), ' ', &names) >= 0 && strv_contains(names, name);
}

static bool has_hierarchy(const char *controller) {
        _cleanup_(freep) char *path = NULL;

        if (asprintf(&path, "/sys/fs/cgroup/%s/cgroup.procs", controller) < 0) {
                path = NULL;
                return false;
        }
        return access(path, F_OK) == 0;
}

static void add(uint64_t *sum, size_t *n, int64_t value) {
        if (value <= 0)
                return;
        *sum = *sum > INT64_MAX - (uint64_t) value ? INT64_MAX : *sum + (uint64_t) value;
        (*n)++;
}

void coreos_limits_add(CoreosLimits *limits, const AppcIsolators *isolators) {
        const AppcIsolator *memory = appc_isolators_get(isolators, APPC_ISOLATOR_MEMORY);
        const AppcIsolator *cpu = appc_isolators_get(isolators, APPC_ISOLATOR_CPU);
        const AppcIsolator *shares = appc_isolators_get(isolators, APPC_ISOLATOR_CPU_SHARES);

        limits->n_apps++;
        if (memory && memory->limit.text)
                add(&limits->memory_bytes, &limits->n_memory, appc_quantity_value(&memory->limit));
        if (cpu && cpu->limit.text)
                add(&limits->cpu_milli, &limits->n_cpu, appc_quantity_milli(&cpu->limit));
        if (shares)
                add(&limits->cpu_shares, &limits->n_cpu_shares, shares->number);
}

/* Whether the pod's unit is to have it: where every app has one. */
static bool is_for_pod(const CoreosLimits *limits,
                       const char *isolator,
                       const char *controller,
                       size_t n,
                       bool own_unit) {
        bool whole = n == limits->n_apps && own_unit && has_hierarchy(controller);

        if (n == 0 || has_controller(controller))
                return false;
        fprintf(stderr,
                whole ? "stage1: warning: isolator %s holds for the pod as a whole: controller %s is "
                        "not of cgroup version 2\n"
                      : "stage1: warning: isolator %s is set, but the pod cannot have controller %s "
                        "(it takes cgroup version 2), skipping\n",
                isolator, controller);
        return whole;
}

int coreos_limits_compose(const CoreosLimits *limits, bool own_unit, Strv *words) {
        size_t n_shares = limits->n_cpu_shares;
        int r = 0;

        if (is_for_pod(limits, "resource/memory", "memory", limits->n_memory, own_unit))
                r = strv_appendf(words, "--property=MemoryMax=%" PRIu64,
                                 limits->memory_bytes + POD_BYTES);
        if (r >= 0 && is_for_pod(limits, "resource/cpu", "cpu", limits->n_cpu, own_unit))
                r = strv_appendf(words, "--property=CPUQuota=%" PRIu64 "%%",
                                 limits->cpu_milli / 10 > 0 ? limits->cpu_milli / 10 : 1);
        /* A weight among apps of one pod says nothing of the pod. */
        if (r >= 0 &&
            is_for_pod(limits, "os/linux/cpu-shares", "cpu", n_shares, own_unit && n_shares == 1))
                r = strv_appendf(words, "--property=CPUWeight=%" PRIu64,
                                 app_weight_from_shares((int64_t) limits->cpu_shares));
        return r;
}
