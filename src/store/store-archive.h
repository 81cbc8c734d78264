/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Archives that hold images: an image layout in a tar, or what "docker save" writes. */

#include "store-import.h"

typedef struct StoreMember {
        char *name;         /* relative, without "." and ".." */
        char *link;         /* NULL, or the name of what it stands for */
        uint64_t at, bytes; /* in the archive's fd */
} StoreMember;

typedef struct StoreArchive {
        StoreMember *items; /* files and links only, in their order */
        size_t n;
        int fd; /* where they lie: owned */
} StoreArchive;

#define STORE_ARCHIVE_NULL ((StoreArchive){ .fd = -EBADF })

void store_archive_done(StoreArchive *archive);

/**
 * store_archive_list() - see what lies where in an archive
 * @fd: a file; borrowed. One that is compressed is unpacked once, to a file that goes with @ret
 *
 * Returns: 0; -EBADMSG no archive or a damaged one; -E2BIG; -EFBIG; -ENOSPC; others.
 */
int store_archive_list(StoreImport *import, int fd, StoreArchive *ret, Error *e);

/**
 * store_archive_find() - a file's place, links followed
 * @ret: its fd is the archive's, borrowed
 *
 * Returns: 0; -ENOENT; -ELOOP; -EINVAL when the archive has two of that name.
 */
int store_archive_find(const StoreArchive *archive, const char *name, StoreInput *ret, Error *e);
