/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What a server asks for before it answers: the challenges of WWW-Authenticate. Pure.
 * Source: RFC 9110, parts 5.6 and 11; appc-oci 7.8. */

#include "appc-pairs.h"
#include "text.h"

#define FETCH_CHALLENGES_MAX 16
#define FETCH_CHALLENGE_PARAMETERS_MAX 32
#define FETCH_CHALLENGE_LENGTH_MAX 8192

typedef struct FetchChallenge {
        char *scheme;         /* lower case */
        AppcPairs parameters; /* names in lower case */
} FetchChallenge;

typedef struct FetchChallenges {
        FetchChallenge *items;
        size_t n;
} FetchChallenges;

#define FETCH_CHALLENGES_NULL ((FetchChallenges){})

/* @headers: the values of all WWW-Authenticate headers of an answer.
 * Returns 0; -EBADMSG malformed; -ERANGE too many or too long; -ENOMEM. */
int fetch_challenges_parse(char *const *headers, FetchChallenges *ret, Error *e);
void fetch_challenges_done(FetchChallenges *challenges);

/* The first of @scheme, or NULL. */
const FetchChallenge *fetch_challenges_find(const FetchChallenges *challenges, const char *scheme);
