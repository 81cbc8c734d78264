/* SPDX-License-Identifier: Apache-2.0 */
#include "render-header.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

/* The block as bytes; text fields end at a NUL or at their size. */
typedef struct Block {
        char name[100], mode[8], uid[8], gid[8], size[12], mtime[12], checksum[8], type, link[100];
        char magic[8], uname[32], gname[32], major[8], minor[8], prefix[155], rest[12];
} Block;

_Static_assert(sizeof(Block) == RENDER_BLOCK, "a tar block has 512 bytes");

/* Where GNU's own format keeps its sparse list instead of a prefix. */
#define GNU_SPARSE_OFFSET 386
#define GNU_MORE_OFFSET 482
#define GNU_REAL_SIZE_OFFSET 483
#define GNU_BLOCK_MORE_OFFSET 504
#define EXTENT_BYTES 24

/* star keeps times behind a shorter prefix, and says so at the block's end. */
#define STAR_PREFIX 131

bool render_block_is_zero(const uint8_t block[static RENDER_BLOCK]) {
        static const uint8_t zero[RENDER_BLOCK];

        return memcmp(block, zero, RENDER_BLOCK) == 0;
}

static int parse_octal(const char *field, size_t n, uint64_t *ret) {
        size_t end = strnlen(field, n), i = 0;
        uint64_t value = 0;

        while (i < end && field[i] == ' ')
                i++;
        while (end > i && field[end - 1] == ' ')
                end--;
        for (; i < end; i++) {
                if (field[i] < '0' || field[i] > '7')
                        return -EBADMSG;
                if (value >> 60)
                        return -ERANGE;
                value = value * 8 + (uint64_t) (field[i] - '0');
        }
        *ret = value;
        return 0;
}

/* The bytes behind the marking bit, big-endian in two's complement. */
static int parse_base256(const char *field, size_t n, int64_t *ret) {
        bool negative = (uint8_t) field[0] & 0x40;
        uint64_t value = negative ? UINT64_MAX : 0;

        for (size_t i = 0; i < n; i++) {
                uint8_t byte = (uint8_t) field[i];

                if (i == 0)
                        byte = negative ? byte | 0x80 : byte & 0x7f;
                if (value >> 55 != (negative ? UINT64_MAX >> 55 : 0))
                        return -ERANGE;
                value = value << 8 | byte;
        }
        *ret = (int64_t) value;
        return 0;
}

static int parse_signed(const char *field, size_t n, int64_t *ret) {
        uint64_t value = 0;
        int r = 0;

        if ((uint8_t) field[0] & 0x80)
                return parse_base256(field, n, ret);
        r = parse_octal(field, n, &value);
        if (r >= 0 && value > INT64_MAX)
                r = -ERANGE;
        if (r >= 0)
                *ret = (int64_t) value;
        return r;
}

static int parse_number(const char *field, size_t n, uint64_t max, uint64_t *ret) {
        int64_t value = 0;
        int r = parse_signed(field, n, &value);

        if (r >= 0 && (value < 0 || (uint64_t) value > max))
                r = -ERANGE;
        if (r >= 0)
                *ret = (uint64_t) value;
        return r;
}

static bool checksum_is_right(const uint8_t *block) {
        const Block *b = (const Block *) (const void *) block;
        uint64_t want = 0;
        uint32_t sum = 0;

        if (parse_octal(b->checksum, sizeof(b->checksum), &want) < 0)
                return false;
        for (size_t i = 0; i < RENDER_BLOCK; i++)
                sum += block[i];
        for (size_t i = 0; i < sizeof(b->checksum); i++)
                sum += (uint32_t) ' ' - (uint8_t) b->checksum[i];
        return sum == want;
}

static size_t copy_text(char *to, const char *field, size_t n) {
        size_t length = strnlen(field, n);

        memcpy(to, field, length);
        to[length] = '\0';
        return length;
}

typedef enum Dialect {
        V7,
        USTAR,
        STAR,
        GNU,
        _DIALECT_INVALID = -EBADMSG,
} Dialect;

static Dialect dialect_of(const Block *b) {
        if (memcmp(b->magic, "ustar  ", 8) == 0)
                return GNU;
        if (memcmp(b->magic,
                   "ustar\0"
                   "00",
                   8) == 0)
                return memcmp(b->rest + 8, "tar", 4) == 0 ? STAR : USTAR;
        if (memcmp(b->magic, "ustar", 5) == 0)
                return _DIALECT_INVALID; /* tar programs disagree on what to read then */
        return V7;
}

static void read_path(const Block *b, Dialect dialect, char *ret) {
        size_t n = 0;

        if (dialect == USTAR)
                n = copy_text(ret, b->prefix, sizeof(b->prefix));
        else if (dialect == STAR)
                n = copy_text(ret, b->prefix, STAR_PREFIX);
        if (n > 0)
                ret[n++] = '/';
        (void) copy_text(ret + n, b->name, sizeof(b->name));
}

/* An unused slot has no length. */
static int read_extents(const char *at, unsigned max, RenderExtent *ret) {
        unsigned n = 0;

        for (; n < max; n++, at += EXTENT_BYTES) {
                int r = 0;

                if (at[12] == '\0')
                        break;
                r = parse_number(at, 12, INT64_MAX, &ret[n].offset);
                if (r >= 0)
                        r = parse_number(at + 12, 12, INT64_MAX, &ret[n].n);
                if (r < 0)
                        return r;
        }
        return (int) n;
}

static int read_sparse(const uint8_t *block, RenderHeader *h, Error *e) {
        const char *bytes = (const char *) block;
        int r = read_extents(bytes + GNU_SPARSE_OFFSET, RENDER_HEADER_SPARSE_MAX, h->extents);

        if (r < 0)
                return error_new(e, r, "bad sparse list in a header");
        h->n_extents = (unsigned) r;
        h->more_extents = block[GNU_MORE_OFFSET] != 0;
        r = parse_number(bytes + GNU_REAL_SIZE_OFFSET, 12, INT64_MAX, &h->real_size);
        return r < 0 ? error_new(e, r, "bad size of a sparse file") : 0;
}

static int read_numbers(const Block *b, RenderHeader *h, Error *e) {
        uint64_t mode = 0, major = 0, minor = 0;
        const struct {
                const char *what, *field;
                size_t n;
                uint64_t max, *ret;
        } numbers[] = {
                { "mode", b->mode, sizeof(b->mode), UINT32_MAX, &mode },
                { "uid", b->uid, sizeof(b->uid), INT64_MAX, &h->uid },
                { "gid", b->gid, sizeof(b->gid), INT64_MAX, &h->gid },
                { "size", b->size, sizeof(b->size), INT64_MAX, &h->size },
                { "device", b->major, sizeof(b->major), UINT32_MAX, &major },
                { "device", b->minor, sizeof(b->minor), UINT32_MAX, &minor },
        };
        bool device = h->type == '3' || h->type == '4';
        int r = 0;

        for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]) - (device ? 0 : 2); i++) {
                r = parse_number(numbers[i].field, numbers[i].n, numbers[i].max, numbers[i].ret);
                if (r < 0)
                        return error_new(e, r, "bad number in a header: %s", numbers[i].what);
        }
        r = parse_signed(b->mtime, sizeof(b->mtime), &h->mtime);
        if (r < 0)
                return error_new(e, r, "bad number in a header: time");
        h->mode = (uint32_t) mode & 07777;
        h->major = (uint32_t) major;
        h->minor = (uint32_t) minor;
        return 0;
}

int render_header_parse(const uint8_t block[static RENDER_BLOCK], RenderHeader *ret, Error *e) {
        const Block *b = (const Block *) (const void *) block;
        Dialect dialect = dialect_of(b);
        size_t n = 0;
        int r = 0;

        if (!checksum_is_right(block))
                return error_new(e, -EBADMSG, "no tar archive, or a damaged one: bad checksum");
        if (dialect < 0)
                return error_new(e, -EBADMSG, "unknown dialect of tar");

        *ret = (RenderHeader){ .type = b->type };
        read_path(b, dialect, ret->path);
        n = strlen(ret->path);
        if (ret->type == '\0')
                ret->type = n > 0 && ret->path[n - 1] == '/' ? '5' : '0';
        (void) copy_text(ret->link, b->link, sizeof(b->link));
        r = read_numbers(b, ret, e);
        if (r >= 0 && ret->type == 'S')
                r = dialect == GNU ? read_sparse(block, ret, e)
                                   : error_new(e, -EBADMSG, "sparse file in a foreign dialect");
        return r;
}

int render_sparse_block_parse(const uint8_t block[static RENDER_BLOCK],
                              RenderExtent ret[static RENDER_SPARSE_BLOCK_MAX],
                              bool *ret_more,
                              Error *e) {
        int r = read_extents((const char *) block, RENDER_SPARSE_BLOCK_MAX, ret);

        if (r < 0)
                return error_new(e, r, "bad sparse list");
        *ret_more = block[GNU_BLOCK_MORE_OFFSET] != 0;
        return r;
}
