/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* OpenPGP public keys, as far as trusting one takes: who it is said to belong to, and what its
 * fingerprint is made of. Judges no signature: gpgv does. Pure.
 * Source: RFC 9580 parts 4, 5; inventory 7.5. */

#include "cleanup.h"
#include "fetch-armor.h"
#include "text.h"

#define FETCH_KEY_SUBKEYS_MAX 64
#define FETCH_KEY_IDENTITIES_MAX 64
#define FETCH_KEY_FINGERPRINT 40 /* hexadecimal digits: keys of version 4 */

/* The primary key, or one below it. */
typedef struct FetchKeyPart {
        size_t offset, n; /* in the key's bytes */
} FetchKeyPart;

typedef struct FetchKey {
        uint8_t *bytes; /* binary: the packets a keyring has use for */
        size_t n;
        FetchKeyPart *parts; /* the primary first */
        size_t n_parts;
        Strv identities; /* "Name <mail>", as the key claims; UTF-8 */
} FetchKey;

FetchKey *fetch_key_free(FetchKey *key);
DEFINE_CLEANUP(FetchKey, fetch_key_free);

/**
 * fetch_key_parse() - read one public key, armored or binary
 *
 * Returns: 0; -EMSGSIZE; -EBADMSG malformed or cut; -EINVAL something else than one public key;
 *          -ERANGE too many parts; -EOPNOTSUPP another version than 4; -ENOMEM.
 */
int fetch_key_parse(const char *bytes, size_t n, FetchKey **ret, Error *e);

/* The bytes whose SHA-1 is the fingerprint of a part. Allocated; NULL when out of memory. */
uint8_t *fetch_key_material(const FetchKey *key, size_t part, size_t *ret_n);

/* Forty hexadecimal digits, lower case: what a fingerprint's file is called. */
bool fetch_fingerprint_is_valid(const char *text);

/* "AAAA BBBB CCCC DDDD EEEE  FFFF ..." as people compare it. Allocated; NULL when out of memory. */
char *fetch_fingerprint_format(const char *fingerprint);
