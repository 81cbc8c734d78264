/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The environment an app sees: what its manifest says, what appc demands, the original's
 * defaults. */

#include "appc-pod.h"

/**
 * app_environment() - the variables of an app
 * @app:          the effective app section
 * @name:         of the app in the pod
 * @metadata_url: AC_METADATA_URL; NULL when there is no metadata service
 *
 * Returns: 0; -ENOMEM.
 * Source: inventory 5.1.10; appc-oci 5.1.
 */
int app_environment(const AppcApp *app, const char *name, const char *metadata_url, AppcPairs *ret);
