/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Files of URLs that are being fetched, or were: what is there of one is not fetched again. Two who want
 * the same one take turns. In a directory of the caller's, KEY holds the bytes and KEY.json where they
 * came from; both go when it is complete. */

#include <stdbool.h>
#include <stdint.h>

#include "cleanup.h"
#include "errors.h"

typedef struct FetchPartial FetchPartial;

/* Waits for whoever fetches the same URL; @waiting is called before, and may be NULL.
 * @dir_fd: borrowed for its life. Returns 0; a negative errno. */
int fetch_partial_open(int dir_fd,
                       const char *url,
                       void (*waiting)(void *userdata),
                       void *userdata,
                       FetchPartial **ret,
                       Error *e);

/* Lets go of it. What is there stays, if its validator is known. */
FetchPartial *fetch_partial_free(FetchPartial *partial);
DEFINE_CLEANUP(FetchPartial, fetch_partial_free);

/* Borrowed: for reading and writing. */
int fetch_partial_fd(const FetchPartial *partial);

/* How many bytes are there from an earlier try, and what they came with; 0 and NULL for a fresh start.
 * Borrowed. */
uint64_t fetch_partial_offset(const FetchPartial *partial);
const char *fetch_partial_validator(const FetchPartial *partial);

/* Notes what the bytes that come now belong to. NULL: nothing of it can be used later.
 * Returns 0; a negative errno. */
int fetch_partial_note(FetchPartial *partial, const char *validator);

/* It is complete: nothing of it stays when it is freed, and whoever waits for it waits until then. The
 * descriptor is the caller's, at its begin. Returns 0; a negative errno. */
int fetch_partial_finish(FetchPartial *partial, int *ret_fd);

#define FETCH_PARTIAL_AGE_SEC (INT64_C(7) * 24 * 3600) /* nobody comes back for what is older */

/* Removes what nobody fetches and nobody touched for so long, parts of blobs among it. Returns 0; a negative errno. */
int fetch_partial_sweep(int dir_fd, int64_t age_sec);
