/* SPDX-License-Identifier: Apache-2.0 */
#include "render-tree.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "files.h"
#include "openat.h"

#define SYMLINKS_MAX 40

void render_tree_done(RenderTree *tree) {
        fd_drop(&tree->parent_fd);
}

int render_open_at(int parent_fd, const char *name, int flags, mode_t mode) {
        struct open_how how = {
                .flags = (uint64_t) flags | O_NOFOLLOW | O_CLOEXEC,
                .mode = mode,
                .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS,
        };
        int fd = (int) syscall(SYS_openat2, parent_fd, name, &how, sizeof(how));

        return fd < 0 ? -errno : fd;
}

int render_tree_need(RenderTree *tree, const char *path, Error *e) {
        size_t n = strlen(path) + 1;
        int r = 0;

        if (tree->needs_fd < 0)
                return 0;
        tree->needs_bytes += n;
        if (tree->needs_bytes > RENDER_NEEDS_BYTES_MAX)
                return error_new(e, -E2BIG, "too much of this layer refers to the ones below");
        r = fd_write_all(tree->needs_fd, path, n);
        return r < 0 ? error_new(e, r, "cannot note what is needed from below") : 0;
}

int render_tree_look(const RenderTree *tree, int parent_fd, const char *name, uint64_t *ret_ino) {
        struct stat st;

        if (fstatat(parent_fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
                return errno == ENOENT ? RENDER_FOUND_NOTHING : -errno;
        *ret_ino = st.st_ino;
        if (S_ISDIR(st.st_mode))
                return RENDER_FOUND_DIRECTORY;
        if (tree->layer && S_ISCHR(st.st_mode) && st.st_rdev == 0)
                return RENDER_FOUND_WHITEOUT;
        return RENDER_FOUND_OTHER;
}

int render_tree_make_implicit(
        RenderTree *tree, int parent_fd, const char *name, bool opaque, Error *e) {
        _cleanup_(fd_closep) int fd = -EBADF;
        RenderRecord record = { .flags = RENDER_RECORD_TIME };
        struct stat st;

        if (mkdirat(parent_fd, name, 0755) < 0)
                return error_new(e, -errno, "cannot make directory \"%s\"", name);
        fd = render_open_at(parent_fd, name, O_RDONLY | O_DIRECTORY, 0);
        if (fd < 0)
                return error_new(e, fd, "cannot open directory \"%s\"", name);
        if (fstat(fd, &st) < 0 || fchown(fd, 0, 0) < 0 || fchmod(fd, 0755) < 0)
                return error_new(e, -errno, "cannot prepare directory \"%s\"", name);
        record.ino = st.st_ino;
        record.flags |= opaque ? RENDER_RECORD_OPAQUE : RENDER_RECORD_IMPLICIT;
        tree->n_implicit += !opaque;
        return render_ledger_put(tree->ledger, &record);
}

/* A walk from the root along a path, symlinks spelled out. */
typedef struct Walk {
        RenderPath at; /* real directories only */
        char rest[2 * RENDER_PATH_MAX + 2];
        unsigned n_symlinks;
        bool made; /* something was missing */
} Walk;

static int follow(Walk *walk, int fd, Error *e) {
        char target[RENDER_PATH_MAX + 1];
        ssize_t n = readlinkat(fd, "", target, sizeof(target));
        size_t n_rest = strlen(walk->rest);

        if (n < 0)
                return error_new(e, -errno, "cannot read symlink \"%s\"", walk->at.text);
        if (++walk->n_symlinks > SYMLINKS_MAX)
                return error_new(e, -ELOOP, "too many symlinks at \"%s\"", walk->at.text);
        if ((size_t) n + 1 + n_rest >= sizeof(walk->rest) || (size_t) n == sizeof(target))
                return error_new(e, -ENAMETOOLONG, "too long a path behind symlink \"%s\"",
                                 walk->at.text);
        memmove(walk->rest + n + 1, walk->rest, n_rest + 1);
        memcpy(walk->rest, target, (size_t) n);
        walk->rest[n] = '/';
        if (target[0] == '/') {
                walk->at.n = 0;
                walk->at.text[0] = '\0';
        } else
                render_path_ascend(&walk->at);
        return 0;
}

/* The parent of walk->at exists; makes the last component a directory too. */
static int make_missing(RenderTree *tree, Walk *walk, bool whiteout, Error *e) {
        _cleanup_(fd_closep) int fd = -EBADF;
        RenderPath parent = walk->at;
        const char *name = render_path_name(&walk->at);

        render_path_ascend(&parent);
        fd = open_beneath(tree->root_fd, parent.n ? parent.text : ".", O_RDONLY | O_DIRECTORY);
        if (fd < 0)
                return error_new(e, fd, "cannot open directory \"%s\"", parent.text);
        if (whiteout && unlinkat(fd, name, 0) < 0)
                return error_new(e, -errno, "cannot replace \"%s\"", walk->at.text);
        if (!whiteout)
                walk->made =
                        true; /* hidden or not, a whiteout says that nothing comes from below */
        return render_tree_make_implicit(tree, fd, name, whiteout, e);
}

static int step(RenderTree *tree, Walk *walk, const char *name, size_t n, Error *e) {
        _cleanup_(fd_closep) int fd = -EBADF;
        struct stat st = {};

        if (n == 0 || (n == 1 && name[0] == '.'))
                return 0;
        if (n == 2 && name[0] == '.' && name[1] == '.') {
                render_path_ascend(&walk->at);
                return 0;
        }
        if (render_path_descend(&walk->at, name, n) < 0 ||
            render_path_depth(&walk->at) >= RENDER_DEPTH_MAX) /* something is to lie in it */
                return error_new(e, -ENAMETOOLONG, "too long a path below \"%s\"", walk->at.text);
        fd = open_beneath(tree->root_fd, walk->at.text, O_PATH | O_NOFOLLOW);
        if (fd == -ENOENT)
                return make_missing(tree, walk, false, e);
        if (fd < 0 || fstat(fd, &st) < 0)
                return error_new(e, fd < 0 ? fd : -errno, "cannot open \"%s\"", walk->at.text);
        if (S_ISDIR(st.st_mode))
                return 0;
        if (S_ISLNK(st.st_mode))
                return follow(walk, fd, e);
        if (tree->layer && S_ISCHR(st.st_mode) && st.st_rdev == 0)
                return make_missing(tree, walk, true, e);
        return error_new(e, -ENOTDIR, "\"%s\" is a file, and a directory", walk->at.text);
}

/* The slow way, where a directory is missing or a symlink in the way. */
static int walk_to(RenderTree *tree, const RenderPath *directory, RenderPath *ret, Error *e) {
        Walk walk = {};

        memcpy(walk.rest, directory->text, directory->n + 1);
        while (walk.rest[0]) {
                char name[RENDER_PATH_MAX + 1];
                size_t n = strcspn(walk.rest, "/"), skip = n + (walk.rest[n] == '/');
                int r = 0;

                if (n > RENDER_NAME_MAX)
                        return error_new(e, -ENAMETOOLONG, "too long a name");
                memcpy(name, walk.rest, n);
                memmove(walk.rest, walk.rest + skip, strlen(walk.rest + skip) + 1);
                r = step(tree, &walk, name, n, e);
                if (r < 0)
                        return r;
        }
        *ret = walk.at;
        return walk.made ? render_tree_need(tree, directory->text, e) : 0;
}

static bool is_current(const RenderTree *tree, const RenderPath *directory) {
        return tree->parent_fd >= 0 && tree->parent.n == directory->n &&
               memcmp(tree->parent.text, directory->text, directory->n) == 0;
}

static int open_directory(RenderTree *tree, const RenderPath *directory) {
        return open_beneath(tree->root_fd, directory->n ? directory->text : ".",
                            O_PATH | O_DIRECTORY);
}

int render_tree_enter(RenderTree *tree, RenderPath *path, int *ret_fd, Error *e) {
        RenderPath directory = *path;
        int fd = -EBADF, r = 0;

        render_path_ascend(&directory);
        if (is_current(tree, &directory)) {
                *ret_fd = tree->parent_fd;
                return 0;
        }
        fd = open_directory(tree, &directory);
        if (fd == -ENOENT || fd == -ELOOP || fd == -ENOTDIR) {
                const char *name = render_path_name(path);
                RenderPath real;

                r = walk_to(tree, &directory, &real, e);
                if (r < 0)
                        return r;
                directory = real;
                if (render_path_descend(&real, name, strlen(name)) < 0)
                        return error_new(e, -ENAMETOOLONG, "too long a path");
                *path = real;
                fd = open_directory(tree, &directory);
        }
        if (fd < 0)
                return error_new(e, fd, "cannot open directory \"%s\"", directory.text);
        fd_drop(&tree->parent_fd);
        tree->parent = directory;
        tree->parent_fd = fd;
        *ret_fd = fd;
        return 0;
}
