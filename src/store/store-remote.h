/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Which image a URL had when it was last asked: it need not be fetched again while that holds.
 * Source: inventory 7.2, 7.4. */

#include "store.h"

typedef struct StoreRemote {
        char *image; /* its id; still in the store */
        char *etag;  /* NULL where the server told none */
        int64_t max_age_sec;
        int64_t downloaded; /* or last said to be the same; nanoseconds since the epoch */
        bool verified;      /* a trusted key signed the image */
} StoreRemote;

#define STORE_REMOTE_NULL ((StoreRemote){})

void store_remote_done(StoreRemote *remote);

/* Whether the server said that nobody needs to ask again yet. */
bool store_remote_is_fresh(const StoreRemote *remote);

/* Returns 1; 0 nothing is known of it; a negative errno. */
int store_remote_find(Store *store, const char *url, StoreRemote *ret, Error *e);

/* What was found there just now. @etag may be NULL. */
int store_remote_put(Store *store,
                     const char *url,
                     const char *image,
                     const char *etag,
                     int64_t max_age_sec,
                     Error *e);
