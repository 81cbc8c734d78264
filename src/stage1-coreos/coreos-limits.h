/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Limits that the systemd inside a pod cannot enforce, for the controllers of the older hierarchies of control
 * groups cannot be handed to a container: there they hold for the pod as a whole, by its own unit. */

#include <stdbool.h>

#include "appc-app.h"
#include "text.h"

/* Summed up over apps. */
typedef struct CoreosLimits {
        uint64_t memory_bytes, cpu_milli, cpu_shares;
        size_t n_memory, n_cpu, n_cpu_shares; /* apps that have one */
        size_t n_apps;
} CoreosLimits;

void coreos_limits_add(CoreosLimits *limits, const AppcIsolators *isolators);

/**
 * coreos_limits_compose() - words for systemd-nspawn, where they are needed
 * @own_unit: the pod gets a unit of its own; its author's limits hold in any other
 *
 * Says on standard error what holds for the pod only, and what does not hold at all. Returns 0; -ENOMEM.
 */
int coreos_limits_compose(const CoreosLimits *limits, bool own_unit, Strv *words);

/* Whether the host's control groups are version 2 alone. */
bool coreos_limits_unified(void);

/* Whether the pod's groups are of version 1 alone: not even its systemd has any of version 2. */
bool coreos_limits_legacy(void);
