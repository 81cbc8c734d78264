/* SPDX-License-Identifier: Apache-2.0 */
#include "render-decode.h"

#include <stdlib.h>

#include <bzlib.h>

typedef struct Bunzip2 {
        bz_stream stream;
        bool begun;
} Bunzip2;

static void *bunzip2_new(void) {
        return calloc(1, sizeof(Bunzip2));
}

static void bunzip2_end(Bunzip2 *bunzip2) {
        if (bunzip2->begun)
                (void) BZ2_bzDecompressEnd(&bunzip2->stream);
        *bunzip2 = (Bunzip2){};
}

static void bunzip2_free(void *state) {
        bunzip2_end(state);
        free(state);
}

static bool bunzip2_begins_with(uint8_t byte) {
        return byte == 'B';
}

static ssize_t bunzip2_step(void *state,
                            const uint8_t **bytes,
                            size_t *n,
                            uint8_t *to,
                            size_t n_to,
                            bool *ret_ended,
                            Error *e) {
        Bunzip2 *bunzip2 = state;
        bz_stream *stream = &bunzip2->stream;
        ssize_t made = 0;
        int r = BZ_OK;

        if (!bunzip2->begun && BZ2_bzDecompressInit(stream, 0, 0) != BZ_OK)
                return render_decode_no_memory(e);
        bunzip2->begun = true;
        stream->next_in = (char *) (uintptr_t) *bytes; /* which it only reads */
        stream->avail_in = (unsigned) *n;
        stream->next_out = (char *) to;
        stream->avail_out = (unsigned) n_to;
        r = BZ2_bzDecompress(stream);
        *bytes += *n - stream->avail_in;
        *n = stream->avail_in;
        if (r == BZ_MEM_ERROR)
                return render_decode_no_memory(e);
        if (r != BZ_OK && r != BZ_STREAM_END)
                return render_decode_broken(NULL, e);
        made = (ssize_t) (n_to - stream->avail_out);
        *ret_ended = r == BZ_STREAM_END;
        if (r == BZ_STREAM_END)
                bunzip2_end(bunzip2);
        return made;
}

const RenderDecoder render_bunzip2 = {
        .new = bunzip2_new,
        .free = bunzip2_free,
        .begins_with = bunzip2_begins_with,
        .step = bunzip2_step,
};
