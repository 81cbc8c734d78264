/* SPDX-License-Identifier: Apache-2.0 */
#include "coreos-mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "files.h"
#include "openat.h"

#define DIRECTORY "rkt/mounts"
#define LIST_MAX ((size_t) 1024 * 1024)
#define WORDS 2 /* of each: what, and where; a line each */

int coreos_mounts_add(Strv *list, const char *inside, const char *target) {
        int r = strchr(inside, '\n') || strchr(target, '\n') ? -EINVAL : 0;

        if (r >= 0)
                r = strv_append(list, inside);
        return r < 0 ? r : strv_append(list, target);
}

int coreos_mounts_write(int root_fd, const char *app, char *const *list) {
        _cleanup_(fd_closep) int fd = mkdir_beneath(root_fd, DIRECTORY, 0755);
        _cleanup_(freep) char *text = list ? strv_join(list, "\n") : strdup("");

        if (fd < 0 || !text)
                return fd < 0 ? fd : -ENOMEM;
        return file_write_at(fd, app, text, strlen(text), 0644, 0);
}

int coreos_mounts_forget(int root_fd, const char *app) {
        _cleanup_(fd_closep) int fd = open_beneath(root_fd, DIRECTORY, O_RDONLY | O_DIRECTORY);

        if (fd < 0)
                return fd == -ENOENT ? 0 : fd;
        return unlinkat(fd, app, 0) < 0 && errno != ENOENT ? -errno : 0;
}

static int read_list(int root_fd, const char *app, Strv *ret) {
        _cleanup_(fd_closep) int fd = open_beneath(root_fd, DIRECTORY, O_RDONLY | O_DIRECTORY);
        static const char *const kernel[] = { "/dev", "/proc", "/sys" };
        _cleanup_(strv_freep) Strv words = NULL;
        _cleanup_(freep) char *text = NULL;
        size_t n = 0;
        int r = fd < 0 ? fd : file_read_at(fd, app, LIST_MAX, &text, &n);

        for (size_t i = 0; i < N_ELEMENTS(kernel) && r >= 0; i++)
                r = coreos_mounts_add(ret, kernel[i], kernel[i]);
        if (r >= 0 && n > 0)
                r = strv_split(text, '\n', &words);
        for (char **word = words; r >= 0 && word && *word; word++)
                r = strv_append(ret, *word);
        return r < 0 || strv_length(*ret) % WORDS == 0 ? r : -EBADMSG;
}

/* The one that the place of another lies in: the longest that does. NULL where that is the app's own tree. */
static char *const *find_outer(char *const *list, const char *target) {
        char *const *found = NULL;

        for (; *list; list += WORDS) {
                const char *rest = text_after(target, list[1]);

                if (rest && *rest == '/' && (!found || strlen(list[1]) > strlen(found[1])))
                        found = list;
        }
        return found;
}

/* Of what is missing systemd makes also what a link leads to, but not by way of "..". */
static bool leads_up(int directory_fd, const char *rest) {
        _cleanup_(freep) char *name = strndup(rest, strcspn(rest, "/"));
        char link[PATH_MAX];
        ssize_t n = name ? readlinkat(directory_fd, name, link, sizeof(link) - 1) : -1;

        if (n < 0)
                return false;
        link[n] = '\0';
        return strcmp(link, "..") == 0 || text_after(link, "../") || strstr(link, "/../");
}

/* Whether what is missing at a path could be made: where what there is of the path can be written to. */
static int check_missing(int tree_fd, const char *path) {
        _cleanup_(freep) char *above = strdup(path);
        _cleanup_(fd_closep) int fd = -ENOENT;
        struct statvfs st;

        if (!above)
                return -ENOMEM;
        while (fd == -ENOENT) {
                char *slash = strrchr(above, '/');

                *(slash ? slash : above) = '\0';
                fd = open_in_root(tree_fd, *above ? above : "/", O_PATH);
        }
        if (fd < 0)
                return fd;
        if (leads_up(fd, path + strlen(above) + 1))
                return -ENOENT;
        if (fstatvfs(fd, &st) < 0)
                return -errno;
        return (st.f_flag & ST_RDONLY) ? -EROFS : 0;
}

static int check_one(int root_fd, int app_fd, char *const *list, char *const *mount) {
        _cleanup_(fd_closep) int source_fd = open_in_root(root_fd, mount[0], O_PATH);
        char *const *outer = find_outer(list, mount[1]);
        _cleanup_(fd_closep) int outer_fd = outer ? open_in_root(root_fd, outer[0], O_PATH) : -1;
        const char *path = outer ? mount[1] + strlen(outer[1]) : mount[1];
        int tree_fd = outer ? outer_fd : app_fd;
        _cleanup_(fd_closep) int fd = -EBADF;
        struct stat source, target;

        if (source_fd < 0 || tree_fd < 0)
                return source_fd < 0 ? source_fd : tree_fd;
        fd = open_in_root(tree_fd, path, O_PATH);
        if (fd == -ENOENT)
                return check_missing(tree_fd, path);
        if (fd < 0)
                return fd;
        if (fstat(source_fd, &source) < 0 || fstat(fd, &target) < 0)
                return -errno;
        if (S_ISDIR(source.st_mode) == S_ISDIR(target.st_mode))
                return 0;
        return S_ISDIR(source.st_mode) ? -ENOTDIR : -EISDIR;
}

/* A later systemd (257) makes "host" in it by a plain path, so that a link leads it into the pod's root. */
static int check_run(int tree_fd) {
        char first = '\0';

        return (readlinkat(tree_fd, "run", &first, 1) == 1 && first == '/') ||
                               leads_up(tree_fd, "run")
                       ? -ENOTDIR
                       : 0;
}

int coreos_mounts_check(int root_fd, const char *app, char **ret) {
        _cleanup_(fd_closep) int stage2_fd =
                open_beneath(root_fd, "opt/stage2", O_PATH | O_DIRECTORY);
        _cleanup_(fd_closep) int app_fd = -EBADF, tree_fd = -EBADF;
        _cleanup_(strv_freep) Strv list = NULL;
        int r = read_list(root_fd, app, &list);

        if (r < 0)
                return r;
        app_fd = stage2_fd < 0 ? stage2_fd : open_beneath(stage2_fd, app, O_PATH | O_DIRECTORY);
        tree_fd = app_fd < 0 ? app_fd : open_beneath(app_fd, "rootfs", O_PATH | O_DIRECTORY);
        if (tree_fd < 0)
                return tree_fd;
        for (char **mount = list; *mount; mount += WORDS) {
                r = check_one(root_fd, tree_fd, list, mount);
                if (r < 0) {
                        *ret = strdup(mount[1]);
                        return r;
                }
        }
        r = check_run(tree_fd);
        if (r < 0)
                *ret = strdup("/run");
        return r;
}
