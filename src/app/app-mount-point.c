/* SPDX-License-Identifier: Apache-2.0 */
#include "app-mount-point.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "openat.h"
#include "text.h"

/* Opens @path below the root, after making its last component where that is missing. */
static int
open_or_make(int root_fd, int parent_fd, const char *path, const char *name, bool directory) {
        int fd = open_in_root(root_fd, path, O_PATH);

        if (fd != -ENOENT)
                return fd;
        /* A dangling symlink is in the way: mkdirat() and O_EXCL refuse it. */
        if (directory) {
                if (mkdirat(parent_fd, name, 0755) < 0)
                        return -errno;
        } else {
                _cleanup_(fd_closep) int made =
                        openat(parent_fd, name,
                               O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
                if (made < 0)
                        return -errno;
        }
        return open_in_root(root_fd, path, O_PATH);
}

static int walk(int root_fd, char *path, bool directory) {
        _cleanup_(fd_closep) int fd = open_in_root(root_fd, "/", O_PATH | O_DIRECTORY);
        char *name = path + 1;

        while (fd >= 0 && *name) {
                char *slash = strchr(name, '/');
                int next = -EBADF;

                if (slash)
                        *slash = '\0';
                next = open_or_make(root_fd, fd, path, name, slash || directory);
                if (next < 0)
                        return next;
                fd_drop(&fd);
                fd = next;
                if (!slash)
                        break;
                *slash = '/';
                name = slash + 1;
        }
        return fd_take(&fd);
}

int app_mount_point_make(int root_fd, const char *target, bool directory, Error *e) {
        _cleanup_(freep) char *path = strdup(target);
        _cleanup_(fd_closep) int fd = -EBADF;
        struct stat st;

        if (!path)
                return -ENOMEM;
        fd = walk(root_fd, path, directory);
        if (fd < 0)
                return error_wrap(e, fd, "cannot make mount point \"%s\" in the image", target);
        if (fstat(fd, &st) < 0)
                return -errno;
        if (directory && !S_ISDIR(st.st_mode))
                return error_new(e, -ENOTDIR, "mount point \"%s\" of the image is not a directory",
                                 target);
        if (!directory && S_ISDIR(st.st_mode))
                return error_new(e, -EISDIR, "mount point \"%s\" of the image is a directory",
                                 target);
        return fd_take(&fd);
}
