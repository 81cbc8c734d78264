/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Removing blobs that no image has any more. Only while nobody works in the store: an import may have
 * counted on a blob that no row speaks of yet. */

#include "store-base.h"
#include "text.h"

typedef struct StoreSweep {
        Strv blobs; /* digests; gc has all of the store in one list */
        size_t n;
} StoreSweep;

void store_sweep_done(StoreSweep *sweep);

/* Adds the blobs of an image. */
int store_sweep_collect(const Store *store, const char *id, StoreSweep *sweep, Error *e);

/* Adds a blob. */
int store_sweep_add(StoreSweep *sweep, const char *digest);

/* Removes those that no image has. When others work in the store they are left to gc.
 * Returns how many were removed; a negative errno. */
int store_sweep_blobs(const Store *store, const StoreSweep *sweep, Error *e);

/* The same for callers that hold the lock of all work alone. */
int store_sweep_blobs_locked(const Store *store, const StoreSweep *sweep, Error *e);
