/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* One member of an archive becomes one inode: by descriptor, owner before mode, never through what
 * stands there already. The last one of a name wins.
 * Source: security C03, C04, C07, C09, C12. */

#include "render-content.h"
#include "render-finish.h"
#include "render-tar.h"
#include "render-tree.h"

typedef struct RenderPlace {
        RenderTree tree;
        RenderContent *content; /* one for all files; borrowed */
        RenderFinish *finish;   /* of the tree's ledger; borrowed */
        bool unique;            /* a name that comes twice is an error */
        uint64_t n_skipped_devices, n_dropped_xattrs;
} RenderPlace;

/**
 * render_place() - make what @entry says at @path
 * @path: cleaned; of a hard link's target, @target
 * @tar: stands at @entry, for the data
 *
 * Devices below "dev" are counted and not made; others are refused.
 *
 * Returns: 0; -EPERM refused; -ENOSPC and other negative errnos.
 */
int render_place(RenderPlace *place,
                 RenderTar *tar,
                 const RenderEntry *entry,
                 const RenderPath *path,
                 const RenderPath *target,
                 Error *e);
