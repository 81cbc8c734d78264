/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* When images were used last: the times of empty files, since to say so in the index would be a transaction
 * for each pod that starts. Until there is one, an image was used when the index says. */

#include "store-base.h"

/* Now. Returns 0; -ENOENT there is no file yet; another negative errno. */
int store_used_touch(const Store *store, const char *id);

/* Makes the file, now. Returns 0, also where it is there; a negative errno. */
int store_used_make(const Store *store, const char *id);

/* @imported: what the index says. Returns the later of both, nanoseconds since the epoch. */
int64_t store_used_get(const Store *store, const char *id, int64_t imported);

void store_used_forget(const Store *store, const char *id);

/* Forgets what is no image any more. Returns 0; a negative errno. */
int store_used_sweep(const Store *store, Error *e);

typedef struct StoreUse {
        char *id;
        int64_t time;
} StoreUse;

/* All of them, for who looks at many images; by id. */
typedef struct StoreUses {
        StoreUse *items;
        size_t n;
} StoreUses;

int store_uses_read(const Store *store, StoreUses *ret);
void store_uses_done(StoreUses *uses);
int64_t store_uses_get(const StoreUses *uses, const char *id, int64_t imported);
