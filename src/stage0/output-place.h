/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Where a verb leaves what it was asked to write: made beside that place, and moved there when it is
 * whole. */

#include <errno.h>
#include <stdbool.h>

#include "errors.h"

typedef struct OutputPlace {
        int parent_fd;
        char *name;      /* in there */
        char *temporary; /* to be made by the caller: a file or a directory */
        bool overwrite;
} OutputPlace;

#define OUTPUT_PLACE_NULL ((OutputPlace){ .parent_fd = -EBADF })

/* Returns 0; -EEXIST something is there and is not to be overwritten; -EINVAL the root directory;
 * another negative errno. */
int output_place_open(const char *path, bool overwrite, OutputPlace *ret, Error *e);

/* Moves what was made into place. What was there is removed, however much it is. */
int output_place_finish(OutputPlace *place, Error *e);

/* Removes what was made, unless it is in place. */
void output_place_done(OutputPlace *place);
