/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The tree under construction: finding the directory a member belongs into, and making room there.
 * Whatever the archive plants, no path is ever followed out of the tree, and the last component is
 * never followed at all (security C02). Nobody else can reach the tree meanwhile. */

#include "render-ledger.h"
#include "render-path.h"

typedef struct RenderTree {
        int root_fd;          /* readable directory, borrowed */
        RenderLedger *ledger; /* borrowed */
        bool layer;           /* char 0:0 is a whiteout here */
        int needs_fd;         /* -EBADF, or gets paths that only the layers below can supply */
        uint64_t needs_bytes;
        uint64_t n_implicit; /* directories no member made, though some lie in them */
        uint64_t n_missing;  /* hard links whose file is not here */

        /* The directory of the member before: mostly that of the next one, too. */
        RenderPath parent;
        int parent_fd; /* O_PATH, owned; -EBADF */
} RenderTree;

#define RENDER_NEEDS_BYTES_MAX (UINT64_C(16) * 1024 * 1024)

void render_tree_done(RenderTree *tree);

/**
 * render_tree_enter() - open the directory that a member belongs into
 * @path: the member's; becomes its real place if a symlink stands in the way. Not the root
 * @ret_fd: borrowed, until the next call
 *
 * Missing directories are made, 0755 and root's, and told to needs_fd.
 *
 * Returns: 0; -ENOTDIR it would lie below a file; -ELOOP; -ENAMETOOLONG; a negative errno.
 */
int render_tree_enter(RenderTree *tree, RenderPath *path, int *ret_fd, Error *e);

/* Says that @path is to come from the layers below. Returns 0; -E2BIG; a negative errno. */
int render_tree_need(RenderTree *tree, const char *path, Error *e);

typedef enum RenderFound {
        RENDER_FOUND_NOTHING,
        RENDER_FOUND_WHITEOUT, /* only in layers */
        RENDER_FOUND_DIRECTORY,
        RENDER_FOUND_OTHER,
} RenderFound;

/* What stands under @name, and its inode. Returns a RenderFound; a negative errno. */
int render_tree_look(const RenderTree *tree, int parent_fd, const char *name, uint64_t *ret_ino);

/* Makes a directory for what lies below it; it gets its own member later, or never. @opaque: in the
 * place of a whiteout, so that the layers below have no say in it. */
int render_tree_make_implicit(
        RenderTree *tree, int parent_fd, const char *name, bool opaque, Error *e);

/* openat2(2) for one component, which is not followed. Returns a descriptor; a negative errno. */
int render_open_at(int parent_fd, const char *name, int flags, mode_t mode);
