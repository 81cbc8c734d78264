/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The last walk through a tree: directories get their times, and everything is written down in its
 * seal. */

#include "errors.h"
#include "render-content.h"
#include "render-ledger.h"

typedef struct RenderSealSpec {
        int root_fd;
        int seal_fd;          /* an empty file, or one with an order */
        RenderLedger *ledger; /* NULL: nothing is known or deferred, every file is read */
        RenderContent
                *content; /* for what has to be read; of the manner the ledger was filled in */
} RenderSealSpec;

/* Returns 0; -ENAMETOOLONG, -E2BIG a tree no image can have; -EAGAIN something changed meanwhile; a
 * negative errno. */
int render_seal(const RenderSealSpec *spec, uint64_t *ret_n_entries, Error *e);
