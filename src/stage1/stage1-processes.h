/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The processes of a pod of this flavor: the ones whose root is the app's tree. No cgroup and no
 * PID namespace holds them together. */

#include <sys/types.h>

#include "errors.h"

/* Every process in /proc that @root_fd is the root of gets SIGKILL, again and again until there is
 * none. Returns 0; a negative errno. */
int fly_processes_kill(int root_fd, Error *e);

/**
 * fly_processes_find() - find the app's first process
 * @supervisor: the process that the pod's "pid" names, whose child it is
 * @ret_fd: a pidfd of it
 *
 * Returns: 0; -ESRCH when there is none (any more).
 */
int fly_processes_find(int root_fd, pid_t supervisor, int *ret_fd, Error *e);
