/* SPDX-License-Identifier: Apache-2.0 */
#include "render-write.h"

#include <inttypes.h>
#include <string.h>

#include "files.h"

#define BUFFER_BYTES ((size_t) 256 * 1024)
#define SIZE_FIELD_MAX UINT64_C(077777777777)
#define ID_FIELD_MAX UINT32_C(07777777)

struct RenderWriter {
        int fd;
        RenderDigest *digests[_RENDER_DIGEST_KIND_MAX];
        uint64_t n_bytes;
        uint64_t left; /* of the member's data */
        size_t padding, n;
        uint8_t buffer[BUFFER_BYTES];
};

int render_writer_new(int fd, RenderWriter **ret) {
        _cleanup_(render_writer_freep) RenderWriter *writer = calloc(1, sizeof(*writer));
        int r = writer ? 0 : -ENOMEM;

        for (unsigned i = 0; r >= 0 && i < _RENDER_DIGEST_KIND_MAX; i++)
                r = render_digest_new((RenderDigestKind) i, &writer->digests[i]);
        if (r < 0)
                return r;
        writer->fd = fd;
        *ret = ptr_take(&writer);
        return 0;
}

RenderWriter *render_writer_free(RenderWriter *writer) {
        if (!writer)
                return NULL;
        for (unsigned i = 0; i < _RENDER_DIGEST_KIND_MAX; i++)
                render_digest_free(writer->digests[i]);
        free(writer);
        return NULL;
}

uint64_t render_writer_bytes(const RenderWriter *writer) {
        return writer->n_bytes;
}

char *render_writer_digest(RenderWriter *writer, RenderDigestKind kind) {
        return render_digest_hex(writer->digests[kind]);
}

static int flush(RenderWriter *writer) {
        int r = fd_write_all(writer->fd, writer->buffer, writer->n);

        for (unsigned i = 0; i < _RENDER_DIGEST_KIND_MAX; i++)
                render_digest_add(writer->digests[i], writer->buffer, writer->n);
        writer->n_bytes += writer->n;
        writer->n = 0;
        return r;
}

/* NULL writes zeroes. */
static int put(RenderWriter *writer, const void *bytes, size_t n) {
        const uint8_t *from = bytes;

        while (n > 0) {
                size_t some = BUFFER_BYTES - writer->n;
                int r = 0;

                if (some == 0) {
                        r = flush(writer);
                        if (r < 0)
                                return r;
                        continue;
                }
                if (some > n)
                        some = n;
                if (from) {
                        memcpy(writer->buffer + writer->n, from, some);
                        from += some;
                } else
                        memset(writer->buffer + writer->n, 0, some);
                writer->n += some;
                n -= some;
        }
        return 0;
}

static size_t padding_of(uint64_t size) {
        return (size_t) (-size & (RENDER_BLOCK - 1));
}

static void put_octal(uint8_t *field, size_t n, uint64_t value) {
        for (size_t i = n - 1; i-- > 0; value >>= 3)
                field[i] = (uint8_t) ('0' + (value & 7));
}

static void put_text(uint8_t *field, size_t n, const char *text) {
        memcpy(field, text, strnlen(text, n));
}

static int put_header(RenderWriter *writer, const RenderEntry *entry, char type, const char *path) {
        uint8_t block[RENDER_BLOCK] = {};
        uint32_t sum = 0;

        put_text(block, 100, path);
        put_octal(block + 100, 8, entry->mode);
        put_octal(block + 108, 8, entry->uid > ID_FIELD_MAX ? 0 : entry->uid);
        put_octal(block + 116, 8, entry->gid > ID_FIELD_MAX ? 0 : entry->gid);
        put_octal(block + 124, 12, entry->size > SIZE_FIELD_MAX ? 0 : entry->size);
        put_octal(block + 136, 12,
                  entry->mtime < 0 || (uint64_t) entry->mtime > SIZE_FIELD_MAX
                          ? 0
                          : (uint64_t) entry->mtime);
        memset(block + 148, ' ', 8);
        block[156] = (uint8_t) type;
        put_text(block + 157, 100, entry->link);
        memcpy(block + 257,
               "ustar\0"
               "00",
               8);
        put_octal(block + 329, 8, entry->major);
        put_octal(block + 337, 8, entry->minor);
        for (size_t i = 0; i < RENDER_BLOCK; i++)
                sum += block[i];
        put_octal(block + 148, 7, sum);
        block[154] = 0;
        return put(writer, block, sizeof(block));
}

/* A record's length counts its own digits. */
static void
add_record(FILE *out, const char *prefix, RenderSpan name, const void *value, size_t n) {
        size_t rest = 1 + strlen(prefix) + name.n + 1 + n + 1, length = rest + 1;

        for (size_t digits = 1;; digits++) {
                char text[24];

                length = rest + digits;
                if ((size_t) snprintf(text, sizeof(text), "%zu", length) == digits)
                        break;
        }
        fprintf(out, "%zu %s%.*s=", length, prefix, (int) name.n, name.at);
        (void) fwrite(value, 1, n, out);
        fputc('\n', out);
}

static void add_text(FILE *out, const char *key, const char *value) {
        add_record(out, key, (RenderSpan){ "", 0 }, value, strlen(value));
}

static void add_number(FILE *out, const char *key, uint64_t value) {
        char text[24];

        (void) snprintf(text, sizeof(text), "%" PRIu64, value);
        add_text(out, key, text);
}

/* Seconds and nanoseconds count forwards, the decimal is signed. */
static void add_time(FILE *out, int64_t seconds, uint32_t nanoseconds) {
        bool negative = seconds < 0;
        char text[40];

        if (negative && nanoseconds > 0) {
                seconds++;
                nanoseconds = 1000000000 - nanoseconds;
        }
        (void) snprintf(text, sizeof(text), "%s%" PRIu64 ".%09u", negative ? "-" : "",
                        negative ? (uint64_t) -seconds : (uint64_t) seconds, nanoseconds);
        add_text(out, "mtime", text);
}

static void add_records(FILE *out, const RenderEntry *entry) {
        if (strlen(entry->path) > 100)
                add_text(out, "path", entry->path);
        if (strlen(entry->link) > 100)
                add_text(out, "linkpath", entry->link);
        if (entry->size > SIZE_FIELD_MAX)
                add_number(out, "size", entry->size);
        if (entry->uid > ID_FIELD_MAX)
                add_number(out, "uid", entry->uid);
        if (entry->gid > ID_FIELD_MAX)
                add_number(out, "gid", entry->gid);
        if (entry->mtime < 0 || entry->mtime_nsec > 0 || (uint64_t) entry->mtime > SIZE_FIELD_MAX)
                add_time(out, entry->mtime, entry->mtime_nsec);
        for (unsigned i = 0; i < entry->n_xattrs; i++)
                add_record(out, "SCHILY.xattr.", entry->xattrs[i].name, entry->xattrs[i].value.at,
                           entry->xattrs[i].value.n);
}

static int put_extended_header(RenderWriter *writer, const RenderEntry *entry) {
        _cleanup_(freep) char *text = NULL;
        RenderEntry header = { .mode = 0644, .link = "" };
        size_t n = 0;
        FILE *out = open_memstream(&text, &n);
        int r = 0;

        if (!out)
                return -ENOMEM;
        add_records(out, entry);
        if (fclose(out) != 0)
                return -ENOMEM;
        if (n == 0)
                return 0;
        header.size = n;
        r = put_header(writer, &header, 'x', "PaxHeaders");
        if (r >= 0)
                r = put(writer, text, n);
        return r < 0 ? r : put(writer, NULL, padding_of(n));
}

int render_write_entry(RenderWriter *writer, const RenderEntry *entry) {
        static const char types[] = {
                [RENDER_REGULAR] = '0', [RENDER_HARDLINK] = '1',     [RENDER_SYMLINK] = '2',
                [RENDER_CHAR] = '3',    [RENDER_BLOCK_DEVICE] = '4', [RENDER_DIRECTORY] = '5',
                [RENDER_FIFO] = '6',
        };
        int r = put_extended_header(writer, entry);

        if (r >= 0)
                r = put_header(writer, entry, types[entry->type], entry->path);
        writer->left = entry->size;
        writer->padding = padding_of(entry->size);
        return r;
}

int render_write_data(RenderWriter *writer, const void *bytes, size_t n) {
        int r = 0;

        if (n > writer->left)
                return -EIO;
        r = put(writer, bytes, n);
        writer->left -= n;
        if (r >= 0 && writer->left == 0 && writer->padding > 0) {
                r = put(writer, NULL, writer->padding);
                writer->padding = 0;
        }
        return r;
}

int render_write_end(RenderWriter *writer) {
        int r = put(writer, NULL, 2 * RENDER_BLOCK);

        return r < 0 ? r : flush(writer);
}
