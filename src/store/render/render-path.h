/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Names of archive members, cleaned, and what layers say by them. Pure.
 * Source: security C01, C06, C10; image-spec 1.1, layer.md "Whiteouts". */

#include <stdbool.h>
#include <stddef.h>

#include "cleanup.h"
#include "errors.h"
#include "render-limits.h"

/* Relative, without empty, "." and ".." components; "" is the root. */
typedef struct RenderPath {
        char text[RENDER_PATH_MAX + 1];
        size_t n;
} RenderPath;

typedef enum RenderPathFlags {
        RENDER_PATH_STRICT = 1 << 0, /* neither absolute nor with ".." */
} RenderPathFlags;

/**
 * render_path_clean() - the place below the root that a member's name means
 * @raw: NUL-terminated; a leading "/" or "./" is dropped, as real images have them
 *
 * Returns: 0; -EINVAL it climbs above the root, or is not strict; -ENAMETOOLONG beyond the limits.
 */
int render_path_clean(const char *raw, RenderPathFlags flags, RenderPath *ret, Error *e);

/* The last component. Borrowed. */
const char *render_path_name(const RenderPath *path);

/* Shortens to the directory that holds it; "" stays. */
void render_path_ascend(RenderPath *path);

/* Appends a component. Returns 0; -ENAMETOOLONG. */
int render_path_descend(RenderPath *path, const char *name, size_t n);

/* How many components it has. */
unsigned render_path_depth(const RenderPath *path);

/* Whether it lies below @directory ("dev"), which is not below itself. */
bool render_path_is_below(const RenderPath *path, const char *directory);

typedef enum RenderMark {
        RENDER_MARK_NONE,
        RENDER_MARK_WHITEOUT, /* hides one name of the layers below */
        RENDER_MARK_OPAQUE,   /* hides all the directory has in the layers below */
        RENDER_MARK_IGNORED,  /* bookkeeping of AUFS */
        _RENDER_MARK_MAX,
        _RENDER_MARK_INVALID = -EINVAL,
} RenderMark;

/**
 * render_path_mark() - what a layer's member stands for
 * @path: of a whiteout, becomes the path that is hidden; of an opaque mark, the directory's
 *
 * Returns: a mark; -EINVAL a whiteout of nothing, "." or "..", or something inside a whiteout.
 */
RenderMark render_path_mark(RenderPath *path, Error *e);
