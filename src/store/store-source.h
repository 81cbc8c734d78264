/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Which image a local file held when it was imported: a file that did not change since is not read
 * again. */

#include <sys/stat.h>

#include "store.h"

typedef struct StoreSource {
        const char *path;    /* absolute, without symlinks */
        const char *request; /* which of its images; "" for the only one */
        struct stat st;      /* of the file, or of a layout's index, before it was read */
} StoreSource;

/* Returns 1, and the image is still in the store; 0; a negative errno. */
int store_source_find(
        Store *store, const StoreSource *source, char **ret_id, bool *ret_verified, Error *e);

/* Files that changed a moment ago are not remembered: another change may not show. */
int store_source_put(Store *store, const StoreSource *source, const char *id, Error *e);
