/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Changing what a running app is held to. */

#include "app-isolation.h"
#include "sysd-bus.h"

/**
 * app_update() - set limits and properties of an app's unit
 * @assignments: "NAME=VALUE", after @limits; NULL-terminated, or NULL for none
 *
 * Returns: 0; a negative errno: then nothing was changed, and @e names the property.
 */
int app_update(sd_bus *bus,
               const char *unit,
               const AppcIsolators *limits,
               char *const *assignments,
               Error *e);
