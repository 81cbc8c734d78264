/* SPDX-License-Identifier: Apache-2.0 */
/* gzip by Intel's ISA-L, which takes half of zlib's time. It is not there for every processor: where
 * it is not, render-gunzip.c does the same. */
#include "render-decode.h"

#include <stdlib.h>

#include <isa-l/igzip_lib.h>

#define RESERVED_FLAGS 0xe0U /* RFC 1952, section 2.3.1.2: not to be let pass, and ISA-L does */

typedef struct Igunzip {
        struct inflate_state stream;
        struct isal_gzip_header header; /* what it says is not kept */
        bool in_header, ended;
} Igunzip;

static void begin(Igunzip *igunzip) {
        isal_inflate_reset(&igunzip->stream);
        isal_gzip_header_init(&igunzip->header);
        igunzip->stream.crc_flag = ISAL_GZIP_NO_HDR_VER; /* checksum and length are looked at */
        igunzip->in_header = true;
}

static void *igunzip_new(void) {
        Igunzip *igunzip = calloc(1, sizeof(*igunzip));

        if (igunzip) {
                isal_inflate_init(&igunzip->stream);
                begin(igunzip);
        }
        return igunzip;
}

static const char *reason(int r) {
        switch (r) {
        case ISAL_INVALID_BLOCK:
                return "invalid block";
        case ISAL_INVALID_SYMBOL:
                return "invalid code";
        case ISAL_INVALID_LOOKBACK:
                return "invalid distance";
        case ISAL_INVALID_WRAPPER:
                return "incorrect header";
        case ISAL_UNSUPPORTED_METHOD:
                return "unknown compression method";
        case ISAL_INCORRECT_CHECKSUM:
                return "incorrect checksum";
        default:
                return NULL;
        }
}

/* isal_inflate() would read the header, too, but does not know where it was when there is more. */
static int inflate_some(Igunzip *igunzip) {
        if (igunzip->in_header) {
                int r = isal_read_gzip_header(&igunzip->stream, &igunzip->header);

                if (r != ISAL_DECOMP_OK)
                        return r;
                if (igunzip->header.flags & RESERVED_FLAGS)
                        return ISAL_INVALID_WRAPPER;
                igunzip->in_header = false;
        }
        return isal_inflate(&igunzip->stream);
}

static ssize_t igunzip_step(void *state,
                            const uint8_t **bytes,
                            size_t *n,
                            uint8_t *to,
                            size_t n_to,
                            bool *ret_ended,
                            Error *e) {
        Igunzip *igunzip = state;
        struct inflate_state *stream = &igunzip->stream;
        int r = ISAL_DECOMP_OK;

        if (igunzip->ended)
                begin(igunzip);
        stream->next_in = (uint8_t *) (uintptr_t) *bytes; /* is only read */
        stream->avail_in = (uint32_t) *n;
        stream->next_out = to;
        stream->avail_out = (uint32_t) n_to;
        r = inflate_some(igunzip);
        *bytes = stream->next_in;
        *n = stream->avail_in;
        if (r < ISAL_DECOMP_OK || r == ISAL_NEED_DICT)
                return render_decode_broken(reason(r), e);
        *ret_ended = igunzip->ended = stream->block_state == ISAL_BLOCK_FINISH;
        return (ssize_t) (n_to - stream->avail_out);
}

const RenderDecoder render_igunzip = {
        .new = igunzip_new,
        .free = free,
        .begins_with = render_gzip_begins_with,
        .step = igunzip_step,
};
