/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The pod's networks as flavors with a namespace of their own have them: what is to be told about them
 * goes to standard error. */

#include "appc-pod.h"
#include "pod.h"
#include "stage1-args.h"

/* Joins the pod to what --net says. Returns as network_setup(). */
int stage1_network_join(const Pod *pod, const AppcPod *manifest, const Stage1Args *args, Error *e);

/* What join says of a pod with no network, for a flavor that leaves its namespace to another program. */
void stage1_network_tell_none(void);

/* Takes it out of all of them. Harmless when it is in none. Returns as network_teardown(). */
int stage1_network_leave(const Pod *pod, const char *local_config, Error *e);

/* The same with the pod's last process, and not when it is collected: its ports and addresses may be wanted
 * by the next one. What cannot be done now, the collector does; the journal tells why. */
void stage1_network_end(const Pod *pod, const Stage1Args *args);
