/* SPDX-License-Identifier: Apache-2.0 */
#include "skim-tree.h"

#include <fcntl.h>
#include <linux/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "openat.h"
#include "pod-files.h"

/* Not in the headers that go with linux/mount.h here. */
#define AT_EMPTY_PATH_FLAG 0x1000

static int open_walk(int fd) {
        struct stat st;

        if (fd < 0)
                return fd;
        if (fstat(fd, &st) < 0 ||
            (!(st.st_mode & S_IXOTH) && fchmod(fd, (st.st_mode & 07777) | S_IXOTH) < 0))
                return -errno;
        return 0;
}

static int open_walk_at(int dir_fd, const char *path) {
        _cleanup_(fd_closep) int fd = openat(dir_fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        return open_walk(fd < 0 ? -errno : fd);
}

/* From the data directory's "pods" to the directory that holds the app's rootfs. */
static int open_way(const Pod *pod, const char *app) {
        _cleanup_(freep) char *directory = pod_app_directory(app);
        int r = directory ? open_walk_at(pod->fd, "../..") : -ENOMEM;

        if (r >= 0)
                r = open_walk_at(pod->fd, "..");
        if (r >= 0)
                r = open_walk_at(pod->fd, ".");
        for (char *slash = directory; r >= 0 && slash;) {
                slash = strchr(slash, '/');
                if (slash)
                        *slash = '\0';
                {
                        _cleanup_(fd_closep) int fd =
                                open_beneath(pod->fd, directory, O_RDONLY | O_DIRECTORY);

                        r = open_walk(fd);
                }
                if (slash)
                        *slash++ = '/';
        }
        return r;
}

static int disarm(int mount_fd) {
        struct mount_attr attr = { .attr_set = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV };

        return syscall(SYS_mount_setattr, mount_fd, "", AT_EMPTY_PATH_FLAG, &attr, sizeof(attr)) < 0
                       ? -errno
                       : 0;
}

/* A copied tree is no mount of its own: it becomes one. */
static int mount_disarmed(int root_fd) {
        _cleanup_(fd_closep) int fd =
                (int) syscall(SYS_open_tree, root_fd, "",
                              OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH_FLAG);
        int r = fd < 0 ? -errno : disarm(fd);

        if (r < 0)
                return r;
        return syscall(SYS_move_mount, fd, "", root_fd, "",
                       MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) < 0
                       ? -errno
                       : 0;
}

static bool is_disarmed(int root_fd) {
        struct statvfs fs;

        return fstatvfs(root_fd, &fs) == 0 && (fs.f_flag & ST_NOSUID) && (fs.f_flag & ST_NODEV);
}

int skim_tree_expose(const Pod *pod, const Stage1App *app, Error *e) {
        /* Stage0 may have mounted it so: then systemd need not hear of a change. */
        int r = is_disarmed(app->root_fd) ? 0 : disarm(app->root_fd);

        if (r == -EINVAL)
                r = mount_disarmed(app->root_fd);
        if (r < 0)
                return error_wrap(e, r, "cannot mount the tree of app \"%s\" without privileges",
                                  app->runtime->name);
        r = open_way(pod, app->runtime->name);
        return r < 0 ? error_wrap(e, r, "cannot open the way to the tree of app \"%s\"",
                                  app->runtime->name)
                     : 0;
}
