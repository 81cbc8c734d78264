/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Files whose content is written get their owner, mode and time, are noted in the ledger and closed: by
 * a thread of its own, while the next ones are written. All of it acts on open files, which keep their
 * inodes' numbers from being used again until they are noted: it makes no difference when it happens,
 * unless somebody wants to know what was noted. */

#include <sys/stat.h>

#include "errors.h"
#include "render-ledger.h"

typedef struct RenderFile {
        int fd;
        char *path; /* for what is to be said if something fails */
        uint32_t uid, gid, mode;
        int64_t mtime;
        uint32_t mtime_nsec;
        uint32_t flags; /* RenderRecordFlags, besides that of the digest */
        uint8_t digest[STORE_SEAL_DIGEST];
} RenderFile;

typedef struct RenderFinish RenderFinish;

/* @ledger: borrowed. Returns 0; -ENOMEM. */
int render_finish_new(RenderLedger *ledger, RenderFinish **ret);

/* Ends the thread and closes what it had not come to. */
RenderFinish *render_finish_free(RenderFinish *finish);
DEFINE_CLEANUP(RenderFinish, render_finish_free);

/* Takes the descriptor and path over, whatever it returns: 0, or the failure of this or an earlier
 * file. */
int render_finish_put(RenderFinish *finish, RenderFile *file, Error *e);

/* Returns when all files are done: 0, or the first failure. */
int render_finish_wait(RenderFinish *finish, Error *e);

/* Owner first: chown(2) clears setuid bits and capabilities. @st: what @fd is now. Returns 1 something
 * was changed; 0; a negative errno, and *@ret_what what it could not do. */
int render_finish_own(int fd,
                      const struct stat *st,
                      uint32_t uid,
                      uint32_t gid,
                      uint32_t mode,
                      const char **ret_what);
