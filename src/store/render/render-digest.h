/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* SHA-256 and SHA-512 of bytes as they come. The one place that knows libcrypto. */

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

typedef struct RenderDigest RenderDigest;

const char *render_digest_kind_name(RenderDigestKind kind);

/* Lets the library set itself up, without its configuration file, while files can still be opened. */
void render_digest_prepare(void);

/* Returns 0; -ENOMEM. */
int render_digest_new(RenderDigestKind kind, RenderDigest **ret);
RenderDigest *render_digest_free(RenderDigest *digest);
DEFINE_CLEANUP(RenderDigest, render_digest_free);

/* Begins anew. */
void render_digest_reset(RenderDigest *digest);
void render_digest_add(RenderDigest *digest, const void *bytes, size_t n);

/* Writes 32 or 64 bytes. */
void render_digest_get(RenderDigest *digest, uint8_t ret[static RENDER_DIGEST_MAX]);

/* The same as lower-case hexadecimal, allocated; NULL when out of memory. */
char *render_digest_hex(RenderDigest *digest);
