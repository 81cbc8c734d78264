/* SPDX-License-Identifier: Apache-2.0 */
#include "render-inflate.h"

#include <inttypes.h>
#include <string.h>

#include <archive.h>
#include <archive_entry.h>

#include "render-gunzip.h"

static const struct {
        const char *name;
        int filter;
        const char *magic; /* '?' is any byte */
        size_t n_magic;
} compressions[] = {
        [RENDER_PLAIN] = { "none", ARCHIVE_FILTER_NONE, NULL, 0 },
        [RENDER_GZIP] = { "gzip", ARCHIVE_FILTER_GZIP, "\x1f\x8b\x08", 3 },
        [RENDER_BZIP2] = { "bzip2", ARCHIVE_FILTER_BZIP2, "BZh?1AY&SY", 10 }, /* not each "BZh" */
        [RENDER_XZ] = { "xz", ARCHIVE_FILTER_XZ, "\xfd\x37\x7a\x58\x5a\x00", 6 },
        [RENDER_ZSTD] = { "zstd", ARCHIVE_FILTER_ZSTD, "\x28\xb5\x2f\xfd", 4 },
};

typedef struct Inflation {
        RenderRing *in;
        unsigned reader;
        const RenderLimits *limits;
        bool holding;   /* a slot was lent to the decompressor and not given back yet */
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
static int next_slot(Inflation *inflation, const uint8_t **ret, size_t *ret_n) {
        if (inflation->holding)
                render_ring_release(inflation->in, inflation->reader);
        inflation->holding = false;
        if (inflation->end > 0)
                inflation->end = render_ring_peek(inflation->in, inflation->reader, ret, ret_n);
        if (inflation->end > 0) {
                inflation->holding = true;
                count(inflation, *ret, *ret_n);
        }
        return inflation->end;
}

static ssize_t feed(struct archive *archive, void *userdata, const void **ret) {
        const uint8_t *bytes = NULL;
        size_t n = 0;
        int r = next_slot(userdata, &bytes, &n);

        (void) archive;
        if (r <= 0)
                return r < 0 ? -1 : 0;
        *ret = bytes;
        return (ssize_t) n;
}

static struct archive *archive_drop(struct archive *archive) {
        if (archive)
                (void) archive_read_free(archive);
        return NULL;
}

DEFINE_CLEANUP(struct archive, archive_drop);

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

/* Errors of the input come first: libarchive only knows that its callback failed. */
static int broken(const Inflation *inflation, struct archive *archive, Error *e) {
        const char *why = archive_error_string(archive);

        if (inflation->end < 0)
                return inflation->end;
        if (archive_errno(archive) == ENOMEM)
                return error_new(e, -ENOMEM, "not enough memory to decompress");
        return error_new(e, -EBADMSG, "cannot decompress: %s", why ? why : "bad data");
}

/* Data that are bad from the start look empty to libarchive, often without an error, and no image is
 * empty: so nothing at all counts as damaged. */
static int begin(struct archive *archive, Inflation *inflation, RenderCompression kind, Error *e) {
        struct archive_entry *entry = NULL;

        if (archive_read_append_filter(archive, compressions[kind].filter) != ARCHIVE_OK ||
            archive_read_support_format_raw(archive) != ARCHIVE_OK)
                return error_new(e, -EOPNOTSUPP, "libarchive was built without %s",
                                 compressions[kind].name);
        if (archive_read_open(archive, inflation, NULL, feed, NULL) == ARCHIVE_OK &&
            archive_read_next_header(archive, &entry) == ARCHIVE_OK)
                return 1;
        if (inflation->end < 0)
                return inflation->end;
        return error_new(e, -EBADMSG, "cannot decompress: empty, damaged, or not by %s",
                         compressions[kind].name);
}

/* Fills one slot. Returns its bytes, fewer at the end, a negative errno. */
static ssize_t fill(struct archive *archive, Inflation *inflation, uint8_t *slot, Error *e) {
        size_t n = 0;

        while (n < RENDER_SLOT_BYTES) {
                ssize_t got = archive_read_data(archive, slot + n, RENDER_SLOT_BYTES - n);
                int r = 0;

                if (got == ARCHIVE_RETRY)
                        continue;
                if (got < 0)
                        return broken(inflation, archive, e);
                if (got == 0)
                        break;
                n += (size_t) got;
                inflation->made += (size_t) got;
                r = check_limits(inflation, e);
                if (r < 0)
                        return r;
        }
        return (ssize_t) n;
}

static int
inflate_by_archive(Inflation *inflation, RenderCompression kind, RenderRing *out, Error *e) {
        _cleanup_(archive_dropp) struct archive *archive = archive_read_new();
        int r = 0;

        if (!archive)
                return -ENOMEM;
        r = begin(archive, inflation, kind, e);
        while (r > 0) {
                uint8_t *slot = render_ring_reserve(out);
                ssize_t n = slot ? fill(archive, inflation, slot, e) : -ECANCELED;

                if (n > 0)
                        render_ring_publish(out, (size_t) n);
                r = n < 0 ? (int) n : n == (ssize_t) RENDER_SLOT_BYTES;
        }
        inflation->used = (uint64_t) archive_filter_bytes(archive, -1);
        return r;
}

/* The part of the slot that was not used yet. */
typedef struct Rest {
        const uint8_t *bytes;
        size_t n;
} Rest;

/* As fill(). Behind a member comes another, or the data have ended. */
static ssize_t
fill_gzip(RenderGunzip *gunzip, Inflation *inflation, Rest *rest, uint8_t *slot, Error *e) {
        size_t n = 0;

        while (n < RENDER_SLOT_BYTES) {
                ssize_t got = 0;
                int r = 0;

                if (rest->n == 0 && next_slot(inflation, &rest->bytes, &rest->n) <= 0) {
                        if (inflation->end == 0 && !render_gunzip_has_ended(gunzip))
                                return error_new(e, -EBADMSG, "cannot decompress: cut short");
                        return inflation->end < 0 ? inflation->end : (ssize_t) n;
                }
                if (render_gunzip_has_ended(gunzip) && rest->bytes[0] != 0x1f)
                        break;
                got = render_gunzip(gunzip, &rest->bytes, &rest->n, slot + n, RENDER_SLOT_BYTES - n,
                                    e);
                if (got < 0)
                        return got;
                n += (size_t) got;
                inflation->made += (size_t) got;
                inflation->used = inflation->fed - rest->n;
                r = check_limits(inflation, e);
                if (r < 0)
                        return r;
        }
        return (ssize_t) n;
}

static int inflate_gzip(Inflation *inflation, RenderRing *out, Error *e) {
        _cleanup_(render_gunzip_freep) RenderGunzip *gunzip = NULL;
        Rest rest = {};
        int r = render_gunzip_new(&gunzip);

        for (bool more = true; r >= 0 && more;) {
                uint8_t *slot = render_ring_reserve(out);
                ssize_t n = slot ? fill_gzip(gunzip, inflation, &rest, slot, e) : -ECANCELED;

                if (n > 0)
                        render_ring_publish(out, (size_t) n);
                r = n < 0 ? (int) n : 0;
                more = n == (ssize_t) RENDER_SLOT_BYTES;
        }
        if (r >= 0 && inflation->made == 0)
                return error_new(e, -EBADMSG, "cannot decompress: empty");
        return r;
}

/* Programs differ on what stands behind the compressed data; zeroes all of them let pass. A header
 * that is not one, or is cut, ends the data for libarchive, too. */
static int drain(Inflation *inflation, Error *e) {
        while (inflation->end > 0) {
                const uint8_t *bytes = NULL;
                size_t n = 0;

                inflation->end = render_ring_peek(inflation->in, inflation->reader, &bytes, &n);
                if (inflation->end <= 0)
                        break;
                count(inflation, bytes, n);
                render_ring_release(inflation->in, inflation->reader);
        }
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
        Inflation inflation = { .in = in, .reader = reader, .limits = limits, .end = 1 };
        int r = kind == RENDER_GZIP ? inflate_gzip(&inflation, out, e)
                                    : inflate_by_archive(&inflation, kind, out, e);

        if (inflation.holding)
                render_ring_release(in, reader);
        return r < 0 ? r : drain(&inflation, e);
}
