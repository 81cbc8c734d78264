/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Which ports of the host lead to which ports of the pod.
 * Source: inventory 4.7, 6.5. */

#include "appc-pod.h"
#include "pod.h"
#include "text.h"

/**
 * network_ports() - the pod's ports as plugins take them
 * @ret: JSON for "portMappings"; NULL when the pod has none
 *
 * A port is that of the app which declares its name; a range of ports is mapped whole.
 *
 * Returns: 0; -ENOENT when no app has it; -EADDRINUSE when two share one; -EINVAL; -ERANGE.
 */
int network_ports(const Pod *pod, const AppcPod *manifest, char **ret, Error *e);

/* A line for a person that names the ports which images declare and nobody asked the host to have: an image only
 * ever asks. Nothing is added when there are none. Returns 0; -ENOMEM; a negative errno. */
int network_ports_note_rest(const Pod *pod, const AppcPod *manifest, Strv *notes, Error *e);

/* Whether a port on the one address of the host may be one on the other. NULL is all addresses; "0.0.0.0" is
 * all of IPv4 and "::" all of IPv6, as the portmap plugin has it. */
bool network_addresses_overlap(const char *a, const char *b);
