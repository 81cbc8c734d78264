/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* How a pod in the background tells that it is up: READY=1, as services tell systemd. */

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

/* Whether that process, and no other, has sent READY=1. Does not wait. */
bool pod_notify_is_ready(int fd, pid_t sender);

void pod_notify_remove(const Uuid *uuid);
