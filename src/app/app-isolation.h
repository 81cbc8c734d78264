/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Isolators as unit properties. Here, and nowhere else, stands which property limits what.
 * Source: inventory 5.1.4 "Resources", 5.1.12, 5.1.13; appc-oci 3.2. */

#include "app-seccomp.h"
#include "appc-app.h"
#include "sysd-property.h"

typedef struct AppIsolation {
        bool any_capabilities; /* --insecure-options=capabilities */
        bool any_calls;        /* --insecure-options=seccomp */
        bool any_paths;        /* --insecure-options=paths */
        bool is_root;          /* the app's uid is 0 */
        AppSeccompDefault calls_by_default;
} AppIsolation;

/**
 * app_isolation() - an app's isolators as properties of its unit
 * @p:          properties are set in it
 * @ret_ignored: names of isolators that are not enforced, for a warning; NULL when there are none
 *
 * Capabilities: as app_capabilities() says. System calls: the set the image or user names, or the
 * default one. Resources: limits only, as the original did.
 *
 * Returns: 0; -EINVAL unknown capability, call set or errno, or isolators that contradict each
 *          other; -ENOMEM.
 */
int app_isolation(const AppcIsolators *isolators,
                  const AppIsolation *how,
                  SysdProperties *p,
                  Strv *ret_ignored,
                  Error *e);

/* CPUWeight= of cpu-shares: as far from its usual value as these are from theirs, within what systemd takes. */
uint64_t app_weight_from_shares(int64_t shares);

/* The limits alone, for an app that runs already. Returns 0; -ENOMEM. */
int app_isolation_limits(const AppcIsolators *isolators, SysdProperties *p);
