/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Whether systemd starts an app again, as the pod's manifest says. */

#include <stdint.h>

#include "appc-pairs.h"
#include "sysd-property.h"

/* Annotations of an app in the pod manifest. Not of its image: how often something runs on a host is
 * for the host to say. */
#define APP_RESTART_ANNOTATION "rkt/restart"             /* no, on-failure, always */
#define APP_RESTART_DELAY_ANNOTATION "rkt/restart-delay" /* before each, as systemd spells times */
#define APP_RESTART_LIMIT_ANNOTATION "rkt/restart-limit" /* STARTS or STARTS/TIME; 0 for no limit */

typedef struct AppRestartLimit {
        uint32_t starts;      /* 0 for any number */
        uint64_t within_usec; /* 0 for systemd's own default */
} AppRestartLimit;

/* What the annotations' texts mean. Pure. Return 0; -EINVAL with the reason; -ENOMEM. */
int app_restart_policy_check(const char *policy, Error *e);
int app_restart_delay_parse(const char *text, uint64_t *ret_usec, Error *e);
int app_restart_limit_parse(const char *text, AppRestartLimit *ret, Error *e);

/**
 * app_restart() - the annotations as unit properties
 * @unit:    gets what stands in the section [Unit] of a unit file
 * @service: gets what stands in [Service]; may be the same
 *
 * Returns: 0; -EINVAL, naming the annotation; -ENOMEM.
 */
int app_restart(const AppcPairs *annotations,
                SysdProperties *unit,
                SysdProperties *service,
                Error *e);
