/* SPDX-License-Identifier: Apache-2.0 */
#include "render-tar.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct RenderTar {
        RenderSource source;
        uint64_t position; /* bytes consumed */
        size_t lent;       /* bytes peeked at by the caller, consumed at the next call */
        uint8_t block[RENDER_BLOCK];

        /* The member at hand. */
        RenderEntry entry;
        RenderHeader header;
        char path[RENDER_RAW_NAME_MAX + 1], link[RENDER_RAW_NAME_MAX + 1];
        uint64_t left; /* stored bytes not consumed */
        size_t padding;
        RenderExtent *extents;
        size_t n_extents, extent; /* the one being read */
        uint64_t offset;          /* in the file */

        /* What came in front of it and belongs to it. */
        bool has_long_path, has_long_link, has_pax;
        char *pax_text;
        RenderPax pax;
};

int render_tar_new(const RenderSource *source, RenderTar **ret) {
        RenderTar *tar = calloc(1, sizeof(*tar));

        if (!tar)
                return -ENOMEM;
        tar->source = *source;
        *ret = tar;
        return 0;
}

RenderTar *render_tar_free(RenderTar *tar) {
        if (!tar)
                return NULL;
        render_pax_done(&tar->pax);
        free(tar->pax_text);
        free(tar->extents);
        free(tar);
        return NULL;
}

static int cut_short(Error *e) {
        return error_new(e, -EBADMSG, "the archive is cut short");
}

static void consume(RenderTar *tar, size_t n) {
        tar->source.consume(tar->source.userdata, n);
        tar->position += n;
}

/* Copies exactly @n bytes. Returns 1; 0 at the end where nothing was left; a negative errno. */
static int read_bytes(RenderTar *tar, void *to, size_t n, Error *e) {
        size_t done = 0;

        while (done < n) {
                const uint8_t *bytes = NULL;
                size_t got = 0;
                int r = tar->source.peek(tar->source.userdata, &bytes, &got);

                if (r < 0)
                        return r;
                if (r == 0)
                        return done == 0 ? 0 : cut_short(e);
                if (got > n - done)
                        got = n - done;
                memcpy((uint8_t *) to + done, bytes, got);
                consume(tar, got);
                done += got;
        }
        return 1;
}

static int skip_bytes(RenderTar *tar, uint64_t n, Error *e) {
        if (tar->source.skip && n > 0) {
                int r = tar->source.skip(tar->source.userdata, n);

                tar->position += n;
                return r == -EBADMSG ? cut_short(e) : r;
        }
        while (n > 0) {
                const uint8_t *bytes = NULL;
                size_t got = 0;
                int r = tar->source.peek(tar->source.userdata, &bytes, &got);

                if (r <= 0)
                        return r < 0 ? r : cut_short(e);
                if (got > n)
                        got = (size_t) n;
                consume(tar, got);
                n -= got;
        }
        return 0;
}

static size_t padding_of(uint64_t size) {
        return (size_t) (-size & (RENDER_BLOCK - 1));
}

/* Returns 1 with a header in tar->block; 0 at the end; a negative errno. */
static int next_block(RenderTar *tar, Error *e) {
        int r = read_bytes(tar, tar->block, RENDER_BLOCK, e);

        if (r <= 0 || !render_block_is_zero(tar->block))
                return r;
        r = read_bytes(tar, tar->block, RENDER_BLOCK, e);
        if (r > 0 && !render_block_is_zero(tar->block))
                return error_new(e, -EBADMSG, "members behind a lone block of zeroes");
        return r < 0 ? r : 0;
}

/* The body of a header that only speaks about the next one. */
static int read_body(RenderTar *tar, char *to, uint64_t n, Error *e) {
        int r = n > 0 ? read_bytes(tar, to, (size_t) n, e) : 1;

        if (r <= 0)
                return r < 0 ? r : cut_short(e);
        return skip_bytes(tar, padding_of(n), e);
}

/* GNU's way of giving a long name: a member of its own, with a NUL behind the name. */
static int read_long_name(RenderTar *tar, bool *has, char *to, Error *e) {
        uint64_t n = tar->header.size;
        int r = 0;

        if (*has)
                return error_new(e, -EBADMSG, "two long names for one member");
        if (n > RENDER_RAW_NAME_MAX)
                return error_new(e, -ENAMETOOLONG, "a name of %llu bytes", (unsigned long long) n);
        r = read_body(tar, to, n, e);
        if (r < 0)
                return r;
        to[n] = '\0';
        while (n > 0 && to[n - 1] == '\0')
                n--;
        if (n == 0 || strlen(to) != n)
                return error_new(e, -EBADMSG, "bad long name");
        *has = true;
        return 0;
}

static int read_pax(RenderTar *tar, bool global, Error *e) {
        uint64_t n = tar->header.size;
        char *text = NULL;
        int r = 0;

        if (tar->has_pax)
                return error_new(e, -EBADMSG, "two extended headers for one member");
        if (n > RENDER_PAX_MAX)
                return error_new(e, -E2BIG, "extended header of %llu bytes",
                                 (unsigned long long) n);
        text = realloc(tar->pax_text, (size_t) n + 1);
        if (!text)
                return -ENOMEM;
        tar->pax_text = text;
        r = read_body(tar, text, n, e);
        if (r < 0)
                return r;
        if (global)
                return render_pax_check_global(text, (size_t) n, e);
        tar->has_pax = true;
        return render_pax_parse(text, (size_t) n, &tar->pax, e);
}

static int read_more_extents(RenderTar *tar, Error *e) {
        bool more = tar->header.more_extents;

        while (more) {
                RenderExtent extents[RENDER_SPARSE_BLOCK_MAX];
                int n = 0, r = read_bytes(tar, tar->block, RENDER_BLOCK, e);

                if (r <= 0)
                        return r < 0 ? r : cut_short(e);
                n = render_sparse_block_parse(tar->block, extents, &more, e);
                for (int i = 0; i < n; i++) {
                        r = render_extents_push(&tar->extents, &tar->n_extents, extents[i]);
                        if (r < 0)
                                return error_new(e, r, "too long a sparse list");
                }
                if (n < 0)
                        return n;
        }
        return 0;
}

/* A line of the map in front of a sparse file's data: decimal digits. */
static int read_map_number(RenderTar *tar, uint64_t *ret, Error *e) {
        char digits[20];
        size_t n = 0;

        for (;; n++) {
                int r = 0;

                if (tar->left == 0 || n == sizeof(digits))
                        return error_new(e, -EBADMSG, "bad map of a sparse file");
                r = read_bytes(tar, digits + n, 1, e);
                if (r <= 0)
                        return r < 0 ? r : cut_short(e);
                tar->left--;
                if (digits[n] == '\n')
                        break;
        }
        if (render_decimal_parse((RenderSpan){ digits, n }, ret) < 0)
                return error_new(e, -EBADMSG, "bad map of a sparse file");
        return 0;
}

static int read_map(RenderTar *tar, Error *e) {
        uint64_t n = 0, rest = 0, before = tar->left;
        int r = read_map_number(tar, &n, e);

        for (uint64_t i = 0; r >= 0 && i < n; i++) {
                RenderExtent extent = {};

                r = read_map_number(tar, &extent.offset, e);
                if (r >= 0)
                        r = read_map_number(tar, &extent.n, e);
                if (r >= 0 && render_extents_push(&tar->extents, &tar->n_extents, extent) < 0)
                        r = error_new(e, -E2BIG, "too long a sparse list");
        }
        if (r < 0)
                return r;
        rest = padding_of(before - tar->left);
        if (rest > tar->left)
                return error_new(e, -EBADMSG, "bad map of a sparse file");
        tar->left -= rest;
        return skip_bytes(tar, rest, e);
}

/* Extents lie one behind the other, within the file, and take all stored bytes. */
static int check_extents(const RenderTar *tar, Error *e) {
        uint64_t end = 0, sum = 0;

        for (size_t i = 0; i < tar->n_extents; i++) {
                const RenderExtent *extent = &tar->extents[i];

                if (extent->offset < end || extent->offset > tar->entry.size ||
                    extent->n > tar->entry.size - extent->offset)
                        return error_new(e, -EBADMSG, "impossible map of a sparse file");
                end = extent->offset + extent->n;
                sum += extent->n;
        }
        if (sum != tar->left)
                return error_new(e, -EBADMSG, "a sparse file's map does not fit its data");
        return 0;
}

static int begin_sparse(RenderTar *tar, Error *e) {
        RenderPax *pax = &tar->pax;
        int r = 0;

        tar->entry.sparse = true;
        if (tar->header.type == 'S') {
                tar->entry.size = tar->header.real_size;
                for (unsigned i = 0; r >= 0 && i < tar->header.n_extents; i++)
                        r = render_extents_push(&tar->extents, &tar->n_extents,
                                                tar->header.extents[i]);
                if (r >= 0)
                        r = read_more_extents(tar, e);
        } else {
                tar->entry.size = pax->real_size;
                if (pax->sparse_in_data)
                        r = read_map(tar, e);
                else {
                        free(tar->extents);
                        tar->extents = ptr_take(&pax->extents);
                        tar->n_extents = pax->n_extents;
                }
        }
        return r < 0 ? r : check_extents(tar, e);
}

/* A size in both headers is the same number, or one that says "too large for this field". */
static int settle_size(RenderTar *tar, Error *e) {
        uint64_t header = tar->header.size, field_max = UINT64_C(077777777777);

        if (!tar->pax.has_size)
                return 0;
        if (header != tar->pax.size && header != 0 && header != field_max)
                return error_new(e, -EBADMSG, "two sizes for one member");
        tar->header.size = tar->pax.size;
        return 0;
}

static int settle_name(bool has_long,
                       RenderSpan pax,
                       const char *header,
                       char *buffer,
                       const char **ret,
                       Error *e) {
        if (has_long && pax.at)
                return error_new(e, -EBADMSG, "two long names for one member");
        if (pax.n > RENDER_RAW_NAME_MAX)
                return error_new(e, -ENAMETOOLONG, "a name of %zu bytes", pax.n);
        if (pax.at) {
                memcpy(buffer, pax.at, pax.n);
                buffer[pax.n] = '\0';
        }
        *ret = has_long || pax.at ? buffer : header;
        return 0;
}

static int settle_names(RenderTar *tar, Error *e) {
        const RenderPax *pax = &tar->pax;
        RenderSpan path = pax->sparse_name.at ? pax->sparse_name : pax->path;
        int r = settle_name(tar->has_long_path, path, tar->header.path, tar->path, &tar->entry.path,
                            e);

        if (r >= 0)
                r = settle_name(tar->has_long_link, pax->linkpath, tar->header.link, tar->link,
                                &tar->entry.link, e);
        if (r >= 0 && tar->entry.path[0] == '\0')
                r = error_new(e, -EBADMSG, "a member without a name");
        return r;
}

/* 2^32 - 1 means "leave as it is" to chown(2). */
static int settle_id(bool has, uint64_t pax, uint64_t header, uint32_t *ret, Error *e) {
        uint64_t id = has ? pax : header;

        if (id >= UINT32_MAX)
                return error_new(e, -ERANGE, "owner out of range: %llu", (unsigned long long) id);
        *ret = (uint32_t) id;
        return 0;
}

static const struct {
        char flag;
        RenderType type;
} types[] = {
        { '0', RENDER_REGULAR },      { '7', RENDER_REGULAR },   { 'S', RENDER_REGULAR },
        { '1', RENDER_HARDLINK },     { '2', RENDER_SYMLINK },   { '3', RENDER_CHAR },
        { '4', RENDER_BLOCK_DEVICE }, { '5', RENDER_DIRECTORY }, { '6', RENDER_FIFO },
};

static int settle_type(RenderTar *tar, Error *e) {
        RenderEntry *entry = &tar->entry;
        size_t i = 0, n = strlen(entry->path);

        while (i < N_ELEMENTS(types) && types[i].flag != tar->header.type)
                i++;
        if (i == N_ELEMENTS(types))
                return error_new(e, -EOPNOTSUPP, "\"%s\" is of unknown type '%c'", entry->path,
                                 tar->header.type);
        entry->type = types[i].type;
        if (entry->type == RENDER_REGULAR && entry->path[n - 1] == '/')
                return error_new(e, -EBADMSG, "file \"%s\" is called like a directory",
                                 entry->path);
        if (entry->type != RENDER_REGULAR && (tar->header.size > 0 || tar->pax.has_real_size))
                return error_new(e, -EBADMSG, "\"%s\" is no file, yet has data", entry->path);
        if ((entry->type == RENDER_HARDLINK || entry->type == RENDER_SYMLINK) &&
            entry->link[0] == '\0')
                return error_new(e, -EBADMSG, "link \"%s\" leads nowhere", entry->path);
        return 0;
}

/* Puts together what the headers said. */
static int settle(RenderTar *tar, Error *e) {
        const RenderPax *pax = &tar->pax;
        RenderEntry *entry = &tar->entry;
        int r = settle_size(tar, e);

        if (r >= 0)
                r = settle_names(tar, e);
        if (r >= 0)
                r = settle_type(tar, e);
        if (r >= 0)
                r = settle_id(pax->has_uid, pax->uid, tar->header.uid, &entry->uid, e);
        if (r >= 0)
                r = settle_id(pax->has_gid, pax->gid, tar->header.gid, &entry->gid, e);
        if (r < 0)
                return r;

        entry->mode = tar->header.mode;
        entry->mtime = pax->has_mtime ? pax->mtime : tar->header.mtime;
        entry->mtime_nsec = pax->mtime_nsec;
        entry->major = tar->header.major;
        entry->minor = tar->header.minor;
        entry->xattrs = pax->xattrs;
        entry->n_xattrs = pax->n_xattrs;
        entry->n_ignored_xattrs = pax->n_ignored_xattrs;
        entry->size = entry->stored = tar->left = tar->header.size;
        tar->padding = padding_of(tar->left);
        if (tar->header.type == 'S' || pax->has_real_size)
                r = begin_sparse(tar, e);
        entry->position = tar->position;
        return r;
}

/* Some writers leave out what should fill the last file's last block. */
static int skip_padding(RenderTar *tar) {
        while (tar->padding > 0) {
                const uint8_t *bytes = NULL;
                size_t n = 0;
                int r = tar->source.peek(tar->source.userdata, &bytes, &n);

                if (r < 0)
                        return r;
                if (r == 0)
                        n = tar->padding;
                else {
                        n = n < tar->padding ? n : tar->padding;
                        consume(tar, n);
                }
                tar->padding -= n;
        }
        return 0;
}

/* Drops what belonged to the member before. */
static int leave(RenderTar *tar, Error *e) {
        int r = 0;

        if (tar->lent > 0)
                consume(tar, tar->lent);
        tar->lent = 0;
        r = skip_bytes(tar, tar->left, e);
        if (r >= 0)
                r = skip_padding(tar);
        tar->left = 0;
        tar->entry = (RenderEntry){};
        tar->n_extents = tar->extent = 0;
        free(ptr_take(&tar->extents));
        tar->offset = 0;
        tar->has_long_path = tar->has_long_link = tar->has_pax = false;
        render_pax_done(&tar->pax);
        return r;
}

int render_tar_next(RenderTar *tar, const RenderEntry **ret, Error *e) {
        int r = leave(tar, e);

        while (r >= 0) {
                r = next_block(tar, e);
                if (r == 0 && (tar->has_long_path || tar->has_long_link || tar->has_pax))
                        return error_new(e, -EBADMSG, "a header without its member");
                if (r <= 0)
                        return r;
                r = render_header_parse(tar->block, &tar->header, e);
                if (r < 0)
                        return r;
                switch (tar->header.type) {
                case 'L':
                        r = read_long_name(tar, &tar->has_long_path, tar->path, e);
                        break;
                case 'K':
                        r = read_long_name(tar, &tar->has_long_link, tar->link, e);
                        break;
                case 'x':
                        r = read_pax(tar, false, e);
                        break;
                case 'g':
                        r = read_pax(tar, true, e);
                        break;
                default:
                        r = settle(tar, e);
                        if (r < 0)
                                return r;
                        *ret = &tar->entry;
                        return 1;
                }
        }
        return r;
}

int render_tar_read(
        RenderTar *tar, const uint8_t **ret, size_t *ret_n, uint64_t *ret_offset, Error *e) {
        uint64_t want = tar->left;
        int r = 0;

        if (tar->lent > 0)
                consume(tar, tar->lent);
        tar->lent = 0;
        if (tar->left == 0)
                return 0;
        if (tar->entry.sparse) {
                while (tar->extents[tar->extent].n == 0) /* their sum is what is left */
                        tar->extent++;
                if (tar->offset < tar->extents[tar->extent].offset)
                        tar->offset = tar->extents[tar->extent].offset;
                want = tar->extents[tar->extent].n;
        }
        r = tar->source.peek(tar->source.userdata, ret, ret_n);
        if (r <= 0)
                return r < 0 ? r : cut_short(e);
        if (*ret_n > want)
                *ret_n = (size_t) want;
        *ret_offset = tar->offset;
        tar->lent = *ret_n;
        tar->left -= *ret_n;
        tar->offset += *ret_n;
        if (tar->entry.sparse)
                tar->extents[tar->extent].n -= *ret_n;
        return 1;
}
