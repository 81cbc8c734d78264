/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Whether a tree is what its maker left. */

#include "store-base.h"

/* A seal, read. */
typedef struct StoreSealFile {
        uint8_t *bytes; /* mapped */
        size_t n;
} StoreSealFile;

#define STORE_SEAL_FILE_NULL ((StoreSealFile){})

/* Maps the file "seal" in a tree's directory. Returns 0; -EUCLEAN none or a bad one; -ENOMEM. */
int store_seal_file_open(int directory_fd, StoreSealFile *ret, Error *e);
void store_seal_file_done(StoreSealFile *file);

/**
 * store_check_quick() - compare what stat(2) tells with the seal
 * @root_fd: the tree's rootfs
 *
 * One look at each name and no file is opened: a directory that has its old ctime has its old names.
 *
 * Returns: 0; 1 only inodes or ctimes differ, as after a restored backup; -EUCLEAN changed, and @e
 *          names the first path; another negative errno.
 */
int store_check_quick(int root_fd, const StoreSealFile *seal, Error *e);

/**
 * store_check_full() - read every file
 * @stage: for the new seal
 * @directory_fd: the tree's directory
 *
 * Where only inodes or ctimes differ the seal is renewed.
 *
 * Returns: 0; -EUCLEAN; another negative errno.
 */
int store_check_full(const StoreStage *stage, int directory_fd, Error *e);

/* Marks the directories that the seal calls opaque, for overlayfs, and mends the seal. For a new tree.
 * Returns 0; a negative errno. */
int store_check_mark_opaque(int directory_fd, Error *e);
