/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The processes of an app, as far as its tree is their root directory. */

#include <sys/types.h>

#include "errors.h"

/* Every process in /proc that @root_fd is the root of gets SIGKILL, again and again until there is
 * none. Returns 0; a negative errno. */
int stage1_processes_kill(int root_fd, Error *e);

/**
 * stage1_processes_find() - find the app's first process
 * @supervisor: whose child it is
 * @ret_fd:     a pidfd of it
 * @ret_pid:    its PID; may be NULL
 *
 * Returns: 0; -ESRCH when there is none (any more).
 */
int stage1_processes_find(int root_fd, pid_t supervisor, int *ret_fd, pid_t *ret_pid, Error *e);

/**
 * stage1_processes_enter() - join namespaces of an app's process
 * @fd:      its pidfd, as stage1_processes_find() gave it
 * @flags:   which, as setns(2) takes them; CLONE_NEWNS among them
 * @root_fd: the app's tree: whatever process @fd was, this must be the root then
 *
 * The caller can no longer be looked into by those inside.
 *
 * Returns: 0; -ESRCH when the app does not run any more; another negative errno.
 */
int stage1_processes_enter(int fd, int flags, int root_fd, Error *e);
