/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Names of running pods and their addresses, for whoever on the host looks one up: the file
 * /run/rkt/hosts/NAME holds the pod's UUID and below it an address a line. Read by libnss_rkt. */

#include "network-result.h"
#include "pod.h"

/* Says where a pod with a name is. Returns 0, also for a pod without one; a negative errno. */
int network_names_publish(const Pod *pod, const NetworkResult *results, size_t n, Error *e);

/* Unless another pod has that name by now. */
void network_names_withdraw(const Pod *pod);
