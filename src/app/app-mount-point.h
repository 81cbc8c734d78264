/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Making the place where a volume goes, inside an app's root and nowhere else. */

#include <stdbool.h>

#include "errors.h"

/**
 * app_mount_point_make() - find or make a mount point
 * @root_fd:   the app's root
 * @target:    absolute, cleaned; its symlinks are resolved inside the root
 * @directory: make a directory if it is missing, otherwise an empty file
 *
 * Missing parents are made with mode 0755, owned by root.
 *
 * Returns: a descriptor opened with O_PATH; -ENOTDIR or -EISDIR when what is there is of the other
 *          kind; a negative errno.
 */
int app_mount_point_make(int root_fd, const char *target, bool directory, Error *e);
