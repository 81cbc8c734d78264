/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Which capabilities an app keeps.
 * Source: inventory 5.1.12; appc spec 0.8.11, "os/linux/capabilities-...-set". */

#include "appc-isolator.h"

/**
 * app_capabilities() - the capabilities an app keeps, as bits by capability number
 *
 * Exactly the retained ones, or appc's 14 less the removed.
 *
 * Returns: 0; -EINVAL unknown capability, or both sets at once.
 */
int app_capabilities(const AppcIsolators *isolators, uint64_t *ret, Error *e);

/* "CAP_CHOWN" to its number; -EINVAL. */
int app_capability_from_name(const char *name);

/* The other way; NULL for a number that has none. */
const char *app_capability_name(unsigned number);
