/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The image store, below the data directory:
 *
 *   cas/index.db             what is known of all below: names, digests
 *   cas/answers              what the index says of images that are run (store-answers.h)
 *   cas/blobs/ALGO/XX/HEX    what was delivered, byte for byte, by its digest
 *   cas/tree/KEY/rootfs      one layer, unpacked, in overlayfs's own form
 *   cas/tree/KEY/seal        what its maker left there (store-seal.h)
 *   cas/downloads/           unfinished ones, to be continued
 *   cas/locks/               a file for each tree that is being made
 *   cas/used/ID              empty: its time is when that image was used last
 *   cas/tmp/                 one directory for each piece of work under way
 *   locks/prepareLock
 *
 * Whoever needs several of these locks takes them in this order, top down:
 *
 *   cas/            shared by every user, as long as the store is open; exclusive to change its format
 *    └─ prepareLock shared while a pod is made from trees; exclusive to remove trees
 *        └─ cas/blobs  shared by whoever works in cas/tmp or makes blobs or trees; exclusive to
 *            │         remove what no image has, and what is left in cas/tmp
 *            └─ cas/locks/KEY  exclusive while a tree is made or replaced; whoever holds one already
 *                │             does not wait for another
 *                └─ the index  for one transaction, waiting for nothing else
 *
 * An image is there when its row is: files come first, are synced, and get their names; then the rows
 * are committed. Trees are not synced, since they can be made again: their rows tell in which boot
 * they were made, and after another boot they are read through once before they are trusted. What a
 * crash leaves is files without rows, which gc removes. */

#include <stdbool.h>
#include <stdint.h>

#include "cleanup.h"
#include "errors.h"

typedef struct Store Store;

/* What an image may ask for at most; 0 stands for the default. */
typedef struct StoreLimits {
        uint64_t expanded_bytes; /* unpacked: 64 GiB */
        uint64_t entries;        /* files and directories of a layer: 1,000,000 */
        uint64_t ratio;          /* unpacked by packed bytes, beyond the first GiB: 200 */
} StoreLimits;

typedef enum StoreOpenFlags {
        STORE_READ_ONLY =
                1 << 0, /* missing is an error, and nothing is changed, not even last use */
} StoreOpenFlags;

typedef struct StoreOptions {
        const char *data_dir; /* "/var/lib/rkt" */
        const char *helper;   /* absolute path of rkt-render; NULL for the installed one */
        StoreOpenFlags flags;
        StoreLimits limits;
} StoreOptions;

/**
 * store_open() - open the store, and make it if it is not there
 * @options: borrowed for the call
 *
 * Returns: 0; -ENOENT there is none (read-only); -EACCES; -EOPNOTSUPP made by a newer rkt; -EUCLEAN
 *          damaged; another negative errno.
 */
int store_open(const StoreOptions *options, Store **ret, Error *e);
Store *store_free(Store *store);
DEFINE_CLEANUP(Store, store_free);

/**
 * store_lock_trees() - keep trees where they are, or keep others from using them
 * @exclusive: false while pods are made; true to remove trees (store_gc() wants it held)
 * @ret_fd: close it to let go
 */
int store_lock_trees(Store *store, bool exclusive, int *ret_fd, Error *e);
