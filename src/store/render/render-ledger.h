/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the extraction knows about each inode it made, until the tree is finished: kept by inode, so
 * that nothing deferred ever lands on what has taken a name's place (security C04). The records lie
 * in a scratch file and only their index in memory: 12 to 34 bytes an entry. */

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "cleanup.h"
#include "store-seal.h"

typedef enum RenderRecordFlags {
        RENDER_RECORD_IMPLICIT = 1 << 0, /* a directory that no member of the archive made */
        RENDER_RECORD_OPAQUE = 1 << 1,   /* a directory that hides those below it */
        RENDER_RECORD_BELOW = 1 << 2,    /* copied from the layers below before this one began */
        RENDER_RECORD_XATTRS = 1 << 3,
        RENDER_RECORD_DIGEST = 1 << 4,
        RENDER_RECORD_TIME = 1 << 5,   /* a directory's time is still to be set */
        RENDER_RECORD_STATUS = 1 << 6, /* a file or symlink that nothing was done to since */
} RenderRecordFlags;

typedef struct RenderRecord {
        uint64_t ino;
        int64_t mtime;
        uint32_t mtime_nsec, flags;
        uint8_t digest[STORE_SEAL_DIGEST];

        /* With RENDER_RECORD_STATUS: what stat(2) tells, its only link. */
        int64_t ctime;
        uint64_t size, blocks;
        uint32_t mode, uid, gid, ctime_nsec;
} RenderRecord;

typedef struct RenderLedger RenderLedger;

/* Any thread may use it. @scratch_fd: an empty file, borrowed. Returns 0; -ENOMEM. */
int render_ledger_new(int scratch_fd, RenderLedger **ret);
RenderLedger *render_ledger_free(RenderLedger *ledger);
DEFINE_CLEANUP(RenderLedger, render_ledger_free);

/* Takes over @st, to spare another look at it. */
void render_record_set_status(RenderRecord *record, const struct stat *st);
void render_record_get_status(const RenderRecord *record, struct stat *ret);

/* Replaces what was known of that inode: a new one may have an old one's number.
 * Returns 0; -ENOMEM; an error of the scratch file. */
int render_ledger_put(RenderLedger *ledger, const RenderRecord *record);

/* Returns 1; 0 nothing is known; an error of the scratch file. */
int render_ledger_get(RenderLedger *ledger, uint64_t ino, RenderRecord *ret);
