/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* One block of 512 bytes that begins a tar member. Pure.
 * Source: POSIX pax, "ustar Interchange Format"; GNU tar manual, "Basic Tar Format". */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "errors.h"

#define RENDER_BLOCK ((size_t) 512)
#define RENDER_HEADER_PATH_MAX 256 /* prefix, '/' and name */
#define RENDER_HEADER_SPARSE_MAX 4

/* Where a stretch of a sparse file's data lies in it. */
typedef struct RenderExtent {
        uint64_t offset, n;
} RenderExtent;

typedef struct RenderHeader {
        char type; /* as it stands there; NUL is turned into '0' or, by its name, '5' */
        char path[RENDER_HEADER_PATH_MAX + 1];
        char link[100 + 1];
        uint32_t mode; /* permission bits only */
        uint64_t uid, gid, size;
        int64_t mtime;
        uint32_t major, minor;
        /* Type 'S' of GNU's own format: the first extents, and whether blocks with more follow. */
        RenderExtent extents[RENDER_HEADER_SPARSE_MAX];
        unsigned n_extents;
        uint64_t real_size;
        bool more_extents;
} RenderHeader;

bool render_block_is_zero(const uint8_t block[static RENDER_BLOCK]);

/* Numbers are read as GNU tar, Go and Python all read them, or refused.
 * Returns 0; -EBADMSG; -ERANGE a number. */
int render_header_parse(const uint8_t block[static RENDER_BLOCK], RenderHeader *ret, Error *e);

#define RENDER_SPARSE_BLOCK_MAX 21

/* A block of type 'S' that goes on with the list of extents. Returns how many; -EBADMSG; -ERANGE. */
int render_sparse_block_parse(const uint8_t block[static RENDER_BLOCK],
                              RenderExtent ret[static RENDER_SPARSE_BLOCK_MAX],
                              bool *ret_more,
                              Error *e);
