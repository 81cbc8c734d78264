/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The directories of a tree in the order of its seal, opened and listed by a thread that runs a little
 * ahead of who reads them: half of a walk's work, for the second processor. */

#include "cleanup.h"
#include "render-children.h"

typedef struct RenderDirectory {
        int fd;                  /* open for reading, as long as the directory is held */
        RenderChildren children; /* whose types are all known */

        /* The walk's own. */
        struct RenderDirectory *next;
        unsigned n_holders;
        int r;            /* why there is no more of it than this */
        const char *what; /* could not be done */
} RenderDirectory;

typedef struct RenderWalk RenderWalk;

/* @root_fd: borrowed. Returns 0; -ENOMEM; -EAGAIN no thread. */
int render_walk_new(int root_fd, RenderWalk **ret);
RenderWalk *render_walk_free(RenderWalk *walk);
DEFINE_CLEANUP(RenderWalk, render_walk_free);

/**
 * render_walk_next() - the next directory: first the root, then each child that is one, before its own
 *                      next sibling
 * @ret:      to be given back, whatever is returned
 * @ret_what: what failed, to be read as "cannot WHAT PATH"
 *
 * Returns: 0; a negative errno.
 */
int render_walk_next(RenderWalk *walk, RenderDirectory **ret, const char **ret_what);
void render_walk_give_back(RenderWalk *walk, RenderDirectory *directory);
