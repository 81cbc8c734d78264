/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Decompression from one ring into another, by the library of each format (render-decode.h). */

#include "errors.h"
#include "render-limits.h"
#include "render-ring.h"

typedef enum RenderCompression {
        RENDER_PLAIN,
        RENDER_GZIP,
        RENDER_BZIP2,
        RENDER_XZ,
        RENDER_ZSTD,
        _RENDER_COMPRESSION_MAX,
        _RENDER_COMPRESSION_INVALID = -EINVAL,
} RenderCompression;

const char *render_compression_name(RenderCompression kind);

#define RENDER_MAGIC_MAX 10

/* By the first RENDER_MAGIC_MAX bytes; what is not known is plain. */
RenderCompression render_compression_sniff(const uint8_t *bytes, size_t n);

/**
 * render_inflate() - decompress until the input ends
 * @in:  read as reader number @reader, to its end: only zeroes may follow the compressed data
 * @out: ended by the caller, with what this returns
 *
 * Exactly one layer of compression is taken off; streams in a row are one.
 *
 * Returns: 0; -EFBIG beyond the limits; -EBADMSG bad, truncated or no data; -ENOMEM; -ECANCELED; the input's
 *          error.
 */
int render_inflate(RenderRing *in,
                   unsigned reader,
                   RenderCompression kind,
                   const RenderLimits *limits,
                   RenderRing *out,
                   Error *e);
