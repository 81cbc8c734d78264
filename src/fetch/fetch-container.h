/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What holds an image's documents and layers as files: a directory, or an archive. */

#include "store-archive.h"

typedef struct FetchContainer {
        int directory_fd; /* -EBADF: it is an archive */
        StoreArchive archive;
} FetchContainer;

#define FETCH_CONTAINER_NULL \
        ((FetchContainer){ .directory_fd = -EBADF, .archive = STORE_ARCHIVE_NULL })

void fetch_container_done(FetchContainer *container);

/**
 * fetch_container_open() - find a file in it
 * @name: relative; links are followed, but not out of the container
 * @ret_fd: to be closed when @ret was used; -EBADF if there is nothing to close
 *
 * Returns: 0; -ENOENT, and @e names it; another negative errno.
 */
int fetch_container_open(
        const FetchContainer *container, const char *name, StoreInput *ret, int *ret_fd, Error *e);

/* The same, and reads it as store_import_document() does. */
int fetch_container_read(const FetchContainer *container,
                         StoreImport *import,
                         const char *name,
                         const OciDigest *expected,
                         size_t max,
                         StoreDocument *ret,
                         Error *e);

/**
 * fetch_container_read_text() - read a document whose digest nobody asks for
 * @ret: allocated, with a NUL behind its @ret_n bytes
 *
 * It takes no helper, as hashing does.
 *
 * Returns: 0; -ENOENT; -EFBIG more than @max bytes; -EBADMSG; another negative errno.
 */
int fetch_container_read_text(const FetchContainer *container,
                              const char *name,
                              size_t max,
                              char **ret,
                              size_t *ret_n,
                              Error *e);

/* Whether it has a file of that name. Returns 1; 0; a negative errno. */
int fetch_container_has(const FetchContainer *container, const char *name);
