/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What --net, --hostname, --dns... and --hosts-entry say, checked before a pod is made for it, and the
 * files that come of it. Source: inventory 1.5, 4.7, 6.2. */

#include "pod.h"
#include "run-settings.h"

/* Returns 0; -EINVAL, naming the flag. */
int run_dns_check(const RunSettings *settings, Error *e);

/**
 * run_dns_write() - write the pod's resolv.conf and hosts where stage1 finds them
 * @ret_modes: for stage1's --dns-conf-mode, allocated; NULL where it is the default
 *
 * Settings must have been checked.
 */
int run_dns_write(const Pod *pod, const RunSettings *settings, char **ret_modes, Error *e);
