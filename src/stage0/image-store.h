/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The store as the verbs about images open it, and the images they are given by word.
 * Source: inventory 1.22. */

#include "store-image.h"
#include "verb.h"

/* Opens the store of the configured data directory, which is made if it is not there. */
int image_store_open(const Rkt *rkt, Store **ret, Error *e);

/**
 * image_store_find() - the image in the store that a user means
 * @word: an id or the beginning of one, or "NAME[:VERSION][,LABEL=VALUE...]"
 * @ret_name: the name among those it has that was meant; NULL for an id. May be NULL
 *
 * Returns: 0; -ENOENT, -ENOTUNIQ, -EINVAL in the original's words; the index's errors.
 */
int image_store_find(Store *store, const char *word, char **ret_id, char **ret_name, Error *e);

/* The same, but a name means every image that has it. At least one. */
int image_store_find_all(Store *store, const char *word, Strv *ret_ids, Error *e);
