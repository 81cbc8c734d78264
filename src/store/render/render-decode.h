/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What render-inflate.c wants of a decompressor, and those there are: each is one library, and the one
 * place that knows it. A stream is what one run of its program writes (RFC 1952 calls it a member, RFC
 * 8878 a frame). */

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "errors.h"

/* Of what a decompressor asks for one stream, which the stream says: "xz -9" takes 65 MiB, and
 * "zstd --long" 128 MiB. */
#define RENDER_DECODE_MEMORY_MAX ((size_t) 160 * 1024 * 1024)

typedef struct RenderDecoder {
        /* Returns the state, at the start of a stream; NULL when out of memory. */
        void *(*new)(void);
        void (*free)(void *state);

        /* Whether a stream may begin with this byte. */
        bool (*begins_with)(uint8_t byte);

        /**
         * step() - take some of @bytes, and make up to @n_to
         * @bytes, @n:  moved on; with nothing left, only what is held back is made
         * @ret_ended:  the stream is at its end and whole; the next call begins another
         *
         * Returns: bytes made, all @n_to where there may be more; -EBADMSG; -ENOMEM.
         */
        ssize_t (*step)(void *state,
                        const uint8_t **bytes,
                        size_t *n,
                        uint8_t *to,
                        size_t n_to,
                        bool *ret_ended,
                        Error *e);
} RenderDecoder;

extern const RenderDecoder render_bunzip2, render_gunzip, render_igunzip, render_unxz,
        render_unzstd;

/* For both that read gzip. */
static inline bool render_gzip_begins_with(uint8_t byte) {
        return byte == 0x1f;
}

static inline int render_decode_no_memory(Error *e) {
        return error_new(e, -ENOMEM, "not enough memory to decompress");
}

static inline int render_decode_broken(const char *why, Error *e) {
        return error_new(e, -EBADMSG, "cannot decompress: %s", why ? why : "bad data");
}
