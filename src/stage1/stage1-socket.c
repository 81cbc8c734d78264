/* SPDX-License-Identifier: Apache-2.0 */
#include "stage1-socket.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "cleanup.h"

static int set_address(int directory_fd, const char *name, struct sockaddr_un *address) {
        int n = directory_fd == AT_FDCWD
                        ? snprintf(address->sun_path, sizeof(address->sun_path), "%s", name)
                        : snprintf(address->sun_path, sizeof(address->sun_path),
                                   "/proc/self/fd/%d/%s", directory_fd, name);

        return n < 0 || (size_t) n >= sizeof(address->sun_path) ? -ENAMETOOLONG : 0;
}

int stage1_socket_listen(int directory_fd, const char *name, int type, int backlog) {
        _cleanup_(fd_closep) int fd = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        int r = fd < 0 ? -errno : set_address(directory_fd, name, &address);

        if (r < 0)
                return r;
        if ((unlinkat(directory_fd, name, 0) < 0 && errno != ENOENT) || fchmod(fd, 0600) < 0 ||
            bind(fd, (const struct sockaddr *) &address, sizeof(address)) < 0)
                return -errno;
        if (type != SOCK_DGRAM && listen(fd, backlog) < 0)
                return -errno;
        return fd_take(&fd);
}

/* The file is held first: were it a link, that could lead to any socket of the host. */
int stage1_socket_connect(int directory_fd, const char *name, int type) {
        _cleanup_(fd_closep) int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
        _cleanup_(fd_closep) int file_fd =
                openat(directory_fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        struct stat st;

        if (fd < 0 || file_fd < 0 || fstat(file_fd, &st) < 0)
                return -errno;
        if (!S_ISSOCK(st.st_mode))
                return -ENOTSOCK;
        (void) snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d", file_fd);
        if (connect(fd, (const struct sockaddr *) &address, sizeof(address)) < 0)
                return -errno;
        return fd_take(&fd);
}
