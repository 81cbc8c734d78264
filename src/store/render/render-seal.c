/* SPDX-License-Identifier: Apache-2.0 */
#include "render-seal.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "render-path.h"
#include "render-tree.h"
#include "render-walk.h"
#include "render-xattr.h"
#include "store-seal.h"

#define READ_BYTES ((size_t) 256 * 1024)

typedef struct Sealing {
        const RenderSealSpec *spec;
        StoreSealWriter *writer;
        RenderDigest *digest; /* SHA-256, of attributes */
        RenderWalk *walk;
        RenderPath path; /* of what is being looked at */
        uint8_t *buffer;
        bool trusts_inodes;
        uint64_t disk_bytes, n_entries;
} Sealing;

static int failed(const Sealing *sealing, int r, const char *what, Error *e) {
        return error_new(e, r, "cannot %s \"%s\": %s", what, sealing->path.text, strerror(-r));
}

static int look_up(const Sealing *sealing, uint64_t ino, RenderRecord *ret, Error *e) {
        int r = 0;

        *ret = (RenderRecord){};
        if (sealing->spec->ledger)
                r = render_ledger_get(sealing->spec->ledger, ino, ret);
        if (r < 0)
                return failed(sealing, r, "look up", e);
        if (r == 0)
                ret->flags = RENDER_RECORD_XATTRS; /* nobody knows, so look */
        return r;
}

/* Where readdir(3) tells the numbers that stat(2) tells, as stacked file systems may not. */
static bool tells_inodes(int root_fd) {
        static const unsigned long types[] = { BTRFS_SUPER_MAGIC, EXT4_SUPER_MAGIC,
                                               F2FS_SUPER_MAGIC, TMPFS_MAGIC, XFS_SUPER_MAGIC };
        struct statfs fs;

        if (fstatfs(root_fd, &fs) < 0)
                return false;
        for (size_t i = 0; i < N_ELEMENTS(types); i++)
                if ((unsigned long) fs.f_type == types[i])
                        return true;
        return false;
}

static StoreSealEntry describe(const Sealing *sealing, const struct stat *st) {
        return (StoreSealEntry){
                .path = sealing->path.text,
                .target = "",
                .mode = st->st_mode,
                .uid = st->st_uid,
                .gid = st->st_gid,
                .ino = st->st_ino,
                .size = S_ISREG(st->st_mode) ? (uint64_t) st->st_size : 0,
                .mtime = st->st_mtim.tv_sec,
                .mtime_nsec = (uint32_t) st->st_mtim.tv_nsec,
                .ctime = st->st_ctim.tv_sec,
                .ctime_nsec = (uint32_t) st->st_ctim.tv_nsec,
        };
}

static int add(Sealing *sealing, const StoreSealEntry *entry, const struct stat *st, Error *e) {
        uint64_t bytes = (uint64_t) st->st_blocks * 512;
        int r = store_seal_write(sealing->writer, entry);

        if (r < 0)
                return failed(sealing, r, "seal", e);
        sealing->disk_bytes +=
                S_ISDIR(st->st_mode) || st->st_nlink == 0 ? bytes : bytes / st->st_nlink;
        sealing->n_entries++;
        return 0;
}

static int add_xattrs(Sealing *sealing, int fd, StoreSealEntry *entry, Error *e) {
        int r = render_xattrs_digest(fd, sealing->digest, entry->xattrs);

        if (r < 0)
                return failed(sealing, r, "read attributes of", e);
        if (r > 0)
                entry->flags |= STORE_SEAL_XATTRS;
        return 0;
}

static int digest_file(Sealing *sealing, int fd, StoreSealEntry *entry, Error *e) {
        render_content_reset(sealing->spec->content);
        for (;;) {
                ssize_t n = read(fd, sealing->buffer, READ_BYTES);

                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return failed(sealing, -errno, "read", e);
                if (n == 0)
                        break;
                render_content_add(sealing->spec->content, sealing->buffer, (size_t) n);
        }
        render_content_get(sealing->spec->content, entry->digest);
        return 0;
}

static int seal_file(Sealing *sealing,
                     int parent_fd,
                     const char *name,
                     const struct stat *st,
                     const RenderRecord *record,
                     Error *e) {
        StoreSealEntry entry = describe(sealing, st);
        int r = 0;

        memcpy(entry.digest, record->digest, sizeof(entry.digest));
        if (!(record->flags & RENDER_RECORD_DIGEST) || (record->flags & RENDER_RECORD_XATTRS)) {
                _cleanup_(fd_closep) int fd =
                        render_open_at(parent_fd, name, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0);
                struct stat now;

                if (fd < 0)
                        return failed(sealing, fd, "open", e);
                if (fstat(fd, &now) < 0 || now.st_ino != st->st_ino || !S_ISREG(now.st_mode))
                        return failed(sealing, -EAGAIN, "open", e);
                if (!(record->flags & RENDER_RECORD_DIGEST))
                        r = digest_file(sealing, fd, &entry, e);
                if (r >= 0 && (record->flags & RENDER_RECORD_XATTRS))
                        r = add_xattrs(sealing, fd, &entry, e);
                if (r < 0)
                        return r;
        }
        return add(sealing, &entry, st, e);
}

static int
seal_symlink(Sealing *sealing, int parent_fd, const char *name, const struct stat *st, Error *e) {
        StoreSealEntry entry = describe(sealing, st);
        char target[STORE_SEAL_PATH_MAX + 2];
        ssize_t n = readlinkat(parent_fd, name, target, sizeof(target));

        if (n <= 0 || n > STORE_SEAL_PATH_MAX)
                return failed(sealing, n < 0 ? -errno : -ENAMETOOLONG, "read symlink", e);
        target[n] = '\0';
        entry.target = target;
        return add(sealing, &entry, st, e);
}

/* Fifos and whiteouts. Nobody makes other devices here, and a seal has no room for their numbers. */
static int seal_special(Sealing *sealing, const struct stat *st, Error *e) {
        StoreSealEntry entry = describe(sealing, st);

        if (!S_ISFIFO(st->st_mode) && !(S_ISCHR(st->st_mode) && st->st_rdev == 0))
                return error_new(e, -EPERM, "\"%s\" is a device or socket", sealing->path.text);
        return add(sealing, &entry, st, e);
}

/* @record: what is known of @child's inode, unless something else has its number now. */
static int status_of(int parent_fd,
                     const char *name,
                     const RenderChild *child,
                     const RenderRecord *record,
                     struct stat *ret) {
        if ((record->flags & RENDER_RECORD_STATUS) && IFTODT(record->mode) == child->type) {
                render_record_get_status(record, ret);
                return 0;
        }
        return fstatat(parent_fd, name, ret, AT_SYMLINK_NOFOLLOW) < 0 ? -errno : 0;
}

static int
seal_other(Sealing *sealing, int parent_fd, const char *name, const RenderChild *child, Error *e) {
        uint64_t ino = sealing->trusts_inodes ? child->ino : 0;
        RenderRecord record = {};
        struct stat st;
        int r = 0;

        if (ino != 0)
                r = look_up(sealing, ino, &record, e);
        if (r >= 0 && (r = status_of(parent_fd, name, child, &record, &st)) < 0)
                return failed(sealing, r, "look at", e);
        if (IFTODT(st.st_mode) != child->type)
                return failed(sealing, -EAGAIN, "look at", e);
        if (r >= 0 && ino == 0)
                r = look_up(sealing, st.st_ino, &record, e);
        if (r < 0)
                return r;
        if (S_ISREG(st.st_mode))
                return seal_file(sealing, parent_fd, name, &st, &record, e);
        if (S_ISLNK(st.st_mode))
                return seal_symlink(sealing, parent_fd, name, &st, e);
        return seal_special(sealing, &st, e);
}

static int set_time(const Sealing *sealing, int fd, const RenderRecord *record, Error *e) {
        const struct timespec times[] = {
                { .tv_nsec = UTIME_OMIT },
                { .tv_sec = record->mtime, .tv_nsec = record->mtime_nsec },
        };

        return futimens(fd, times) < 0 ? failed(sealing, -errno, "set the time of", e) : 0;
}

/* @ino: 0 where nobody knows yet. */
static int seal_itself(Sealing *sealing, int fd, uint64_t ino, Error *e) {
        RenderRecord record;
        StoreSealEntry entry;
        struct stat st;
        int r = 0;

        if (ino == 0) {
                if (fstat(fd, &st) < 0)
                        return failed(sealing, -errno, "look at", e);
                ino = st.st_ino;
        }
        r = look_up(sealing, ino, &record, e);
        if (r >= 0 && (record.flags & RENDER_RECORD_TIME))
                r = set_time(sealing, fd, &record, e);
        if (r < 0)
                return r;
        if (fstat(fd, &st) < 0)
                return failed(sealing, -errno, "look at", e);
        entry = describe(sealing, &st);
        if (record.flags & RENDER_RECORD_OPAQUE)
                entry.flags |= STORE_SEAL_OPAQUE;
        if (record.flags & RENDER_RECORD_IMPLICIT)
                entry.flags |= STORE_SEAL_IMPLICIT;
        if (record.flags & RENDER_RECORD_XATTRS)
                r = add_xattrs(sealing, fd, &entry, e);
        return r < 0 ? r : add(sealing, &entry, &st, e);
}

static int seal_directory(Sealing *sealing, uint64_t ino, Error *e);

static int seal_children(Sealing *sealing, const RenderDirectory *directory, Error *e) {
        const RenderChildren *children = &directory->children;

        for (size_t i = 0; i < children->n; i++) {
                const RenderChild *child = &children->items[i];
                const char *name = children->names + child->name;
                int r = 0;

                if (render_path_descend(&sealing->path, name, strlen(name)) < 0)
                        return error_new(e, -ENAMETOOLONG, "too long a path in the tree");
                r = child->type == DT_DIR
                            ? seal_directory(sealing, sealing->trusts_inodes ? child->ino : 0, e)
                            : seal_other(sealing, directory->fd, name, child, e);
                if (r < 0)
                        return r;
                render_path_ascend(&sealing->path);
        }
        return 0;
}

/* The walk comes to the directories in the same order. */
static int seal_directory(Sealing *sealing, uint64_t ino, Error *e) {
        RenderDirectory *directory = NULL;
        const char *what = NULL;
        int r = render_walk_next(sealing->walk, &directory, &what);

        if (r < 0)
                r = failed(sealing, r, what, e);
        if (r >= 0)
                r = seal_itself(sealing, directory->fd, ino, e);
        if (r >= 0)
                r = seal_children(sealing, directory, e);
        render_walk_give_back(sealing->walk, directory);
        return r;
}

int render_seal(const RenderSealSpec *spec, uint64_t *ret_n_entries, Error *e) {
        _cleanup_(store_seal_writer_freep) StoreSealWriter *writer = NULL;
        _cleanup_(render_digest_freep) RenderDigest *digest = NULL;
        _cleanup_(render_walk_freep) RenderWalk *walk = NULL;
        _cleanup_(freep) uint8_t *buffer = malloc(READ_BYTES);
        Sealing sealing = { .spec = spec };
        int r = store_seal_writer_new(spec->seal_fd, render_content_manner(spec->content), &writer);

        if (r >= 0)
                r = render_digest_new(RENDER_SHA256, &digest);
        if (r < 0 || !buffer)
                return -ENOMEM;
        sealing.writer = writer;
        sealing.digest = digest;
        sealing.buffer = buffer;
        sealing.trusts_inodes = tells_inodes(spec->root_fd);
        r = render_walk_new(spec->root_fd, &walk);
        if (r < 0)
                return error_new(e, r, "cannot look through the tree: %s", strerror(-r));
        sealing.walk = walk;
        r = seal_directory(&sealing, 0, e);
        if (r >= 0)
                r = store_seal_finish(writer, sealing.disk_bytes);
        if (r >= 0)
                *ret_n_entries = sealing.n_entries;
        return r;
}
