/* SPDX-License-Identifier: Apache-2.0 */
#include "render-place.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "files.h"
#include "openat.h"
#include "render-xattr.h"

/* A member, and where it goes. */
typedef struct Spot {
        RenderPlace *place;
        RenderTar *tar;
        const RenderEntry *entry;
        RenderPath path; /* its real place */
        const char *name;
        int parent_fd; /* borrowed */
} Spot;

static int failed(const Spot *spot, int r, const char *what, Error *e) {
        return error_new(e, r, "cannot %s \"%s\": %s", what, spot->path.text, strerror(-r));
}

/* Removes whatever has the name. Returns a RenderFound telling what it was. */
static int make_room(const Spot *spot, Error *e) {
        uint64_t ino = 0;
        int found = render_tree_look(&spot->place->tree, spot->parent_fd, spot->name, &ino), r = 0;

        if (found <= RENDER_FOUND_NOTHING)
                return found < 0 ? failed(spot, found, "look at", e) : found;
        if (spot->place->unique)
                return error_new(e, -EINVAL, "\"%s\" is there twice", spot->path.text);
        r = tree_remove_at(spot->parent_fd, spot->name);
        return r < 0 ? failed(spot, r, "replace", e) : found;
}

static struct timespec mtime_of(const RenderEntry *entry) {
        return (struct timespec){ .tv_sec = entry->mtime, .tv_nsec = entry->mtime_nsec };
}

static int note(const Spot *spot, const RenderRecord *record, Error *e) {
        int r = render_ledger_put(spot->place->tree.ledger, record);

        return r < 0 ? failed(spot, r, "note", e) : 0;
}

/* Returns whether that changed it. */
static int describe(const Spot *spot, int fd, const struct stat *st, unsigned *flags, Error *e) {
        const RenderEntry *entry = spot->entry;
        bool xattrs = false;
        const char *what = NULL;
        int r = render_finish_own(fd, st, entry->uid, entry->gid, entry->mode, &what);
        bool changed = r > 0;

        if (r < 0)
                return failed(spot, r, what, e);
        if (entry->n_xattrs > 0 || entry->n_ignored_xattrs > 0) {
                r = render_xattrs_set(fd, entry, &xattrs, e);
                if (r < 0)
                        return error_prefix(e, r, "\"%s\": ", spot->path.text);
                spot->place->n_dropped_xattrs += (unsigned) r;
        }
        if (xattrs)
                *flags |= RENDER_RECORD_XATTRS;
        return changed || xattrs;
}

static int write_at(int fd, const uint8_t *bytes, size_t n, uint64_t offset) {
        while (n > 0) {
                ssize_t put = pwrite(fd, bytes, n, (off_t) offset);

                if (put < 0 && errno == EINTR)
                        continue;
                if (put <= 0)
                        return put < 0 ? -errno : -EIO;
                bytes += put;
                n -= (size_t) put;
                offset += (uint64_t) put;
        }
        return 0;
}

static void digest_zeroes(RenderContent *content, uint64_t n) {
        static const uint8_t zeroes[65536];

        for (; n > sizeof(zeroes); n -= sizeof(zeroes))
                render_content_add(content, zeroes, sizeof(zeroes));
        render_content_add(content, zeroes, n);
}

/* Holes stay holes on disk, and are zeroes in the digest. */
static int copy_content(const Spot *spot, int fd, uint8_t ret[static STORE_SEAL_DIGEST], Error *e) {
        RenderContent *content = spot->place->content;
        uint64_t end = 0;
        int r = 0;

        render_content_reset(content);
        for (;;) {
                const uint8_t *bytes = NULL;
                uint64_t offset = 0;
                size_t n = 0;

                r = render_tar_read(spot->tar, &bytes, &n, &offset, e);
                if (r <= 0)
                        break;
                r = write_at(fd, bytes, n, offset);
                if (r < 0)
                        return failed(spot, r, "write", e);
                digest_zeroes(content, offset - end);
                render_content_add(content, bytes, n);
                end = offset + n;
        }
        if (r < 0)
                return r;
        if (spot->entry->size > end) {
                digest_zeroes(content, spot->entry->size - end);
                if (ftruncate(fd, (off_t) spot->entry->size) < 0)
                        return failed(spot, -errno, "write", e);
        }
        render_content_get(content, ret);
        return 0;
}

/* Attributes are the archive's own bytes, which are gone when the next member comes. The owner comes before
 * them, and is not given twice. */
static int set_xattrs_now(const Spot *spot, int fd, unsigned *flags, Error *e) {
        struct stat st;
        int r = fstat(fd, &st) < 0 ? failed(spot, -errno, "look at", e)
                                   : describe(spot, fd, &st, flags, e);

        return r < 0 ? r : 0;
}

/* @fd: becomes the thread's. */
static int finish_later(const Spot *spot, int fd, const RenderRecord *record, Error *e) {
        RenderFile file = {
                .fd = fd,
                .path = strdup(spot->path.text),
                .uid = spot->entry->uid,
                .gid = spot->entry->gid,
                .mode = spot->entry->mode,
                .mtime = spot->entry->mtime,
                .mtime_nsec = spot->entry->mtime_nsec,
                .flags = record->flags,
        };

        if (!file.path) {
                fd_closep(&fd);
                return -ENOMEM;
        }
        memcpy(file.digest, record->digest, sizeof(file.digest));
        return render_finish_put(spot->place->finish, &file, e);
}

static int place_regular(const Spot *spot, Error *e) {
        RenderRecord record = { .flags = RENDER_RECORD_DIGEST };
        _cleanup_(fd_closep) int fd = -EBADF;
        int flags = O_WRONLY | O_CREAT | O_EXCL, r = 0;

        fd = render_open_at(spot->parent_fd, spot->name, flags, spot->entry->mode & 0777);
        if (fd == -EEXIST) {
                r = make_room(spot, e);
                if (r < 0)
                        return r;
                fd = render_open_at(spot->parent_fd, spot->name, flags, spot->entry->mode & 0777);
        }
        if (fd < 0)
                return failed(spot, fd, "make", e);
        r = copy_content(spot, fd, record.digest, e);
        if (r < 0)
                return r;
        if (spot->entry->n_xattrs > 0 || spot->entry->n_ignored_xattrs > 0)
                r = set_xattrs_now(spot, fd, &record.flags, e);
        if (r < 0)
                return r;
        return finish_later(spot, fd_take(&fd), &record, e);
}

/* A directory that is there already keeps what lies in it. Returns a RenderFound. */
static int make_directory(const Spot *spot, Error *e) {
        const RenderTree *tree = &spot->place->tree;
        mode_t mode = spot->entry->mode & 0777;
        int found = RENDER_FOUND_NOTHING;
        uint64_t ino = 0;

        if (spot->path.n == 0)
                return RENDER_FOUND_DIRECTORY;
        if (mkdirat(spot->parent_fd, spot->name, mode) >= 0)
                return found;
        if (errno != EEXIST)
                return failed(spot, -errno, "make directory", e);
        found = render_tree_look(tree, spot->parent_fd, spot->name, &ino);
        if (found == RENDER_FOUND_OTHER || found == RENDER_FOUND_WHITEOUT)
                found = make_room(spot, e);
        if (found >= 0 && found != RENDER_FOUND_DIRECTORY &&
            mkdirat(spot->parent_fd, spot->name, mode) < 0)
                return failed(spot, -errno, "make directory", e);
        return found;
}

/* A new one that came out as wanted need not be opened. */
static int finish_directory(const Spot *spot, struct stat *ret_st, unsigned *flags, Error *e) {
        const RenderEntry *entry = spot->entry;
        const char *name = spot->path.n > 0 ? spot->name : ".";
        int parent_fd = spot->path.n > 0 ? spot->parent_fd : spot->place->tree.root_fd;
        _cleanup_(fd_closep) int fd = -EBADF;

        if (fstatat(parent_fd, name, ret_st, AT_SYMLINK_NOFOLLOW) < 0)
                return failed(spot, -errno, "look at", e);
        if (ret_st->st_uid == entry->uid && ret_st->st_gid == entry->gid &&
            (ret_st->st_mode & 07777) == entry->mode && entry->n_xattrs == 0 &&
            entry->n_ignored_xattrs == 0)
                return 0;
        fd = render_open_at(parent_fd, name, O_RDONLY | O_DIRECTORY, 0);
        return fd < 0 ? failed(spot, fd, "open", e) : describe(spot, fd, ret_st, flags, e);
}

static int place_directory(const Spot *spot, Error *e) {
        RenderRecord record = { .flags = RENDER_RECORD_TIME,
                                .mtime = spot->entry->mtime,
                                .mtime_nsec = spot->entry->mtime_nsec };
        int found = make_directory(spot, e), r = found;
        RenderRecord before = {};
        struct stat st;

        if (r >= 0)
                r = finish_directory(spot, &st, &record.flags, e);
        if (r < 0)
                return r;
        r = 0;
        if (found == RENDER_FOUND_DIRECTORY) /* a new one may have the number of what is gone */
                r = render_ledger_get(spot->place->tree.ledger, st.st_ino, &before);
        if (r < 0)
                return failed(spot, r, "look up", e);
        if (r > 0 && spot->place->unique && !(before.flags & RENDER_RECORD_IMPLICIT))
                return error_new(e, -EINVAL, "\"%s\" is there twice", spot->path.text);
        if (found == RENDER_FOUND_WHITEOUT || (before.flags & RENDER_RECORD_OPAQUE))
                record.flags |= RENDER_RECORD_OPAQUE;
        if ((before.flags & RENDER_RECORD_IMPLICIT) && spot->path.n > 0)
                spot->place->tree.n_implicit--;
        record.flags |= before.flags & RENDER_RECORD_XATTRS;
        record.ino = st.st_ino;
        return note(spot, &record, e);
}

/* For what has no descriptor to act on: the name was made just now, and nobody else is here. */
static int describe_name(const Spot *spot, bool with_mode, Error *e) {
        const struct timespec times[] = { { .tv_nsec = UTIME_OMIT }, mtime_of(spot->entry) };
        const RenderEntry *entry = spot->entry;
        RenderRecord record = {};
        bool chown = false;
        struct stat st;

        if (utimensat(spot->parent_fd, spot->name, times, AT_SYMLINK_NOFOLLOW) < 0)
                return failed(spot, -errno, "set the time of", e);
        if (fstatat(spot->parent_fd, spot->name, &st, AT_SYMLINK_NOFOLLOW) < 0)
                return failed(spot, -errno, "look at", e);
        chown = st.st_uid != entry->uid || st.st_gid != entry->gid;
        if (chown &&
            fchownat(spot->parent_fd, spot->name, entry->uid, entry->gid, AT_SYMLINK_NOFOLLOW) < 0)
                return failed(spot, -errno, "give an owner to", e);
        if (with_mode && fchmodat(spot->parent_fd, spot->name, entry->mode, 0) < 0)
                return failed(spot, -errno, "set the mode of", e);
        if (chown && fstatat(spot->parent_fd, spot->name, &st, AT_SYMLINK_NOFOLLOW) < 0)
                return failed(spot, -errno, "look at", e);
        spot->place->n_dropped_xattrs += entry->n_xattrs + entry->n_ignored_xattrs;
        record.ino = st.st_ino;
        if (S_ISLNK(st.st_mode))
                render_record_set_status(&record, &st);
        return note(spot, &record, e);
}

/* Returns 1 where something has the name; 0; a negative errno. */
static int try_symlink(const Spot *spot, Error *e) {
        if (symlinkat(spot->entry->link, spot->parent_fd, spot->name) >= 0)
                return 0;
        return errno == EEXIST ? 1 : failed(spot, -errno, "make symlink", e);
}

static int place_symlink(const Spot *spot, Error *e) {
        int r = try_symlink(spot, e);

        if (r > 0) {
                r = make_room(spot, e);
                if (r >= 0)
                        r = try_symlink(spot, e);
        }
        if (r > 0)
                return failed(spot, -EEXIST, "make symlink", e);
        return r < 0 ? r : describe_name(spot, false, e);
}

static int place_fifo(const Spot *spot, Error *e) {
        int r = make_room(spot, e);

        if (r < 0)
                return r;
        if (mkfifoat(spot->parent_fd, spot->name, 0600) < 0)
                return failed(spot, -errno, "make fifo", e);
        return describe_name(spot, true, e);
}

/* Finds the file to link to, opened where it really lies. */
static int
enter_target(const Spot *spot, RenderPath *target, int *ret_fd, struct stat *ret, Error *e) {
        RenderTree *tree = &spot->place->tree;
        int fd = -EBADF, r = 0;

        if (target->n == 0)
                return error_new(e, -EINVAL, "\"%s\" links to a directory", spot->path.text);
        r = render_tree_enter(tree, target, &fd, e);
        if (r < 0)
                return r;
        if (fstatat(fd, render_path_name(target), ret, AT_SYMLINK_NOFOLLOW) < 0) {
                if (errno == ENOENT && tree->needs_fd >= 0) {
                        tree->n_missing++;
                        r = render_tree_need(tree, target->text, e);
                        return r < 0 ? r : 1; /* the next round will find it */
                }
                return failed(spot, -errno, "find what is linked to by", e);
        }
        if (!S_ISREG(ret->st_mode))
                return error_new(e, -EPERM, "\"%s\" links to \"%s\", which is no regular file",
                                 spot->path.text, target->text);
        *ret_fd = fcntl(fd, F_DUPFD_CLOEXEC, 3);
        return *ret_fd < 0 ? failed(spot, -errno, "link", e) : 0;
}

/* A link more changes what stat(2) tells. */
static int forget_status(const Spot *spot, uint64_t ino, Error *e) {
        RenderLedger *ledger = spot->place->tree.ledger;
        RenderRecord record;
        int r = render_ledger_get(ledger, ino, &record);

        if (r > 0 && (record.flags & RENDER_RECORD_STATUS)) {
                record.flags &= ~(uint32_t) RENDER_RECORD_STATUS;
                return note(spot, &record, e);
        }
        return r < 0 ? failed(spot, r, "look up", e) : 0;
}

static int place_hardlink(Spot *spot, const RenderPath *target_path, Error *e) {
        _cleanup_(fd_closep) int target_fd = -EBADF;
        RenderPath target = *target_path;
        struct stat st, old;
        int r = render_finish_wait(spot->place->finish, e); /* or the file may yet be noted again */

        if (r < 0)
                return r;
        r = enter_target(spot, &target, &target_fd, &st, e);
        if (r != 0)
                return r < 0 ? r : 0;
        r = render_tree_enter(&spot->place->tree, &spot->path, &spot->parent_fd, e);
        if (r < 0)
                return r;
        spot->name = render_path_name(&spot->path);
        if (fstatat(spot->parent_fd, spot->name, &old, AT_SYMLINK_NOFOLLOW) == 0 &&
            old.st_ino == st.st_ino)
                return 0; /* they are one already */
        r = make_room(spot, e);
        if (r < 0)
                return r;
        if (linkat(target_fd, render_path_name(&target), spot->parent_fd, spot->name, 0) < 0)
                return failed(spot, -errno, "link", e);
        return forget_status(spot, st.st_ino, e);
}

/* Character device 0:0 is how overlayfs spells a whiteout: an image cannot bring its own. */
static int place_device(const Spot *spot, Error *e) {
        const RenderEntry *entry = spot->entry;

        if (entry->type == RENDER_CHAR && entry->major == 0 && entry->minor == 0)
                return error_new(e, -EPERM, "\"%s\" is a whiteout device", spot->path.text);
        if (!render_path_is_below(&spot->path, "dev"))
                return error_new(e, -EPERM, "\"%s\" is a device outside of /dev", spot->path.text);
        spot->place->n_skipped_devices++;
        return 0;
}

static int place_at(Spot *spot, const RenderPath *target, Error *e) {
        switch (spot->entry->type) {
        case RENDER_REGULAR:
                return place_regular(spot, e);
        case RENDER_DIRECTORY:
                return place_directory(spot, e);
        case RENDER_SYMLINK:
                return place_symlink(spot, e);
        case RENDER_HARDLINK:
                return place_hardlink(spot, target, e);
        case RENDER_FIFO:
                if (!render_path_is_below(&spot->path, "dev"))
                        return place_fifo(spot, e);
                spot->place->n_skipped_devices++;
                return 0;
        default:
                return place_device(spot, e);
        }
}

int render_place(RenderPlace *place,
                 RenderTar *tar,
                 const RenderEntry *entry,
                 const RenderPath *path,
                 const RenderPath *target,
                 Error *e) {
        Spot spot = { .place = place, .tar = tar, .entry = entry, .path = *path };
        int r = 0;

        if (path->n == 0 && entry->type != RENDER_DIRECTORY)
                return error_new(e, -EINVAL, "the root is no directory");
        if (path->n > 0) {
                r = render_tree_enter(&place->tree, &spot.path, &spot.parent_fd, e);
                if (r < 0)
                        return r;
        }
        spot.name = render_path_name(&spot.path);
        return place_at(&spot, target, e);
}
