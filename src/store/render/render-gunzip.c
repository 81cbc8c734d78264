/* SPDX-License-Identifier: Apache-2.0 */
#include "render-decode.h"

#include <stdlib.h>

#define ZLIB_CONST /* what is read is not written */
#include <zlib.h>

#define WITH_GZIP_HEADER (16 + MAX_WBITS)

typedef struct Gunzip {
        z_stream stream;
        bool ended;
} Gunzip;

static void *gunzip_new(void) {
        Gunzip *gunzip = calloc(1, sizeof(*gunzip));

        if (gunzip && inflateInit2(&gunzip->stream, WITH_GZIP_HEADER) != Z_OK) {
                free(gunzip);
                return NULL;
        }
        return gunzip;
}

static void gunzip_free(void *state) {
        Gunzip *gunzip = state;

        (void) inflateEnd(&gunzip->stream);
        free(gunzip);
}

static ssize_t gunzip_step(void *state,
                           const uint8_t **bytes,
                           size_t *n,
                           uint8_t *to,
                           size_t n_to,
                           bool *ret_ended,
                           Error *e) {
        Gunzip *gunzip = state;
        z_stream *stream = &gunzip->stream;
        int r = Z_OK;

        if (gunzip->ended)
                (void) inflateReset(stream); /* fails on misuse only */
        stream->next_in = *bytes;
        stream->avail_in = (uInt) *n;
        stream->next_out = to;
        stream->avail_out = (uInt) n_to;
        r = inflate(stream, Z_NO_FLUSH);
        *bytes = stream->next_in;
        *n = stream->avail_in;
        if (r == Z_MEM_ERROR)
                return render_decode_no_memory(e);
        if (r != Z_OK && r != Z_STREAM_END && r != Z_BUF_ERROR)
                return render_decode_broken(stream->msg, e);
        *ret_ended = gunzip->ended = r == Z_STREAM_END;
        return (ssize_t) (n_to - stream->avail_out);
}

const RenderDecoder render_gunzip = {
        .new = gunzip_new,
        .free = gunzip_free,
        .begins_with = render_gzip_begins_with,
        .step = gunzip_step,
};
