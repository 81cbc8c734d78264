/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Which unit we were started in, and what that means for the pod. */

#include "sysd-pod.h"

/**
 * skim_place() - see where the calling process runs
 * @ret_unit: what ret->service or ret->part_of points to, allocated; may become NULL
 *
 * The main process of a service stays in that service. A process somewhere inside a service (a
 * script, a cron job) gets a scope that ends with the service.
 */
void skim_place(SysdPodPlace *ret, char **ret_unit);
