/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Why the mounts of an app could not be made. Its systemd says so to nobody but its own log, and ends the app
 * with a status that says only that it was mounts: so we look where each was to come. Within the pod as well, so
 * without more than basic. */

#include <stddef.h>

#include "text.h"

/* What systemd ends an app with whose mounts it could not make. */
#define COREOS_MOUNTS_STATUS 226

/**
 * coreos_mounts_add() - add one to a list for coreos_mounts_write()
 * @inside: what is mounted, in the pod
 * @target: where in the app
 *
 * Returns: 0; -EINVAL for paths that no unit could have; -ENOMEM.
 */
int coreos_mounts_add(Strv *list, const char *inside, const char *target);

/* Note an app's mounts in the pod's root, or forget them; missing is fine. Returns 0; a negative errno. */
int coreos_mounts_write(int root_fd, const char *app, char *const *list);
int coreos_mounts_forget(int root_fd, const char *app);

/**
 * coreos_mounts_check() - look for a mount of an app that cannot be made
 * @root_fd: the pod's root, as those inside see it
 * @ret:     where in the app that one was to come; allocated, set on failure only, and then it may be NULL
 *
 * Returns: 0 when each could be made; a negative errno that says why not.
 */
int coreos_mounts_check(int root_fd, const char *app, char **ret);
