/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Removing what nobody needs: trees that no pod uses, and all that crashes left. */

#include "store.h"
#include "text.h"

/**
 * store_gc() - collect
 * @keep: keys of trees that pods use; whoever gathers them holds store_lock_trees() exclusively until
 *        this returns
 * @ret_trees: keys of the trees that were removed
 *
 * Trees can be made again from the images' blobs. Beside them go blobs that no image has, directories
 * of work whose doer has died, and rows about what is not there any more.
 *
 * Returns: 1; 0 when others are at work in the store, and then nothing was removed; -EACCES not root;
 *          another negative errno.
 */
int store_gc(Store *store, char *const *keep, Strv *ret_trees, Error *e);
