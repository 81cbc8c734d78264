/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A pod's network namespace: it has a name in the file system, so that it outlives the pod's processes
 * until everything of it is taken down. It is where "ip netns" looks for them, one level below what
 * is mounted anyway: each mount on the way is one more unit of systemd's. */

#include <stdbool.h>

#include "pod.h"

/* "/run/netns/rkt-UUID", allocated; NULL when out of memory. */
char *network_namespace_path(const Uuid *pod);

/**
 * network_namespace_make() - make it, with its loopback interface up
 *
 * Router advertisements are not believed in it: a neighbour on a bridge could send some. The pod's
 * file "netns" tells where it is. With private users anybody in it may use low ports and ping.
 *
 * Returns: 0; -EEXIST; a negative errno, and then nothing was made.
 */
int network_namespace_make(const Pod *pod, Error *e);

/* Whether it is there. */
bool network_namespace_exists(const char *path);

/* Missing is fine. Returns 0; a negative errno. */
int network_namespace_remove(const Pod *pod, Error *e);
