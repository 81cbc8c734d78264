/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What an overlay of several trees shows, told from their seals alone: each path once, from the
 * topmost tree that has it, without what is hidden. */

#include "store-base.h"
#include "store-check.h"
#include "store-seal.h"

/* A tree, open to be read. */
typedef struct StoreMergeTree {
        int root_fd; /* rootfs */
        StoreSealFile seal;
        StoreSealReader *reader;
        const StoreSealEntry *entry; /* the next one; NULL at the end */
} StoreMergeTree;

typedef struct StoreMerge StoreMerge;

/**
 * store_merge_new() - open trees
 * @keys: NULL-terminated, topmost first
 *
 * Returns: 0; -ENOENT, -EUCLEAN a tree that is not there or has no seal; a negative errno.
 */
int store_merge_new(const Store *store, char *const *keys, StoreMerge **ret, Error *e);
StoreMerge *store_merge_free(StoreMerge *merge);
DEFINE_CLEANUP(StoreMerge, store_merge_free);

/**
 * store_merge_next() - the next path, in the order of a seal
 * @ret: borrowed until the next call
 * @ret_root_fd: of the tree it comes from; borrowed
 *
 * The root comes first: that of the topmost tree whose root was not made by itself.
 *
 * Returns: 1; 0 at the end; -EUCLEAN a bad seal.
 */
int store_merge_next(StoreMerge *merge, const StoreSealEntry **ret, int *ret_root_fd, Error *e);
