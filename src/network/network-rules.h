/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The packet filter's chains that all mapped ports share. The portmap plugin makes them for the first
 * port on the host and leaves them behind the last one; so does not this product. */

#include "uuid.h"

/* While ports are being added the chains may look unused, and two that add at once would both put in the
 * rules that lead to them, of which only one would ever go: whoever adds holds this lock, for as long as
 * the one plugin takes. Returns a descriptor to close; a negative errno. */
int network_rules_hold(void);

/* Removes the shared chains unless some port is still in them; another's as well as ours. What cannot
 * be removed stays: it does no harm. */
void network_rules_sweep(void);

/* Removes a pod's rules for masquerading, which carry its name in their comments. Plugins look for addresses
 * in the pod to know which rules were theirs, and an app may have changed these, or all of it be gone. What
 * cannot be removed stays. */
void network_rules_remove(const Uuid *pod, bool ip4, bool ip6);

/**
 * network_rules_script() - what takes a container's rules away. Pure
 * @saved:     a table as iptables-save prints it
 * @container: what stands in the comments
 *
 * Returns: input for "iptables-restore --noflush", allocated, *@ret NULL where there are none; -ENOMEM.
 */
int network_rules_script(const char *saved, const char *container, char **ret);
