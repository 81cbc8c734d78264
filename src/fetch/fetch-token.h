/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What a token server answers. Pure.
 * Source: the registry's token specification; appc-oci 7.8; security A02, A07. */

#include <stddef.h>
#include <stdint.h>

#include "errors.h"

#define FETCH_TOKEN_SIZE_MAX ((size_t) 64 * 1024) /* of the document, and of a token */

/* A server that does not say how long its token lasts means this; and none means less. */
#define FETCH_TOKEN_LIFE_MIN_SEC 60
#define FETCH_TOKEN_LIFE_MAX_SEC 86400

typedef struct FetchToken {
        char *text;        /* printable ASCII without blanks: fit for a header */
        uint32_t life_sec; /* from when it was asked for */
} FetchToken;

#define FETCH_TOKEN_NULL ((FetchToken){})

/* @json: not NUL-terminated; borrowed.
 * Returns 0; -EMSGSIZE, -EBADMSG bad JSON; -EINVAL no token, or one that no header could carry. */
int fetch_token_parse(const char *json, size_t n, FetchToken *ret, Error *e);
void fetch_token_done(FetchToken *token);
