/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* For this room's own files: the open store, and the ground they stand on. */

#include <sys/types.h>
#include <time.h>

#include "oci-digest.h"
#include "store-sql.h"
#include "store.h"

struct Store {
        char *path;   /* absolute, of cas/ */
        char *helper; /* rkt-render */
        bool read_only;
        StoreLimits limits;
        int data_fd, cas_fd; /* the latter carries the shared lock */
        int blobs_fd, tree_fd, tmp_fd, locks_fd, used_fd;
        StoreSql *sql;
        char *boot_id;
};

/* "blobs/sha256/ab/abcd...", below cas/. Allocated; NULL when out of memory. */
char *store_blob_path(const OciDigest *digest);

/* Takes the lock of the tree @key. Returns a descriptor; -EWOULDBLOCK when another holds it and @wait
 * is not set; a negative errno. */
int store_lock_tree(const Store *store, const char *key, bool wait);

/* Takes the lock of all work in the store. As store_lock_tree(). */
int store_lock_work(const Store *store, bool exclusive, bool wait);

/* A directory of one's own in cas/tmp, and a share in the lock of all work. */
typedef struct StoreStage {
        const Store *store;
        char *name;
        int fd, lock_fd; /* -EBADF */
} StoreStage;

#define STORE_STAGE_NULL ((StoreStage){ .fd = -EBADF, .lock_fd = -EBADF })

int store_stage_open(const Store *store, StoreStage *ret, Error *e);

/* The same for who holds the lock of all work already: @lock_fd is taken, in every case. */
int store_stage_open_locked(const Store *store, int lock_fd, StoreStage *ret, Error *e);

/* Removes it with all that is left in it. */
void store_stage_done(StoreStage *stage);

/* A new file of that name in the stage, for reading and writing. Returns a descriptor; a negative
 * errno. */
int store_stage_file(const StoreStage *stage, const char *name, int flags, Error *e);

/* "sha512-" and hexadecimal, or another key of a tree or image: what may become a name on disk. */
bool store_key_is_valid(const char *key);

/* Nanoseconds since the epoch. */
int64_t store_nanoseconds(const struct timespec *ts);
int64_t store_now(void);

/* Clocks of file systems advance in ticks; two changes in one look alike. What changed so short a time ago is
 * not told by its time. */
#define STORE_YOUNG_NSEC INT64_C(50000000)
