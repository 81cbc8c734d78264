/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What a seal tells of a file's content: SHA-256 in seals of version 1, and in those of version 2
 *
 *   SHA-256(tag key, Poly1305(content key, content))
 *
 * with both keys from the seal's own. Poly1305 with a key that nobody knows is a universal hash: two
 * contents that were chosen without it have the same tag with a chance of 8 in 2^106 for every 16 bytes
 * of the longer one. One key may serve many files only because no tag is ever shown: SHA-256 behind a
 * second key hides it, and makes a MAC of the two which needs no nonce and thus no count that could go
 * wrong. It takes a fifth of the time of SHA-256 where the processor has instructions for that, and a
 * tenth where it has not. (GMAC is as fast where there are some for it, and as slow as SHA-256 where
 * not.) */

#include "errors.h"
#include "render-digest.h"
#include "store-seal.h"

typedef struct RenderContent RenderContent;

/**
 * render_content_new() - prepare for any number of files
 * @manner: of the seal; NULL: a new one, with a new key
 *
 * Returns: 0; -EOPNOTSUPP the library lacks Poly1305; -ENOMEM; another negative errno no randomness.
 */
int render_content_new(const StoreSealManner *manner, RenderContent **ret, Error *e);
RenderContent *render_content_free(RenderContent *content);
DEFINE_CLEANUP(RenderContent, render_content_free);

/* To be written into the seal. */
const StoreSealManner *render_content_manner(const RenderContent *content);

/* Begins another file. */
void render_content_reset(RenderContent *content);
void render_content_add(RenderContent *content, const void *bytes, size_t n);

/* Ends the file. */
void render_content_get(RenderContent *content, uint8_t ret[static STORE_SEAL_DIGEST]);
