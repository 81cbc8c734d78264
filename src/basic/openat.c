/* SPDX-License-Identifier: Apache-2.0 */
#include "openat.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cleanup.h"

#define OPEN_RETRIES_MAX 64

static int open_resolved(int dir_fd, const char *path, int flags, uint64_t resolve) {
        struct open_how how = {
                .flags = (uint64_t) flags | O_CLOEXEC,
                .mode = (flags & O_CREAT) ? 0600 : 0,
                .resolve = resolve,
        };

        /* EAGAIN: a rename raced with "..". Whoever renames inside could keep us spinning. */
        for (unsigned i = 0; i < OPEN_RETRIES_MAX; i++) {
                int fd = (int) syscall(SYS_openat2, dir_fd, path, &how, sizeof(how));

                if (fd >= 0)
                        return fd;
                if (errno != EAGAIN && errno != EINTR)
                        return -errno;
        }
        return -EAGAIN;
}

int open_in_root(int root_fd, const char *path, int flags) {
        return open_resolved(root_fd, path, flags, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);
}

int open_beneath(int dir_fd, const char *path, int flags) {
        return open_resolved(dir_fd, path, flags, RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS);
}

int open_beneath_unmounted(int dir_fd, const char *path, int flags) {
        return open_resolved(dir_fd, path, flags,
                             RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV);
}

int open_regular(int root_fd, const char *path) {
        _cleanup_(fd_closep) int fd = -EBADF;
        struct stat st;

        fd = open_in_root(root_fd, path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
        if (fd < 0)
                return fd;
        if (fstat(fd, &st) < 0)
                return -errno;
        if (!S_ISREG(st.st_mode))
                return -EBADMSG;
        return fd_take(&fd);
}

/* One component of mkdir_beneath(), handed on as a descriptor. */
static int mkdir_step(int dir_fd, const char *name, mode_t mode) {
        _cleanup_(fd_closep) int fd = -EBADF;
        bool made = mkdirat(dir_fd, name, mode) == 0;

        if (!made && errno != EEXIST)
                return -errno;
        fd = open_beneath(dir_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
        if (fd < 0)
                return fd;
        if (made && fchmod(fd, mode) < 0)
                return -errno;
        return fd_take(&fd);
}

int mkdir_beneath(int dir_fd, const char *path, mode_t mode) {
        _cleanup_(freep) char *copy = strdup(path);
        _cleanup_(fd_closep) int fd = -EBADF;
        char *state = NULL;

        if (!copy)
                return -ENOMEM;
        fd = fcntl(dir_fd, F_DUPFD_CLOEXEC, 3);
        if (fd < 0)
                return -errno;

        for (char *name = strtok_r(copy, "/", &state); name; name = strtok_r(NULL, "/", &state)) {
                int next = -EBADF;

                if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
                        return -EINVAL;
                next = mkdir_step(fd, name, mode);
                if (next < 0)
                        return next;
                fd_drop(&fd);
                fd = next;
        }
        return fd_take(&fd);
}

const char *fd_path(int fd, char buffer[static FD_PATH_MAX]) {
        (void) snprintf(buffer, FD_PATH_MAX, "/proc/self/fd/%d", fd);
        return buffer;
}
