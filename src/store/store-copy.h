/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Copying what trees hold into a directory: with reflinks where the file system has them. */

#include "store-base.h"
#include "store-seal.h"
#include "store.h"

typedef struct StoreCopyOptions {
        uint32_t uid_shift, gid_shift; /* added to each owner */
        uint32_t id_range;             /* owners at or beyond it are refused; 0: all may be */
} StoreCopyOptions;

/**
 * store_copy() - merge trees into a directory
 * @keys: NULL-terminated, topmost first
 * @directory_fd: empty; becomes the root
 *
 * Owners, modes, times, the attributes an image may have, hard links and holes are kept.
 *
 * Returns: 0; -ERANGE an owner out of range; -EUCLEAN a bad tree; -ENOSPC and other negative errnos.
 */
int store_copy(Store *store,
               char *const *keys,
               int directory_fd,
               const StoreCopyOptions *options,
               Error *e);

/* Puts single entries, in the order of a seal, into a directory. */
typedef struct StoreCopy StoreCopy;

int store_copy_new(int directory_fd, const StoreCopyOptions *options, StoreCopy **ret);
StoreCopy *store_copy_free(StoreCopy *copy);
DEFINE_CLEANUP(StoreCopy, store_copy_free);

/* @root_fd: of the tree that @entry is from. What has the name already must be a directory, if @entry
 * is one, or nothing. Missing parents are made, 0755 and root's. */
int store_copy_add(StoreCopy *copy, const StoreSealEntry *entry, int root_fd, Error *e);

/* Gives the directories their times, last of all. */
int store_copy_finish(StoreCopy *copy, Error *e);
