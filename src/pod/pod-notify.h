/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What a pod tells who started it, READY=1 first of all, as services tell systemd. */

#include <stdbool.h>
#include <sys/types.h>

#include "errors.h"
#include "uuid.h"

/**
 * pod_notify_open() - a socket for it, named in our environment's NOTIFY_SOCKET
 *
 * It has a path, and no name in the abstract namespace: whoever sends may have joined the pod's network by
 * then, and abstract names end there.
 *
 * Returns: a descriptor; a negative errno. What it made stays until pod_notify_remove().
 */
int pod_notify_open(const Uuid *uuid, Error *e);

/**
 * pod_notify_read() - the next message, without waiting
 * @ret: its text, allocated; NULL where another process than @sender sent it. Descriptors in it are closed.
 *
 * Returns: 0; -EAGAIN when there is none; another negative errno.
 */
int pod_notify_read(int fd, pid_t sender, char **ret);

/* Whether that process, and no other, has sent READY=1. Does not wait. */
bool pod_notify_is_ready(int fd, pid_t sender);

/* sd_notify(3), if somebody waits to be told; for programs that are linked without libsystemd. */
void pod_notify_tell(const char *state);

/* The same, once. */
void pod_notify_send(const char *state);

void pod_notify_remove(const Uuid *uuid);
