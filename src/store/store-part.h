/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Blobs that came in part, in cas/downloads, named by the digest that they are to have. Whoever was
 * stopped in the middle left one; whoever wants the same blob next goes on where it ends. What it holds
 * counts as little as what is still to come: only the whole is compared with the digest. */

#include "store-base.h"

typedef struct StorePart {
        int dir_fd, fd; /* -EBADF */
        int there_fd;   /* for reading what is there; -EBADF where nothing is */
        char *name;
        uint64_t there; /* bytes that are there; what comes is written behind them */
        bool keep;
} StorePart;

#define STORE_PART_NULL ((StorePart){ .dir_fd = -EBADF, .fd = -EBADF, .there_fd = -EBADF })

/**
 * store_part_open() - the file for a blob of @size bytes
 *
 * The lock on it is shared with whoever gets the descriptor, so that nobody else's helper still writes.
 *
 * Returns: 0; a negative errno.
 */
int store_part_open(
        const Store *store, const OciDigest *digest, uint64_t size, StorePart *ret, Error *e);

/* It is whole: becomes a file of the stage. Returns 0; a negative errno. */
int store_part_move(StorePart *part, const StoreStage *stage, const char *name);

/* Lets go of it, and removes it unless @keep was set and something is there. */
void store_part_done(StorePart *part);
