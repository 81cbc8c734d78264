/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What in the store takes how much. */

#include "store.h"

typedef struct StoreUse {
        uint64_t n, bytes;
} StoreUse;

typedef struct StoreUsage {
        StoreUse images;                      /* and all their blobs, each counted once */
        StoreUse trees;                       /* each counted once, as what it takes on disk */
        uint64_t images_unused, trees_unused; /* bytes among them that are not in use */
} StoreUsage;

/**
 * store_usage_read() - sum up
 * @trees: keys of those in use
 * @images: ids of those in use
 */
int store_usage_read(
        Store *store, char *const *trees, char *const *images, StoreUsage *ret, Error *e);
