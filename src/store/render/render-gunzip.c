/* SPDX-License-Identifier: Apache-2.0 */
#include "render-gunzip.h"

#define ZLIB_CONST /* what is read is not written */
#include <zlib.h>

#define WITH_GZIP_HEADER (16 + MAX_WBITS)

struct RenderGunzip {
        z_stream stream;
        bool ended;
};

int render_gunzip_new(RenderGunzip **ret) {
        RenderGunzip *gunzip = calloc(1, sizeof(*gunzip));

        if (!gunzip)
                return -ENOMEM;
        if (inflateInit2(&gunzip->stream, WITH_GZIP_HEADER) != Z_OK) {
                free(gunzip);
                return -ENOMEM;
        }
        *ret = gunzip;
        return 0;
}

RenderGunzip *render_gunzip_free(RenderGunzip *gunzip) {
        if (gunzip)
                (void) inflateEnd(&gunzip->stream);
        free(gunzip);
        return NULL;
}

bool render_gunzip_has_ended(const RenderGunzip *gunzip) {
        return gunzip->ended;
}

ssize_t render_gunzip(RenderGunzip *gunzip,
                      const uint8_t **bytes,
                      size_t *n,
                      uint8_t *to,
                      size_t n_to,
                      Error *e) {
        z_stream *stream = &gunzip->stream;
        int r = Z_OK;

        if (gunzip->ended)
                (void) inflateReset(stream); /* fails on misuse only */
        gunzip->ended = false;
        stream->next_in = *bytes;
        stream->avail_in = (uInt) *n;
        stream->next_out = to;
        stream->avail_out = (uInt) n_to;
        r = inflate(stream, Z_NO_FLUSH);
        *bytes = stream->next_in;
        *n = stream->avail_in;
        if (r == Z_MEM_ERROR)
                return error_new(e, -ENOMEM, "not enough memory to decompress");
        if (r != Z_OK && r != Z_STREAM_END && r != Z_BUF_ERROR)
                return error_new(e, -EBADMSG, "cannot decompress: %s",
                                 stream->msg ? stream->msg : "bad data");
        gunzip->ended = r == Z_STREAM_END;
        return (ssize_t) (n_to - stream->avail_out);
}
