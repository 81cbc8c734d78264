/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What gpgv says of a signature, on its status descriptor. Pure.
 * Source: GnuPG's doc/DETAILS, "Format of the --status-fd output"; security B01. */

#include <stddef.h>

#include "errors.h"
#include "text.h"

#define FETCH_STATUS_SIZE_MAX ((size_t) 64 * 1024)

typedef enum FetchVerdict {
        FETCH_VERDICT_GOOD,    /* each signature is valid and made by a key of the key ring */
        FETCH_VERDICT_UNKNOWN, /* one is by a key that is not in the ring; none is worse */
        FETCH_VERDICT_BAD,     /* anything else: damaged, expired, revoked, none at all */
        _FETCH_VERDICT_MAX,
} FetchVerdict;

typedef struct FetchStatus {
        FetchVerdict verdict;
        Strv fingerprints; /* good: of the primary keys, lower case, one a signature */
        Strv identities;   /* good: whom the keys claim to belong to, in the same order */
        char *key_id;      /* unknown: of the missing key, upper case; may be NULL */
        char *reason;      /* bad: what gpgv called it; for people */
} FetchStatus;

#define FETCH_STATUS_NULL ((FetchStatus){})

/* @text: not NUL-terminated; borrowed. What is not understood is bad.
 * Returns 0; -EMSGSIZE too long; -ENOMEM. */
int fetch_status_parse(const char *text, size_t n, FetchStatus *ret, Error *e);
void fetch_status_done(FetchStatus *status);
