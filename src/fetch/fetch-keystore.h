/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Keys that somebody trusts, for all images or for those whose name begins in some way:
 *
 *   CONFIG/trustedkeys/root.d/FINGERPRINT            for all
 *   CONFIG/trustedkeys/prefix.d/PREFIX/FINGERPRINT   for PREFIX and all below it
 *
 * Files hold armored public keys. Of two with the same name the later one counts, in this order: the
 * system's root.d, the local one, the system's prefix.d, the local one, short prefixes before long ones.
 * An empty file takes the key away.
 * Source: inventory 7.5; security B03. */

#include "fetch-key.h"

typedef struct FetchKeystore FetchKeystore;

/* @system, @local: configuration directories ("/usr/lib/rkt", "/etc/rkt"); they may be missing, and NULL.
 * Returns 0; -ENOMEM. */
int fetch_keystore_new(const char *system, const char *local, FetchKeystore **ret);
FetchKeystore *fetch_keystore_free(FetchKeystore *keystore);
DEFINE_CLEANUP(FetchKeystore, fetch_keystore_free);

/* The keys that may sign an image. */
typedef struct FetchKeyring {
        Strv fingerprints;
        uint8_t *bytes; /* all keys, as gpgv wants them */
        size_t n;
} FetchKeyring;

#define FETCH_KEYRING_NULL ((FetchKeyring){})

void fetch_keyring_done(FetchKeyring *keyring);

/* @name: an image's. Files that are not named like a fingerprint are passed over.
 * Returns 0; -EINVAL, -EBADMSG, -EOPNOTSUPP a file that is no good key; another negative errno. */
int fetch_keystore_keys(const FetchKeystore *keystore,
                        const char *name,
                        FetchKeyring *ret,
                        Error *e);

/**
 * fetch_keystore_add() - trust a key, in the local directory
 * @prefix: NULL for all images
 * @ret_path: where it is now; allocated
 *
 * Returns: 0; -EINVAL bad prefix or fingerprint; another negative errno.
 */
int fetch_keystore_add(const FetchKeystore *keystore,
                       const char *prefix,
                       const FetchKey *key,
                       const char *fingerprint,
                       char **ret_path,
                       Error *e);

/* The fingerprints of the key and its parts, found out by @helper (absolute path of rkt-fetch; NULL for
 * the installed one). Returns 0; a negative errno. */
int fetch_key_fingerprints(const char *helper, const FetchKey *key, Strv *ret, Error *e);
