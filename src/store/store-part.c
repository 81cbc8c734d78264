/* SPDX-License-Identifier: Apache-2.0 */
#include "store-part.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lock.h"
#include "store-remote.h"

#define RETRIES_MAX 100
#define SECTOR \
        ((uint64_t) 4096) /* what is written past the page cache begins at a multiple of it */

void store_part_done(StorePart *part) {
        struct stat st;

        if (part->fd >= 0 && part->name &&
            (!part->keep || fstat(part->fd, &st) < 0 || (uint64_t) st.st_size < SECTOR))
                (void) unlinkat(part->dir_fd, part->name, 0);
        fd_drop(&part->there_fd);
        fd_drop(&part->fd);
        fd_drop(&part->dir_fd);
        free(part->name);
        *part = STORE_PART_NULL;
}

static int open_file(const StorePart *part, int flags) {
        flags |= O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;
        return openat(part->dir_fd, part->name, flags, 0600);
}

/* Others of the group may put what they like into the directory; and who can write to a file now could
 * still do so once it is a blob. */
static bool is_ours(const struct stat *st) {
        return S_ISREG(st->st_mode) && st->st_uid == geteuid() && st->st_nlink == 1 &&
               (st->st_mode & 077) == 0;
}

/* Returns 0; a negative errno. */
static int clear_away(const StorePart *part) {
        return unlinkat(part->dir_fd, part->name, 0) < 0 && errno != ENOENT ? -errno : 0;
}

/* Returns 1 and the file, locked; 0 try again. */
static int try_open(StorePart *part, struct stat *st) {
        _cleanup_(fd_closep) int fd = open_file(part, O_CREAT | O_DIRECT);
        struct stat now = {};
        int r = 0;

        if (fd < 0 && errno == EINVAL) /* not on every file system */
                fd = open_file(part, O_CREAT);
        if (fd < 0 || fstat(fd, st) < 0)
                return errno == ELOOP || errno == EACCES ? clear_away(part) : -errno;
        if (st->st_nlink > 0 && !is_ours(st))
                return clear_away(part);
        r = lock_take(fd, true);
        if (r < 0)
                return r;
        /* Whoever had the lock may have made a blob of it. */
        if (fstat(fd, st) < 0 || fstatat(part->dir_fd, part->name, &now, AT_SYMLINK_NOFOLLOW) < 0)
                return errno == ENOENT ? 0 : -errno;
        if (st->st_ino != now.st_ino || st->st_dev != now.st_dev)
                return 0;
        part->fd = fd_take(&fd);
        return 1;
}

/* Of @have bytes, as many as can be used: something is always left to come. */
static int go_on(StorePart *part, uint64_t have, uint64_t size) {
        uint64_t there = have < size ? have : have == size ? size - 1 : 0;

        there -= there % SECTOR;
        if (ftruncate(part->fd, (off_t) there) < 0 || lseek(part->fd, (off_t) there, SEEK_SET) < 0)
                return -errno;
        if (there == 0)
                return 0;
        part->there_fd = openat(part->dir_fd, part->name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
        if (part->there_fd < 0)
                return -errno;
        part->there = there;
        return 0;
}

int store_part_open(
        const Store *store, const OciDigest *digest, uint64_t size, StorePart *ret, Error *e) {
        _cleanup_(store_part_done) StorePart part = STORE_PART_NULL;
        struct stat st = {};
        int r = 0;

        part.dir_fd = store_remote_directory(store, e);
        if (part.dir_fd < 0)
                return part.dir_fd;
        if (asprintf(&part.name, "%s-%s", oci_algorithm_name(digest->algorithm),
                     oci_digest_hex(digest)) < 0) {
                part.name = NULL;
                return -ENOMEM;
        }
        for (unsigned i = 0; r == 0; i++)
                r = i < RETRIES_MAX ? try_open(&part, &st) : -EBUSY;
        if (r >= 0)
                r = go_on(&part, (uint64_t) st.st_size, size);
        if (r < 0)
                return error_new(e, r, "cannot make a file for %s: %s", digest->text, strerror(-r));
        *ret = part;
        part = STORE_PART_NULL;
        return 0;
}

int store_part_move(StorePart *part, const StoreStage *stage, const char *name) {
        if (renameat(part->dir_fd, part->name, stage->fd, name) < 0)
                return -errno;
        free(ptr_take(&part->name));
        return 0;
}
