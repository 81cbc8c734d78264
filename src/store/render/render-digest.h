/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* SHA-256, SHA-512 and Poly1305 of bytes as they come. The one place that knows libcrypto. */

#include <stddef.h>
#include <stdint.h>

#include "cleanup.h"

typedef enum RenderDigestKind {
        RENDER_SHA256,
        RENDER_SHA512,
        _RENDER_DIGEST_KIND_MAX,
        _RENDER_DIGEST_KIND_INVALID = -EINVAL,
} RenderDigestKind;

#define RENDER_DIGEST_MAX 64
#define RENDER_SHA256_BYTES 32
#define RENDER_POLY1305_BYTES 16
#define RENDER_POLY1305_KEY 32

typedef struct RenderDigest RenderDigest;

const char *render_digest_kind_name(RenderDigestKind kind);

/* Lets the library set itself up, without its configuration file, while files can still be opened. */
void render_digest_prepare(void);

/* Returns 0; -ENOMEM. */
int render_digest_new(RenderDigestKind kind, RenderDigest **ret);

/* Poly1305, of which no result may be shown to anybody: with two of one key, who knows what they are of
 * can make more. Returns 0; -ENOMEM; -EOPNOTSUPP the library lacks it. */
int render_digest_new_poly1305(const uint8_t key[static RENDER_POLY1305_KEY], RenderDigest **ret);
RenderDigest *render_digest_free(RenderDigest *digest);
DEFINE_CLEANUP(RenderDigest, render_digest_free);

/* Begins anew. */
void render_digest_reset(RenderDigest *digest);
void render_digest_add(RenderDigest *digest, const void *bytes, size_t n);

/* Writes 16, 32 or 64 bytes. */
void render_digest_get(RenderDigest *digest, uint8_t ret[static RENDER_DIGEST_MAX]);

/* The same as lower-case hexadecimal, allocated; NULL when out of memory. Not of Poly1305. */
char *render_digest_hex(RenderDigest *digest);
