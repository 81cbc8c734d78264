/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Advisory locks (flock) on open files and directories. A lock belongs to the open file
 * description: it lives as long as any copy of the descriptor, in whatever process. */

#include <errno.h>
#include <stdbool.h>
#include <sys/file.h>

/* Waits. Returns 0; a negative errno. */
static inline int lock_take(int fd, bool exclusive) {
        while (flock(fd, exclusive ? LOCK_EX : LOCK_SH) < 0)
                if (errno != EINTR)
                        return -errno;
        return 0;
}

/* Returns 0; -EWOULDBLOCK when another holds it; any other negative errno. */
static inline int lock_try(int fd, bool exclusive) {
        return flock(fd, (exclusive ? LOCK_EX : LOCK_SH) | LOCK_NB) < 0 ? -errno : 0;
}

static inline void lock_release(int fd) {
        (void) flock(fd, LOCK_UN);
}
