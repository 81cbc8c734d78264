/* SPDX-License-Identifier: Apache-2.0 */
#include "render-inflate.h"

#include <inttypes.h>
#include <string.h>

#include "render-decode.h"

#ifdef RENDER_ISAL
#        define GUNZIP render_igunzip
#else
#        define GUNZIP render_gunzip
#endif

static const struct {
        const char *name;
        const RenderDecoder *decoder;
        const char *magic; /* '?' is any byte */
        size_t n_magic;
} compressions[] = {
        [RENDER_PLAIN] = { "none", NULL, NULL, 0 },
        [RENDER_GZIP] = { "gzip", &GUNZIP, "\x1f\x8b\x08", 3 },
        [RENDER_BZIP2] = { "bzip2", &render_bunzip2, "BZh?1AY&SY", 10 }, /* not each "BZh" */
        [RENDER_XZ] = { "xz", &render_unxz, "\xfd\x37\x7a\x58\x5a\x00", 6 },
        [RENDER_ZSTD] = { "zstd", &render_unzstd, "\x28\xb5\x2f\xfd", 4 },
};

typedef struct Inflation {
        RenderRing *in;
        unsigned reader;
        const RenderLimits *limits;
        const RenderDecoder *decoder;
        void *state;          /* the decoder's */
        const uint8_t *bytes; /* the part of a slot that was not used yet */
        size_t n;
        bool holding;   /* a slot was lent and not given back yet */
        bool ended;     /* between two streams */
        bool more;      /* the decoder may hold something back */
        uint64_t fed;   /* bytes */
        uint64_t solid; /* bytes of these without the zeroes at the end */
        uint64_t used;  /* bytes of these that were compressed data */
        uint64_t made;  /* bytes */
        int end;        /* what ended the input: 0 or a negative errno; 1 while it lasts */
} Inflation;

const char *render_compression_name(RenderCompression kind) {
        return compressions[kind].name;
}

static bool begins_with(const uint8_t *bytes, size_t n, const char *magic, size_t n_magic) {
        for (size_t i = 0; i < n_magic; i++)
                if (i >= n || (magic[i] != '?' && bytes[i] != (uint8_t) magic[i]))
                        return false;
        return true;
}

RenderCompression render_compression_sniff(const uint8_t *bytes, size_t n) {
        for (RenderCompression kind = RENDER_GZIP; kind < _RENDER_COMPRESSION_MAX; kind++)
                if (begins_with(bytes, n, compressions[kind].magic, compressions[kind].n_magic))
                        return kind;
        return RENDER_PLAIN;
}

static void count(Inflation *inflation, const uint8_t *bytes, size_t n) {
        size_t solid = n;

        while (solid > 0 && bytes[solid - 1] == 0)
                solid--;
        if (solid > 0)
                inflation->solid = inflation->fed + solid;
        inflation->fed += n;
}

/* Gives back the slot that was lent, and lends the next. Returns inflation->end. */
static int next_slot(Inflation *inflation) {
        if (inflation->holding)
                render_ring_release(inflation->in, inflation->reader);
        inflation->holding = false;
        inflation->n = 0;
        if (inflation->end > 0)
                inflation->end = render_ring_peek(inflation->in, inflation->reader,
                                                  &inflation->bytes, &inflation->n);
        if (inflation->end > 0) {
                inflation->holding = true;
                count(inflation, inflation->bytes, inflation->n);
        }
        return inflation->end;
}

static int check_limits(const Inflation *inflation, Error *e) {
        const RenderLimits *limits = inflation->limits;

        if (inflation->made > limits->expanded)
                return error_new(e, -EFBIG, "expands to more than %" PRIu64 " bytes",
                                 limits->expanded);
        if (inflation->made > RENDER_RATIO_FLOOR &&
            inflation->made / limits->ratio > inflation->fed)
                return error_new(e, -EFBIG, "expands to more than %" PRIu64 " times its size",
                                 limits->ratio);
        return 0;
}

static int step(Inflation *inflation, uint8_t *to, size_t n_to, size_t *ret, Error *e) {
        ssize_t got = inflation->decoder->step(inflation->state, &inflation->bytes, &inflation->n,
                                               to, n_to, &inflation->ended, e);

        if (got < 0)
                return (int) got;
        *ret = (size_t) got;
        inflation->more = !inflation->ended && *ret == n_to;
        inflation->made += *ret;
        inflation->used = inflation->fed - inflation->n;
        return check_limits(inflation, e);
}

/* Fills one slot. Behind a stream comes another, or the data have ended. Returns its bytes, fewer at
 * the end; a negative errno. */
static ssize_t fill(Inflation *inflation, uint8_t *slot, Error *e) {
        size_t n = 0;

        while (n < RENDER_SLOT_BYTES) {
                size_t got = 0;
                int r = 0;

                if (inflation->n == 0 && !inflation->more && next_slot(inflation) <= 0) {
                        if (inflation->end == 0 && !inflation->ended)
                                return render_decode_broken("cut short", e);
                        return inflation->end < 0 ? inflation->end : (ssize_t) n;
                }
                if (inflation->ended && !inflation->decoder->begins_with(inflation->bytes[0]))
                        break;
                r = step(inflation, slot + n, RENDER_SLOT_BYTES - n, &got, e);
                if (r < 0)
                        return r;
                n += got;
        }
        return (ssize_t) n;
}

static int inflate_all(Inflation *inflation, RenderRing *out, Error *e) {
        int r = 0;

        for (bool more = true; r >= 0 && more;) {
                uint8_t *slot = render_ring_reserve(out);
                ssize_t n = slot ? fill(inflation, slot, e) : -ECANCELED;

                if (n > 0)
                        render_ring_publish(out, (size_t) n);
                r = n < 0 ? (int) n : 0;
                more = n == (ssize_t) RENDER_SLOT_BYTES;
        }
        if (r >= 0 && inflation->made == 0)
                return render_decode_broken("empty", e);
        return r;
}

/* Programs differ on what stands behind the compressed data; zeroes all of them let pass. */
static int drain(Inflation *inflation, Error *e) {
        while (next_slot(inflation) > 0)
                ;
        if (inflation->end == 0 && inflation->used < inflation->solid)
                return error_new(e, -EBADMSG, "something else behind the compressed data");
        return inflation->end;
}

int render_inflate(RenderRing *in,
                   unsigned reader,
                   RenderCompression kind,
                   const RenderLimits *limits,
                   RenderRing *out,
                   Error *e) {
        const RenderDecoder *decoder = compressions[kind].decoder;
        Inflation inflation = {
                .in = in,
                .reader = reader,
                .limits = limits,
                .decoder = decoder,
                .state = decoder->new (),
                .end = 1,
        };
        int r = inflation.state ? inflate_all(&inflation, out, e) : render_decode_no_memory(e);

        if (r >= 0)
                r = drain(&inflation, e);
        if (inflation.holding)
                render_ring_release(in, reader);
        if (inflation.state)
                decoder->free(inflation.state);
        return r;
}
