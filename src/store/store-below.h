/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What a layer needs of those below it before it can be unpacked: directories that its members lie in
 * without naming them, and files that it links to. */

#include "store-base.h"

#define STORE_NEEDS_MAX ((size_t) 16 * 1024 * 1024)

/**
 * store_below_copy() - copy what is needed from the layers below
 * @keys: their trees, topmost first
 * @needs: NUL-terminated paths in a row, as the helper told them; not trusted
 * @directory_fd: the new tree, empty
 *
 * Symlinks on the way are copied and followed within the image. What the layers below do not have is
 * left out.
 *
 * Returns: 0; -EPROTO a path that no helper tells; a negative errno.
 */
int store_below_copy(const Store *store,
                     char *const *keys,
                     const char *needs,
                     size_t n_needs,
                     int directory_fd,
                     Error *e);
