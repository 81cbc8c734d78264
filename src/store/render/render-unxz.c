/* SPDX-License-Identifier: Apache-2.0 */
#include "render-decode.h"

#include <stdlib.h>

#include <lzma.h>

typedef struct Unxz {
        lzma_stream stream;
        bool begun;
} Unxz;

static void *unxz_new(void) {
        return calloc(1, sizeof(Unxz)); /* as LZMA_STREAM_INIT */
}

static void unxz_free(void *state) {
        Unxz *unxz = state;

        lzma_end(&unxz->stream);
        free(unxz);
}

static bool unxz_begins_with(uint8_t byte) {
        return byte == 0xfd;
}

static int unxz_failed(lzma_ret r, Error *e) {
        switch (r) {
        case LZMA_MEM_ERROR:
                return render_decode_no_memory(e);
        case LZMA_MEMLIMIT_ERROR:
                return render_decode_broken("it takes too much memory", e);
        case LZMA_OPTIONS_ERROR:
                return render_decode_broken("by options that are not supported", e);
        default:
                return render_decode_broken(NULL, e);
        }
}

static ssize_t unxz_step(void *state,
                         const uint8_t **bytes,
                         size_t *n,
                         uint8_t *to,
                         size_t n_to,
                         bool *ret_ended,
                         Error *e) {
        Unxz *unxz = state;
        lzma_stream *stream = &unxz->stream;
        lzma_ret r = LZMA_OK;

        if (!unxz->begun) /* the last stream's memory is used again */
                r = lzma_stream_decoder(stream, RENDER_DECODE_MEMORY_MAX, 0);
        if (r != LZMA_OK)
                return unxz_failed(r, e);
        stream->next_in = *bytes;
        stream->avail_in = *n;
        stream->next_out = to;
        stream->avail_out = n_to;
        r = lzma_code(stream, LZMA_RUN);
        *bytes = stream->next_in;
        *n = stream->avail_in;
        if (r != LZMA_OK && r != LZMA_STREAM_END && r != LZMA_BUF_ERROR)
                return unxz_failed(r, e);
        unxz->begun = r != LZMA_STREAM_END;
        *ret_ended = r == LZMA_STREAM_END;
        return (ssize_t) (n_to - stream->avail_out);
}

const RenderDecoder render_unxz = {
        .new = unxz_new,
        .free = unxz_free,
        .begins_with = unxz_begins_with,
        .step = unxz_step,
};
