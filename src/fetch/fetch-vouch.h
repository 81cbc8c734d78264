/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Whether somebody who is trusted vouches for an ACI that the store is taking in. The store's own copy is
 * what gets judged: nobody else can change that one.
 * Source: inventory 7.5; security B01. */

#include "fetch-keystore.h"
#include "store-import.h"

/* All borrowed. */
typedef struct FetchTrust {
        const FetchKeystore *keystore;
        const char *signature_path; /* NULL: beside the image */

        void (*good)(void *userdata, char *const *identities); /* whoever signed; may be NULL */
        void (*unknown)(void *userdata, const char *name); /* signed, but by whom? may be NULL */
        void *userdata;
} FetchTrust;

/* Opens the signature of the image at @image_path. Returns a descriptor; -EKEYREJECTED there is none. */
int fetch_vouch_open(const FetchTrust *trust, const char *image_path, Error *e);

/* Returns 0; as fetch_verify(). */
int fetch_vouch(const FetchTrust *trust,
                StoreImport *import,
                const StoreIngested *aci,
                int signature_fd,
                Error *e);
