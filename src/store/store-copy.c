/* SPDX-License-Identifier: Apache-2.0 */
#include "store-copy.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "openat.h"
#include "store-merge.h"
#include "text.h"

#define BUFFER_BYTES ((size_t) 256 * 1024)
#define COPY_BYTES ((size_t) 1024 * 1024 * 1024)
#define XATTR_LIST_MAX 65536
#define XATTR_VALUE_MAX 65536

/* A file with several names, and where it was put first. The same inode number in two trees is two
 * files. */
typedef struct Linked {
        int root_fd;
        uint64_t ino;
        char *path;
} Linked;

typedef struct Late {
        char *path;
        struct timespec mtime;
} Late;

struct StoreCopy {
        int directory_fd;
        StoreCopyOptions options;
        Linked *linked; /* a table, by inode; free places have no path */
        size_t n_linked, linked_capacity;
        Late *late;
        size_t n_late;
        char *buffer;
};

int store_copy_new(int directory_fd, const StoreCopyOptions *options, StoreCopy **ret) {
        StoreCopy *copy = calloc(1, sizeof(*copy));

        if (!copy)
                return -ENOMEM;
        copy->directory_fd = directory_fd;
        if (options)
                copy->options = *options;
        copy->buffer = malloc(BUFFER_BYTES);
        *ret = copy;
        return copy->buffer ? 0 : -ENOMEM;
}

StoreCopy *store_copy_free(StoreCopy *copy) {
        if (!copy)
                return NULL;
        for (size_t i = 0; i < copy->linked_capacity; i++)
                free(copy->linked[i].path);
        for (size_t i = 0; i < copy->n_late; i++)
                free(copy->late[i].path);
        free(copy->linked);
        free(copy->late);
        free(copy->buffer);
        free(copy);
        return NULL;
}

static int failed(const StoreSealEntry *entry, int r, const char *what, Error *e) {
        return error_new(e, r, "cannot %s \"/%s\": %s", what, entry->path, strerror(-r));
}

static size_t linked_place(const StoreCopy *copy, int root_fd, uint64_t ino) {
        size_t mask = copy->linked_capacity - 1;
        size_t at = (size_t) ((ino * UINT64_C(0x9e3779b97f4a7c15)) >> 20) & mask;

        while (copy->linked[at].path &&
               (copy->linked[at].ino != ino || copy->linked[at].root_fd != root_fd))
                at = (at + 1) & mask;
        return at;
}

static int grow_linked(StoreCopy *copy) {
        StoreCopy old = *copy;
        size_t capacity = old.linked_capacity ? old.linked_capacity * 2 : 64;
        Linked *grown = NULL;

        if (copy->n_linked < old.linked_capacity / 2)
                return 0;
        grown = calloc(capacity, sizeof(*grown));
        if (!grown)
                return -ENOMEM;
        copy->linked = grown;
        copy->linked_capacity = capacity;
        for (size_t i = 0; i < old.linked_capacity; i++)
                if (old.linked[i].path)
                        grown[linked_place(copy, old.linked[i].root_fd, old.linked[i].ino)] =
                                old.linked[i];
        free(old.linked);
        return 0;
}

/* Where this file was put before; notes @path if it was not. Returns 0; -ENOMEM. */
static int
first_path(StoreCopy *copy, int root_fd, uint64_t ino, const char *path, const char **ret) {
        size_t at = 0;

        *ret = NULL;
        if (grow_linked(copy) < 0)
                return -ENOMEM;
        at = linked_place(copy, root_fd, ino);
        if (copy->linked[at].path) {
                *ret = copy->linked[at].path;
                return 0;
        }
        copy->linked[at] = (Linked){ .root_fd = root_fd, .ino = ino, .path = strdup(path) };
        copy->n_linked++;
        return copy->linked[at].path ? 0 : -ENOMEM;
}

static int shift(uint32_t id, uint32_t by, uint32_t range, uint32_t *ret) {
        uint32_t sum = 0;

        if ((range > 0 && id >= range) || __builtin_add_overflow(id, by, &sum) || sum == UINT32_MAX)
                return -ERANGE;
        *ret = sum;
        return 0;
}

static bool may_be_kept(const char *name) {
        return strcmp(name, "security.capability") == 0 ||
               (text_after(name, "user.") && !text_after(name, "user.overlay."));
}

static int copy_xattrs(int from, int to) {
        _cleanup_(freep) char *list = malloc(XATTR_LIST_MAX), *value = malloc(XATTR_VALUE_MAX);
        ssize_t n_list = list && value ? flistxattr(from, list, XATTR_LIST_MAX) : -1;

        if (!list || !value)
                return -ENOMEM;
        if (n_list < 0)
                return errno == EOPNOTSUPP ? 0 : -errno;
        for (const char *name = list; name < list + n_list; name += strlen(name) + 1) {
                ssize_t n = 0;

                if (!may_be_kept(name))
                        continue;
                n = fgetxattr(from, name, value, XATTR_VALUE_MAX);
                if (n < 0)
                        return -errno;
                if (fsetxattr(to, name, value, (size_t) n, 0) < 0 && errno != EOPNOTSUPP)
                        return -errno;
        }
        return 0;
}

/* Stretch by stretch, so that holes stay holes. */
static int copy_extent(StoreCopy *copy, int from, int to, off_t start, off_t end) {
        while (start < end) {
                size_t left = (size_t) (end - start);
                off_t in = start, out = start;
                ssize_t n = copy_file_range(from, &in, to, &out,
                                            left < COPY_BYTES ? left : COPY_BYTES, 0);

                if (n < 0 &&
                    (errno == EXDEV || errno == EINVAL || errno == EOPNOTSUPP || errno == ENOSYS)) {
                        n = pread(from, copy->buffer, left < BUFFER_BYTES ? left : BUFFER_BYTES,
                                  start);
                        if (n > 0)
                                n = pwrite(to, copy->buffer, (size_t) n, start);
                }
                if (n <= 0)
                        return n < 0 ? -errno : -EIO;
                start += n;
        }
        return 0;
}

static int copy_content(StoreCopy *copy, int from, int to, uint64_t size) {
        off_t end = 0;

        if (size == 0)
                return 0;
        if (ioctl(to, FICLONE, from) == 0)
                return 0;
        while (end < (off_t) size) {
                off_t start = lseek(from, end, SEEK_DATA);
                int r = 0;

                if (start < 0 && errno == ENXIO)
                        break;
                end = start < 0 ? -1 : lseek(from, start, SEEK_HOLE);
                if (start < 0 || end < 0)
                        return -errno;
                r = copy_extent(copy, from, to, start, end);
                if (r < 0)
                        return r;
        }
        return ftruncate(to, (off_t) size) < 0 ? -errno : 0;
}

static struct timespec mtime_of(const StoreSealEntry *entry) {
        return (struct timespec){ .tv_sec = entry->mtime, .tv_nsec = entry->mtime_nsec };
}

/* A place in the target. */
typedef struct Spot {
        StoreCopy *copy;
        const StoreSealEntry *entry;
        int root_fd, parent_fd;
        const char *name;
        uint32_t uid, gid;
} Spot;

static int open_source(const Spot *spot, int flags) {
        return open_beneath(spot->root_fd, spot->entry->n_path ? spot->entry->path : ".",
                            O_RDONLY | O_NONBLOCK | O_NOCTTY | flags);
}

static int copy_file(const Spot *spot, Error *e) {
        const struct timespec times[] = { { .tv_nsec = UTIME_OMIT }, mtime_of(spot->entry) };
        _cleanup_(fd_closep) int from = open_source(spot, 0), to = -EBADF;
        struct stat st;
        int r = 0;

        if (from < 0 || fstat(from, &st) < 0)
                return failed(spot->entry, from < 0 ? from : -errno, "open", e);
        if (!S_ISREG(st.st_mode))
                return failed(spot->entry, -EUCLEAN, "copy", e);
        if (st.st_nlink > 1) {
                const char *first = NULL;

                r = first_path(spot->copy, spot->root_fd, st.st_ino, spot->entry->path, &first);
                if (r < 0)
                        return r;
                if (first &&
                    linkat(spot->copy->directory_fd, first, spot->parent_fd, spot->name, 0) < 0)
                        return failed(spot->entry, -errno, "link", e);
                if (first)
                        return 0;
        }
        to = openat(spot->parent_fd, spot->name,
                    O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (to < 0)
                return failed(spot->entry, -errno, "make", e);
        r = copy_content(spot->copy, from, to, (uint64_t) st.st_size);
        if (r >= 0 && fchown(to, spot->uid, spot->gid) < 0)
                r = -errno;
        if (r >= 0 && fchmod(to, spot->entry->mode & 07777) < 0)
                r = -errno;
        if (r >= 0 && (spot->entry->flags & STORE_SEAL_XATTRS))
                r = copy_xattrs(from, to);
        if (r >= 0 && futimens(to, times) < 0)
                r = -errno;
        return r < 0 ? failed(spot->entry, r, "copy", e) : 0;
}

static int add_late(StoreCopy *copy, const StoreSealEntry *entry) {
        if ((copy->n_late & (copy->n_late - 1)) == 0) {
                Late *grown = reallocarray(copy->late, copy->n_late ? copy->n_late * 2 : 1,
                                           sizeof(*grown));

                if (!grown)
                        return -ENOMEM;
                copy->late = grown;
        }
        copy->late[copy->n_late] = (Late){ .path = strdup(entry->path), .mtime = mtime_of(entry) };
        return copy->late[copy->n_late++].path ? 0 : -ENOMEM;
}

static int copy_directory(const Spot *spot, Error *e) {
        _cleanup_(fd_closep) int from = open_source(spot, O_DIRECTORY), to = -EBADF;
        int r = 0;

        if (from < 0)
                return failed(spot->entry, from, "open", e);
        if (spot->entry->n_path > 0 && mkdirat(spot->parent_fd, spot->name, 0700) < 0 &&
            errno != EEXIST)
                return failed(spot->entry, -errno, "make", e);
        to = openat(spot->parent_fd, spot->entry->n_path ? spot->name : ".",
                    O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
        if (to < 0)
                return failed(spot->entry, -errno, "open the copy of", e);
        if (fchown(to, spot->uid, spot->gid) < 0 || fchmod(to, spot->entry->mode & 07777) < 0)
                r = -errno;
        if (r >= 0 && (spot->entry->flags & STORE_SEAL_XATTRS))
                r = copy_xattrs(from, to);
        if (r >= 0)
                r = add_late(spot->copy, spot->entry);
        return r < 0 ? failed(spot->entry, r, "copy", e) : 0;
}

static int copy_name(const Spot *spot, Error *e) {
        const struct timespec times[] = { { .tv_nsec = UTIME_OMIT }, mtime_of(spot->entry) };
        const StoreSealEntry *entry = spot->entry;
        int r = S_ISLNK(entry->mode) ? symlinkat(entry->target, spot->parent_fd, spot->name)
                                     : mkfifoat(spot->parent_fd, spot->name, 0600);

        if (r < 0)
                return failed(entry, -errno, "make", e);
        if (fchownat(spot->parent_fd, spot->name, spot->uid, spot->gid, AT_SYMLINK_NOFOLLOW) < 0 ||
            (!S_ISLNK(entry->mode) &&
             fchmodat(spot->parent_fd, spot->name, entry->mode & 07777, 0) < 0) ||
            utimensat(spot->parent_fd, spot->name, times, AT_SYMLINK_NOFOLLOW) < 0)
                return failed(entry, -errno, "copy", e);
        return 0;
}

/* Opens the directory that is to hold it. Seals name it before what it holds; where a selection left it
 * out it is made here. */
static int open_parent(StoreCopy *copy, const StoreSealEntry *entry, int *ret_fd, Error *e) {
        _cleanup_(freep) char *path = strdup(entry->path);
        char *slash = path ? strrchr(path, '/') : NULL;
        int fd = -EBADF;

        if (!path)
                return -ENOMEM;
        if (slash)
                *slash = '\0';
        fd = slash ? open_beneath(copy->directory_fd, path, O_RDONLY | O_DIRECTORY)
                   : open_beneath(copy->directory_fd, ".", O_RDONLY | O_DIRECTORY);
        if (fd == -ENOENT)
                fd = mkdir_beneath(copy->directory_fd, path, 0755);
        if (fd < 0)
                return failed(entry, fd, "open the parent of", e);
        *ret_fd = fd;
        return 0;
}

int store_copy_add(StoreCopy *copy, const StoreSealEntry *entry, int root_fd, Error *e) {
        const StoreCopyOptions *options = &copy->options;
        _cleanup_(fd_closep) int parent_fd = -EBADF;
        const char *slash = strrchr(entry->path, '/');
        Spot spot = { .copy = copy, .entry = entry, .root_fd = root_fd };
        int r = shift(entry->uid, options->uid_shift, options->id_range, &spot.uid);

        if (r >= 0)
                r = shift(entry->gid, options->gid_shift, options->id_range, &spot.gid);
        if (r < 0)
                return error_new(e, r, "\"/%s\" belongs to %u:%u, which is out of range",
                                 entry->path, entry->uid, entry->gid);
        r = open_parent(copy, entry, &parent_fd, e);
        if (r < 0)
                return r;
        spot.parent_fd = parent_fd;
        spot.name = slash ? slash + 1 : entry->path;
        switch (entry->mode & S_IFMT) {
        case S_IFREG:
                return copy_file(&spot, e);
        case S_IFDIR:
                return copy_directory(&spot, e);
        case S_IFLNK:
        case S_IFIFO:
                return copy_name(&spot, e);
        default:
                return error_new(e, -EUCLEAN, "\"/%s\" is of a type no tree has", entry->path);
        }
}

int store_copy_finish(StoreCopy *copy, Error *e) {
        for (size_t i = copy->n_late; i-- > 0;) {
                const Late *late = &copy->late[i];
                const struct timespec times[] = { { .tv_nsec = UTIME_OMIT }, late->mtime };
                _cleanup_(fd_closep) int fd =
                        open_beneath(copy->directory_fd, late->path[0] ? late->path : ".",
                                     O_RDONLY | O_DIRECTORY);

                if (fd < 0 || futimens(fd, times) < 0)
                        return error_new(e, fd < 0 ? fd : -errno, "cannot set the time of \"/%s\"",
                                         late->path);
        }
        return 0;
}

int store_copy(Store *store,
               char *const *keys,
               int directory_fd,
               const StoreCopyOptions *options,
               Error *e) {
        _cleanup_(store_merge_freep) StoreMerge *merge = NULL;
        _cleanup_(store_copy_freep) StoreCopy *copy = NULL;
        const StoreSealEntry *entry = NULL;
        int root_fd = -EBADF, r = store_merge_new(store, keys, &merge, e);

        if (r >= 0)
                r = store_copy_new(directory_fd, options, &copy);
        while (r >= 0 && (r = store_merge_next(merge, &entry, &root_fd, e)) > 0)
                r = store_copy_add(copy, entry, root_fd, e);
        return r < 0 ? r : store_copy_finish(copy, e);
}
