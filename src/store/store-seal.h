/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A tree's seal: what its maker left there, entry by entry, so that a later look finds what was
 * changed. Little-endian, records in the order of a sorted walk, paths as differences to the one
 * before. Pure: bytes in, checked values out; written to a descriptor.
 *
 *   header  magic[8] version:4 flags:4 n_entries:8 disk_bytes:8 key[32]
 *   record  shared:2 suffix:2 mode:4 uid:4 gid:4 flags:4 target:4 ino:8 size:8 mtime:8 ctime:8
 *           mtime_nsec:4 ctime_nsec:4, suffix bytes, target bytes, digest[32] of a regular file,
 *           digest[32] of the attributes if flagged
 *
 * The digest of a file's content is, in version
 *   1  its SHA-256, and the key is zeroes: found in stores of before, never made anew
 *   2  a MAC under the key, which is random and this seal's own: a fifth of the work
 * A check makes its own seal of the tree in the manner of the old one, so that both can be compared.
 * Since the key lies in it, a seal is for root's eyes only: who may write to a tree and reads the seal,
 * too, can find content of the same digest. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cleanup.h"
#include "errors.h"

#define STORE_SEAL_PATH_MAX 4095
#define STORE_SEAL_DIGEST 32
#define STORE_SEAL_KEY 32

typedef enum StoreSealVersion {
        STORE_SEAL_SHA256 = 1,
        STORE_SEAL_KEYED = 2,
} StoreSealVersion;

/* How content becomes a digest: see render-content.h. */
typedef struct StoreSealManner {
        StoreSealVersion version;
        uint8_t key[STORE_SEAL_KEY];
} StoreSealManner;

typedef enum StoreSealFlags {
        STORE_SEAL_OPAQUE = 1 << 0,   /* directory: hides what the layers below have in it */
        STORE_SEAL_IMPLICIT = 1 << 1, /* directory: no member of the archive made it */
        STORE_SEAL_XATTRS = 1 << 2,   /* has attributes of those an image may have */
        _STORE_SEAL_FLAGS_ALL = (1 << 3) - 1,
} StoreSealFlags;

typedef struct StoreSealEntry {
        const char *path; /* relative, NUL-terminated; "" is the root. Borrowed from the reader */
        size_t n_path;
        const char *target; /* a symlink's, NUL-terminated; "" otherwise. Borrowed, too */
        uint32_t mode;      /* with its type */
        uint32_t uid, gid, flags;
        uint64_t ino, size; /* size 0 for all but files */
        int64_t mtime, ctime;
        uint32_t mtime_nsec, ctime_nsec;
        uint8_t digest[STORE_SEAL_DIGEST]; /* zeroes for all but files */
        uint8_t xattrs[STORE_SEAL_DIGEST]; /* zeroes where not flagged */
} StoreSealEntry;

/* The order of entries: a directory, then all that is in it, then its next sibling. */
int store_seal_compare(const char *a, const char *b);

typedef struct StoreSealReader StoreSealReader;

/* @bytes are borrowed. Returns 0; -EBADMSG no seal; -EOPNOTSUPP a newer one; -ENOMEM. */
int store_seal_reader_new(const uint8_t *bytes, size_t n, StoreSealReader **ret, Error *e);
StoreSealReader *store_seal_reader_free(StoreSealReader *reader);
DEFINE_CLEANUP(StoreSealReader, store_seal_reader_free);

/**
 * store_seal_next() - the next entry
 * @ret: borrowed until the next call
 *
 * Paths come in strict order, and behind the directory that holds them.
 *
 * Returns: 1; 0 at the end; -EBADMSG.
 */
int store_seal_next(StoreSealReader *reader, const StoreSealEntry **ret, Error *e);

const StoreSealManner *store_seal_manner(const StoreSealReader *reader);
uint64_t store_seal_n_entries(const StoreSealReader *reader);
uint64_t store_seal_disk_bytes(const StoreSealReader *reader); /* hard links counted once */

/* Where in the bytes the entry at hand has its inode and ctime, for whoever has to mend them. */
size_t store_seal_offset(const StoreSealReader *reader);

typedef struct StoreSealWriter StoreSealWriter;

/* @fd: an empty file, or one with an order; borrowed. Returns 0; -ENOMEM. */
int store_seal_writer_new(int fd, const StoreSealManner *manner, StoreSealWriter **ret);
StoreSealWriter *store_seal_writer_free(StoreSealWriter *writer);
DEFINE_CLEANUP(StoreSealWriter, store_seal_writer_free);

/* Entries must come in order. Returns 0; -EINVAL out of order; -ENAMETOOLONG; a write's error. */
int store_seal_write(StoreSealWriter *writer, const StoreSealEntry *entry);

/* Writes what is left, and the header at last: a file without it is no seal. */
int store_seal_finish(StoreSealWriter *writer, uint64_t disk_bytes);

/* Asks whoever will write a seal to that empty file for one of that manner. An order is no seal. */
int store_seal_order(int fd, const StoreSealManner *manner);

/* Returns 1; 0 the file is empty, any manner will do; -EBADMSG no order; a negative errno. */
int store_seal_ordered(int fd, StoreSealManner *ret);

/* Overwrites the ctime of the record at @offset. Returns 0; a negative errno. */
int store_seal_mend(int fd, size_t offset, int64_t ctime, uint32_t ctime_nsec);
