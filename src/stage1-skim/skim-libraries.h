/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Where a tree keeps its shared libraries. */

#include "text.h"

/**
 * skim_library_path() - the search path for programs of a tree
 * @extra:  directories the program itself names (DT_RUNPATH); $ORIGIN is left to the loader
 *
 * Those, the directories of the tree's own ld.so.conf and the usual ones, as far as they are there.
 *
 * Returns: 0 and directories on the host joined by ":", allocated; a negative errno.
 */
int skim_library_path(int root_fd, const char *root_path, char *const *extra, char **ret);

/* A path inside the tree, all symlinks resolved there, as a path on the host. Allocated. */
int skim_host_path(int root_fd, const char *root_path, const char *path, char **ret);
