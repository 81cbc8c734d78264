/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Where the mounts of an app lie once symlinks are followed: those of the image, and those in volumes that others
 * are mounted in. Whatever is in a volume may be an app's work. Nothing is made or mounted here. */

#include "app-mounts.h"
#include "text.h"

/**
 * app_mount_places() - find the place of each mount
 * @root_fd:    what the volumes are mounted on
 * @source_fds: of each mount, what is mounted there
 * @ret:        absolute, cleaned, in the order of the mounts; of what is missing, as the words say
 *
 * Returns: 0; -EXDEV when a symlink in a volume leads out of it; -ELOOP; another negative errno.
 */
int app_mount_places(
        int root_fd, const AppMounts *mounts, const int *source_fds, Strv *ret, Error *e);
