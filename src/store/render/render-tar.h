/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The one reader of tar archives: for listing, hashing and extraction. Pure but for its source.
 *
 * Why not libarchive's: it takes an unknown kind of member for a file, rewrites names in extended
 * headers into another Unicode form, and drops what its locale cannot spell. An image's names are
 * bytes, and what two programs may read differently has to be refused (security C05). */

#include "cleanup.h"
#include "errors.h"
#include "render-limits.h"
#include "render-pax.h"

/* Where bytes come from. peek() returns 1 and at least one byte, 0 at the end, or a negative errno;
 * what it lends is gone with the next call. skip() may be NULL: then they are read. */
typedef struct RenderSource {
        int (*peek)(void *userdata, const uint8_t **ret, size_t *ret_n);
        void (*consume)(void *userdata, size_t n);
        int (*skip)(void *userdata, uint64_t n); /* 0; -EBADMSG beyond the end; a negative errno */
        void *userdata;
} RenderSource;

typedef enum RenderType {
        RENDER_REGULAR,
        RENDER_HARDLINK,
        RENDER_SYMLINK,
        RENDER_CHAR,
        RENDER_BLOCK_DEVICE,
        RENDER_DIRECTORY,
        RENDER_FIFO,
} RenderType;

/* Names as they stand in the archive may be longer than what is left once they are cleaned. */
#define RENDER_RAW_NAME_MAX 8192

typedef struct RenderEntry {
        RenderType type;
        const char *path, *link; /* NUL-terminated, @path never empty; @link "" where none */
        uint32_t mode, uid, gid; /* permission bits; ids below 2^32 - 1 */
        int64_t mtime;
        uint32_t mtime_nsec;
        uint64_t size;     /* of the file, holes included */
        uint64_t position; /* in the archive, of the stored bytes */
        uint64_t stored;   /* bytes in the archive, without padding */
        bool sparse;
        uint32_t major, minor;
        const RenderXattr *xattrs; /* valid until the next entry, as all of it */
        unsigned n_xattrs, n_ignored_xattrs;
} RenderEntry;

typedef struct RenderTar RenderTar;

/* @source is copied. Returns 0; -ENOMEM. */
int render_tar_new(const RenderSource *source, RenderTar **ret);
RenderTar *render_tar_free(RenderTar *tar);
DEFINE_CLEANUP(RenderTar, render_tar_free);

/**
 * render_tar_next() - go to the next member
 * @ret: borrowed until the next call
 *
 * What was not read of the one before is skipped.
 *
 * Returns: 1; 0 at the archive's end (whatever follows it in the source is left there); -EBADMSG,
 *          -ERANGE, -E2BIG, -ENAMETOOLONG, -EOPNOTSUPP bad or ambiguous; -ENOMEM; the source's error.
 */
int render_tar_next(RenderTar *tar, const RenderEntry **ret, Error *e);

/**
 * render_tar_read() - the next stretch of a regular file's data
 * @ret: borrowed until the next call
 * @ret_offset: where in the file it belongs; between stretches are holes
 *
 * Returns: 1; 0 at the member's end; -EBADMSG cut short; the source's error.
 */
int render_tar_read(
        RenderTar *tar, const uint8_t **ret, size_t *ret_n, uint64_t *ret_offset, Error *e);
