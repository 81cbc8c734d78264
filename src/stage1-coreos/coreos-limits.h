/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Limits that the systemd inside a pod cannot enforce. */

#include "appc-app.h"

/* Says so on standard error where an app has a limit whose controller the pod cannot have: those of the older
 * hierarchies of control groups cannot be handed to a container. */
void coreos_limits_check(const AppcIsolators *isolators);
