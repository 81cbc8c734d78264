/* SPDX-License-Identifier: Apache-2.0 */
#include "store-check.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "files.h"
#include "openat.h"
#include "store-render.h"
#include "store-seal.h"
#include "text.h"

#define OPAQUE "trusted.overlay.opaque"
#define OVERLAY "trusted.overlay."
#define XATTR_LIST_MAX 65536

static int map_seal(int fd, StoreSealFile *ret) {
        struct stat st;
        void *bytes = NULL;

        if (fstat(fd, &st) < 0)
                return -errno;
        if (!S_ISREG(st.st_mode) || st.st_size <= 0)
                return -EUCLEAN;
        bytes = mmap(NULL, (size_t) st.st_size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0);
        if (bytes == MAP_FAILED)
                return -errno;
        *ret = (StoreSealFile){ .bytes = bytes, .n = (size_t) st.st_size };
        return 0;
}

int store_seal_file_open(int directory_fd, StoreSealFile *ret, Error *e) {
        _cleanup_(fd_closep) int fd = open_beneath(directory_fd, "seal", O_RDONLY);
        int r = fd < 0 ? fd : map_seal(fd, ret);

        if (r == -ENOENT)
                r = -EUCLEAN;
        return r < 0 ? error_new(e, r, "no seal: %s", strerror(-r)) : 0;
}

void store_seal_file_done(StoreSealFile *file) {
        if (file->bytes)
                (void) munmap(file->bytes, file->n);
        *file = STORE_SEAL_FILE_NULL;
}

static int begin(const StoreSealFile *seal, StoreSealReader **ret, Error *e) {
        int r = store_seal_reader_new(seal->bytes, seal->n, ret, e);

        return r == -EBADMSG || r == -EOPNOTSUPP ? -EUCLEAN : r;
}

static int next(StoreSealReader *reader, const StoreSealEntry **ret, Error *e) {
        int r = store_seal_next(reader, ret, e);

        return r == -EBADMSG ? -EUCLEAN : r;
}

static int changed(const StoreSealEntry *entry, const char *how, Error *e) {
        return error_new(e, -EUCLEAN, "\"/%s\" %s", entry->path, how);
}

static const char *difference(const StoreSealEntry *entry, const struct stat *st) {
        if (st->st_mode != entry->mode)
                return (st->st_mode ^ entry->mode) & S_IFMT ? "is of another type"
                                                            : "has another mode";
        if (st->st_uid != entry->uid || st->st_gid != entry->gid)
                return "has another owner";
        if (S_ISREG(st->st_mode) && (uint64_t) st->st_size != entry->size)
                return "has another size";
        if (st->st_mtim.tv_sec != entry->mtime ||
            (uint32_t) st->st_mtim.tv_nsec != entry->mtime_nsec)
                return "was modified";
        return NULL;
}

static bool was_moved(const StoreSealEntry *entry, const struct stat *st) {
        return st->st_ino != entry->ino || st->st_ctim.tv_sec != entry->ctime ||
               (uint32_t) st->st_ctim.tv_nsec != entry->ctime_nsec;
}

int store_check_quick(int root_fd, const StoreSealFile *seal, Error *e) {
        _cleanup_(store_seal_reader_freep) StoreSealReader *reader = NULL;
        const StoreSealEntry *entry = NULL;
        bool moved = false;
        int r = begin(seal, &reader, e);

        while (r >= 0 && (r = next(reader, &entry, e)) > 0) {
                const char *how = NULL;
                struct stat st;

                /* All directories on the way were compared before: none of them is a symlink. */
                if (fstatat(root_fd, entry->path, &st, AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH) < 0)
                        return errno == ENOENT || errno == ENOTDIR
                                       ? changed(entry, "is gone", e)
                                       : error_new(e, -errno, "cannot look at \"/%s\": %s",
                                                   entry->path, strerror(errno));
                how = difference(entry, &st);
                if (how)
                        return changed(entry, how, e);
                moved = moved || was_moved(entry, &st);
        }
        return r < 0 ? r : moved;
}

static int open_entry(int root_fd, const StoreSealEntry *entry) {
        return open_beneath(root_fd, entry->n_path ? entry->path : ".",
                            O_RDONLY | O_NONBLOCK | O_NOCTTY |
                                    (S_ISDIR(entry->mode) ? O_DIRECTORY : 0));
}

/* What overlayfs obeys is no part of the new seal, whose maker cannot see it. */
static int check_marks(int root_fd, const StoreSealEntry *entry, Error *e) {
        _cleanup_(fd_closep) int fd = -EBADF;
        _cleanup_(freep) char *list = NULL;
        bool opaque = false;
        ssize_t n = 0;

        if (!S_ISDIR(entry->mode) && !S_ISREG(entry->mode))
                return 0;
        fd = open_entry(root_fd, entry);
        list = malloc(XATTR_LIST_MAX);
        if (fd < 0 || !list)
                return fd < 0 ? fd : -ENOMEM;
        n = flistxattr(fd, list, XATTR_LIST_MAX);
        if (n < 0 && errno != EOPNOTSUPP)
                return -errno;
        for (const char *name = list; n > 0 && name < list + n; name += strlen(name) + 1) {
                if (strcmp(name, OPAQUE) == 0 && (entry->flags & STORE_SEAL_OPAQUE))
                        opaque = true;
                else if (text_after(name, OVERLAY))
                        return changed(entry, "is marked for overlayfs", e);
        }
        if ((entry->flags & STORE_SEAL_OPAQUE) && !opaque)
                return changed(entry, "lost its mark for overlayfs", e);
        return 0;
}

static const char *full_difference(const StoreSealEntry *old, const StoreSealEntry *now) {
        if (old->mode != now->mode)
                return "is of another type or mode";
        if (old->uid != now->uid || old->gid != now->gid)
                return "has another owner";
        if (old->size != now->size)
                return "has another size";
        if (old->mtime != now->mtime || old->mtime_nsec != now->mtime_nsec)
                return "was modified";
        if (strcmp(old->target, now->target) != 0)
                return "leads elsewhere";
        if (memcmp(old->digest, now->digest, sizeof(old->digest)) != 0)
                return "has other content";
        if (memcmp(old->xattrs, now->xattrs, sizeof(old->xattrs)) != 0)
                return "has other attributes";
        return NULL;
}

/* Both walks side by side. Returns 1 if the seal is to be renewed. */
static int compare(int root_fd, StoreSealReader *old, StoreSealReader *fresh, Error *e) {
        const StoreSealEntry *was = NULL, *is = NULL;
        bool moved = false;

        for (;;) {
                int r = next(old, &was, e), s = next(fresh, &is, e), order = 0;
                const char *how = NULL;

                if (r < 0 || s < 0)
                        return r < 0 ? r : s;
                if (r == 0 && s == 0)
                        return moved;
                order = r && s ? store_seal_compare(was->path, is->path) : s - r;
                if (order < 0)
                        return changed(was, "is gone", e);
                if (order > 0)
                        return changed(is, "was added", e);
                how = full_difference(was, is);
                if (how)
                        return changed(was, how, e);
                if (was->ino == is->ino && was->ctime == is->ctime &&
                    was->ctime_nsec == is->ctime_nsec)
                        continue;
                moved = true;
                r = check_marks(root_fd, was, e);
                if (r < 0)
                        return r;
        }
}

/* What the maker knew stays, what the file system says is new. */
static int renew(int directory_fd,
                 const StoreSealFile *old_file,
                 const StoreSealFile *fresh_file,
                 const StoreStage *stage,
                 Error *e) {
        _cleanup_(store_seal_reader_freep) StoreSealReader *old = NULL, *fresh = NULL;
        _cleanup_(store_seal_writer_freep) StoreSealWriter *writer = NULL;
        _cleanup_(fd_closep) int fd = store_stage_file(stage, "renewed", 0, e);
        const StoreSealEntry *was = NULL, *is = NULL;
        int r = fd < 0 ? fd : begin(old_file, &old, e);

        if (r >= 0)
                r = begin(fresh_file, &fresh, e);
        if (r >= 0)
                r = store_seal_writer_new(fd, store_seal_manner(old), &writer);
        while (r >= 0 && (r = next(old, &was, e)) > 0 && (r = next(fresh, &is, e)) > 0) {
                StoreSealEntry entry = *is;

                entry.flags |= was->flags;
                r = store_seal_write(writer, &entry);
        }
        if (r >= 0)
                r = store_seal_finish(writer, store_seal_disk_bytes(fresh));
        if (r >= 0 && fchmod(fd, 0400) < 0)
                r = -errno;
        if (r >= 0 && renameat(stage->fd, "renewed", directory_fd, "seal") < 0)
                r = -errno;
        return r < 0 ? error_wrap(e, r, "cannot renew the seal") : 0;
}

/* In the old one's manner, or the two could not be compared. */
static int make_fresh(const StoreStage *stage,
                      int root_fd,
                      const StoreSealManner *manner,
                      StoreSealFile *ret,
                      Error *e) {
        _cleanup_(store_report_done) StoreReport report = STORE_REPORT_NULL;
        _cleanup_(fd_closep) int fd = store_stage_file(stage, "fresh", 0, e);
        StoreRenderJob job = STORE_RENDER_JOB_NULL;
        int r = 0;

        if (fd < 0)
                return fd;
        (void) unlinkat(stage->fd, "fresh", 0);
        r = store_seal_order(fd, manner);
        if (r < 0)
                return error_new(e, r, "cannot begin a new seal");
        job.mode = STORE_RENDER_SEAL;
        job.tree_fd = root_fd;
        job.seal_fd = fd;
        r = store_render_run(stage->store, &job, &report, e);
        if (r < 0)
                return r == -EPERM || r == -ENAMETOOLONG ? -EUCLEAN : r;
        r = map_seal(fd, ret);
        return r < 0 ? error_new(e, r, "cannot read a new seal") : 0;
}

int store_check_full(const StoreStage *stage, int directory_fd, Error *e) {
        _cleanup_(store_seal_file_done) StoreSealFile old_file = {}, fresh_file = {};
        _cleanup_(store_seal_reader_freep) StoreSealReader *old = NULL, *fresh = NULL;
        _cleanup_(fd_closep) int root_fd = dir_open_at(directory_fd, "rootfs");
        int r = 0;

        if (root_fd < 0)
                return error_new(e, root_fd == -ENOENT ? -EUCLEAN : root_fd,
                                 "cannot open the tree");
        r = store_seal_file_open(directory_fd, &old_file, e);
        if (r >= 0)
                r = begin(&old_file, &old, e);
        if (r >= 0)
                r = make_fresh(stage, root_fd, store_seal_manner(old), &fresh_file, e);
        if (r >= 0)
                r = begin(&fresh_file, &fresh, e);
        if (r >= 0 &&
            memcmp(store_seal_manner(old), store_seal_manner(fresh), sizeof(StoreSealManner)) != 0)
                r = error_new(e, -EPROTO, "the helper made another seal than it was asked for");
        if (r >= 0)
                r = compare(root_fd, old, fresh, e);
        if (r > 0)
                r = renew(directory_fd, &old_file, &fresh_file, stage, e);
        return r;
}

static int mark(int root_fd, int seal_fd, size_t offset, const StoreSealEntry *entry) {
        _cleanup_(fd_closep) int fd = open_entry(root_fd, entry);
        struct stat st;

        if (fd < 0)
                return fd;
        if (fsetxattr(fd, OPAQUE, "y", 1, 0) < 0 || fstat(fd, &st) < 0)
                return -errno;
        return store_seal_mend(seal_fd, offset, st.st_ctim.tv_sec, (uint32_t) st.st_ctim.tv_nsec);
}

int store_check_mark_opaque(int directory_fd, Error *e) {
        _cleanup_(store_seal_reader_freep) StoreSealReader *reader = NULL;
        _cleanup_(store_seal_file_done) StoreSealFile seal = {};
        _cleanup_(fd_closep) int root_fd = dir_open_at(directory_fd, "rootfs");
        _cleanup_(fd_closep) int seal_fd = open_beneath(directory_fd, "seal", O_RDWR);
        const StoreSealEntry *entry = NULL;
        int r = store_seal_file_open(directory_fd, &seal, e);

        if (root_fd < 0 || seal_fd < 0)
                return error_new(e, root_fd < 0 ? root_fd : seal_fd, "cannot open a new tree");
        if (r >= 0)
                r = begin(&seal, &reader, e);
        while (r >= 0 && (r = next(reader, &entry, e)) > 0) {
                if (!(entry->flags & STORE_SEAL_OPAQUE))
                        continue;
                r = mark(root_fd, seal_fd, store_seal_offset(reader), entry);
                if (r < 0)
                        return error_new(e, r, "cannot mark \"/%s\" for overlayfs: %s", entry->path,
                                         strerror(-r));
        }
        return r;
}
