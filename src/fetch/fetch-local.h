/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Images that lie on this host: an ACI, an OCI image layout as a directory or archive, and what
 * "docker save" writes. Source: inventory 7.1; appc-oci 7.6. */

#include "fetch-vouch.h"

typedef enum FetchForms {
        FETCH_ACI = 1 << 0,
        FETCH_LAYOUT = 1 << 1,         /* a directory */
        FETCH_LAYOUT_ARCHIVE = 1 << 2, /* the same in a tar, packed or not */
        FETCH_SAVE = 1 << 3,
        FETCH_ANY = (1 << 4) - 1,
} FetchForms;

typedef struct FetchLocalSpec {
        const char *path;
        const char *selector; /* which of several images; NULL for the only one */
        FetchForms forms;     /* what it may be */
        bool trusted;         /* it needs nobody to vouch for it: counts as verified */
        const FetchTrust
                *trust; /* who has to vouch for it otherwise; NULL: nobody, and nobody did */
} FetchLocalSpec;

/**
 * fetch_local() - have the image of a local file or layout in the store
 * @ret_id: allocated
 *
 * What did not change since it was imported is not read again.
 *
 * Returns: 0; -ENOENT, and @e names what is missing; -EMEDIUMTYPE no image; -EKEYREJECTED, -ENOKEY
 *          nobody vouches for it; what an image is refused for; -ENOSPC; others. Then nothing of it stays.
 */
int fetch_local(Store *store, const FetchLocalSpec *spec, char **ret_id, Error *e);
