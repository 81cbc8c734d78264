/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Extended headers: records "LENGTH KEY=VALUE\n". Pure.
 * Source: POSIX pax, "pax Extended Header"; GNU tar manual, "Storing Sparse Files". */

#include <stdbool.h>
#include <stdint.h>

#include "errors.h"
#include "render-header.h"

#define RENDER_PAX_MAX ((size_t) 1024 * 1024) /* bytes of one extended header */
#define RENDER_XATTRS_MAX 256
#define RENDER_EXTENTS_MAX 262144

/* Bytes within the record's text. NULL where absent. */
typedef struct RenderSpan {
        const char *at;
        size_t n;
} RenderSpan;

typedef struct RenderXattr {
        RenderSpan name, value; /* name without "SCHILY.xattr." */
} RenderXattr;

typedef struct RenderPax {
        RenderSpan path, linkpath; /* no NUL in them, never empty */
        bool has_size, has_uid, has_gid, has_mtime;
        uint64_t size, uid, gid;
        int64_t mtime;
        uint32_t mtime_nsec;
        RenderXattr xattrs[RENDER_XATTRS_MAX];
        unsigned n_xattrs, n_ignored_xattrs;
        /* GNU's sparse files, formats 0.0 to 1.0. */
        RenderSpan sparse_name;
        bool has_real_size, sparse_in_data; /* the latter: format 1.0, the map begins the data */
        uint64_t real_size;
        RenderExtent *extents; /* owned */
        size_t n_extents;
        bool extent_open; /* an offset without its length so far */
} RenderPax;

void render_pax_done(RenderPax *pax);

/**
 * render_pax_parse() - read an extended header
 * @text: borrowed; @ret refers to it
 * @ret: zeroed by the caller, released by him in any case
 *
 * A key that matters and is there twice is refused, since programs disagree on who wins; only
 * sparse format 0.0 repeats keys by design.
 *
 * Returns: 0; -EBADMSG; -ERANGE a number; -E2BIG a list; -EOPNOTSUPP another program's sparse file;
 *          -ENOMEM.
 */
int render_pax_parse(const char *text, size_t n, RenderPax *ret, Error *e);

/* A global header may only hold what changes nothing (comments): programs disagree on all else.
 * Returns 0; -EBADMSG. */
int render_pax_check_global(const char *text, size_t n, Error *e);

/* Strict decimal out of bytes. Returns 0; -EBADMSG; -ERANGE. */
int render_decimal_parse(RenderSpan text, uint64_t *ret);

/* Appends. Returns 0; -E2BIG; -ENOMEM. */
int render_extents_push(RenderExtent **list, size_t *n, RenderExtent extent);
