/* SPDX-License-Identifier: Apache-2.0 */
#include "app-mount-point.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>

#include "openat.h"
#include "text.h"

#define LINKS_MAX 40 /* as the kernel */

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

/* Appends a component, or takes the last one off again for "..": @at holds no symlinks. */
static int step(char **at, const char *name, size_t n) {
        char *next = NULL;

        if (n == 2 && memcmp(name, "..", n) == 0) {
                char *last = strrchr(*at, '/');

                if (last)
                        *last = '\0';
                return 0;
        }
        if (asprintf(&next, "%s/%.*s", *at, (int) n, name) < 0)
                return -ENOMEM;
        free(*at);
        *at = next;
        return 0;
}

/* The text of the symlink at @path; -EINVAL where there is none. */
static int read_link(int root_fd, const char *path, char **ret) {
        _cleanup_(fd_closep) int fd = open_in_root(root_fd, path, O_PATH | O_NOFOLLOW);
        char text[PATH_MAX];
        ssize_t n = 0;

        if (fd < 0)
                return fd;
        n = readlinkat(fd, "", text, sizeof(text));
        if (n < 0)
                return errno == ENOENT ? -EINVAL
                                       : -errno; /* so says the kernel of what is no link */
        if ((size_t) n == sizeof(text))
                return -ENAMETOOLONG;
        *ret = strndup(text, (size_t) n);
        return *ret ? 0 : -ENOMEM;
}

/* The symlink at the end of @at, in front of what is left to walk. */
static int follow(char **at, const char *link, char **rest, const char *left) {
        char *next = NULL;

        if (asprintf(&next, "%s/%s", link, left) < 0)
                return -ENOMEM;
        free(*rest);
        *rest = next;
        *(*link == '/' ? *at : strrchr(*at, '/')) = '\0';
        return 0;
}

int app_mount_point_find(int root_fd, const char *target, char **ret) {
        _cleanup_(freep) char *at = strdup(""), *rest = strdup(target);
        unsigned n_links = 0;
        const char *name = rest;
        int r = at && rest ? 0 : -ENOMEM;

        while (r >= 0 && name[strspn(name, "/")] != '\0') {
                _cleanup_(freep) char *link = NULL;
                size_t n = 0;

                name += strspn(name, "/");
                n = strcspn(name, "/");
                r = n == 1 && *name == '.' ? 0 : step(&at, name, n);
                name += n;
                if (r < 0)
                        break;
                r = *at ? read_link(root_fd, at, &link) : -EINVAL;
                if (r == -EINVAL || r == -ENOENT || r == -ENOTDIR)
                        r = 0;
                else if (r >= 0)
                        r = ++n_links > LINKS_MAX ? -ELOOP : follow(&at, link, &rest, name);
                if (link)
                        name = rest;
        }
        if (r < 0)
                return r;
        *ret = *at ? ptr_take(&at) : strdup("/");
        return *ret ? 0 : -ENOMEM;
}
