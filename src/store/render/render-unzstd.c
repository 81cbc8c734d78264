/* SPDX-License-Identifier: Apache-2.0 */
#include "render-decode.h"

#include <zstd.h>
#include <zstd_errors.h>

/* zstd's own default for who asks for nothing: 128 MiB, within RENDER_DECODE_MEMORY_MAX. */
#define WINDOW_LOG_MAX 27

static void *unzstd_new(void) {
        ZSTD_DCtx *context = ZSTD_createDCtx();

        if (context)
                (void) ZSTD_DCtx_setParameter(context, ZSTD_d_windowLogMax, WINDOW_LOG_MAX);
        return context;
}

static void unzstd_free(void *state) {
        (void) ZSTD_freeDCtx(state);
}

/* Frames of data, and such to be skipped (RFC 8878, 3.1). */
static bool unzstd_begins_with(uint8_t byte) {
        return byte == 0x28 || (byte & 0xf0) == 0x50;
}

static ssize_t unzstd_step(void *state,
                           const uint8_t **bytes,
                           size_t *n,
                           uint8_t *to,
                           size_t n_to,
                           bool *ret_ended,
                           Error *e) {
        ZSTD_inBuffer in = { .src = *bytes, .size = *n };
        ZSTD_outBuffer out = { .dst = to, .size = n_to };
        size_t r = ZSTD_decompressStream(state, &out, &in);

        *bytes += in.pos;
        *n -= in.pos;
        if (ZSTD_isError(r))
                return ZSTD_getErrorCode(r) == ZSTD_error_memory_allocation
                               ? render_decode_no_memory(e)
                               : render_decode_broken(ZSTD_getErrorName(r), e);
        *ret_ended = r == 0;
        return (ssize_t) out.pos;
}

const RenderDecoder render_unzstd = {
        .new = unzstd_new,
        .free = unzstd_free,
        .begins_with = unzstd_begins_with,
        .step = unzstd_step,
};
