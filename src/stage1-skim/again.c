/* SPDX-License-Identifier: Apache-2.0 */
#include "again.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#define LISTEN_FIRST 3
#define LISTEN_MAX 253
#define NAMES_MAX 65536
#define PATIENCE_SEC 30

/* By its directory's descriptor: the path may be longer than a socket's address. */
static int connect_to(const char *path, int type) {
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
        int file = open(path, O_PATH | O_CLOEXEC);
        int r = -1;

        if (fd >= 0 && file >= 0) {
                (void) snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d",
                                file);
                r = connect(fd, (const struct sockaddr *) &address, sizeof(address));
        }
        if (file >= 0)
                (void) close(file);
        if (r < 0 && fd >= 0)
                (void) close(fd);
        return r < 0 ? -1 : fd;
}

static int leads_to(const char *path) {
        struct sockaddr_un address = { 0 };
        socklen_t n = sizeof(address);

        return getpeername(STDOUT_FILENO, (struct sockaddr *) &address, &n) == 0 &&
               address.sun_family == AF_UNIX &&
               strncmp(address.sun_path, path, sizeof(address.sun_path)) == 0;
}

static int is_same(int a, int b) {
        struct stat one, other;

        return fstat(a, &one) == 0 && fstat(b, &other) == 0 && one.st_dev == other.st_dev &&
               one.st_ino == other.st_ino;
}

/* Priority and the rest as for every app: see sysd-stream.c. */
static int open_output(const char *identifier, const char *unit, const char *path) {
        int both = is_same(STDOUT_FILENO, STDERR_FILENO);
        int fd = -1;

        if (leads_to(path))
                return 0;
        fd = connect_to(path, SOCK_STREAM);
        if (fd < 0 || dprintf(fd, "%s\n%s\n6\n0\n0\n0\n0\n", identifier, unit) < 0 ||
            dup2(fd, STDOUT_FILENO) < 0 || (both && dup2(fd, STDERR_FILENO) < 0))
                return -1;
        (void) close(fd);
        return 0;
}

/* Returns how many there are. */
static int receive(const char *path, int *fds, char *names) {
        const struct timeval patience = { .tv_sec = PATIENCE_SEC };
        char control[CMSG_SPACE(sizeof(int) * LISTEN_MAX)];
        struct iovec iov = { names, NAMES_MAX };
        struct msghdr message = {
                .msg_iov = &iov,
                .msg_iovlen = 1,
                .msg_control = control,
                .msg_controllen = sizeof(control),
        };
        int fd = connect_to(path, SOCK_SEQPACKET);
        const struct cmsghdr *header = NULL;
        ssize_t n = -1;

        if (fd < 0)
                return -1;
        if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) == 0)
                n = recvmsg(fd, &message, MSG_CMSG_CLOEXEC);
        (void) close(fd);
        header = n < 0 ? NULL : CMSG_FIRSTHDR(&message);
        if (!header || header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) {
                errno = n < 0 ? errno : EBADMSG;
                return -1;
        }
        names[n] = '\0';
        n = (ssize_t) ((header->cmsg_len - CMSG_LEN(0)) / sizeof(int));
        memcpy(fds, CMSG_DATA(header), (size_t) n * sizeof(int));
        return (int) n;
}

/* Moves them to 3 and on; first out of each other's way. */
static int place(int *fds, int n) {
        for (int i = 0; i < n; i++) {
                int high = fcntl(fds[i], F_DUPFD_CLOEXEC, LISTEN_FIRST + n);

                if (high < 0)
                        return -1;
                (void) close(fds[i]);
                fds[i] = high;
        }
        for (int i = 0; i < n; i++) {
                if (dup2(fds[i], LISTEN_FIRST + i) < 0)
                        return -1;
                (void) close(fds[i]);
        }
        return 0;
}

static int take_sockets(const char *path) {
        char names[NAMES_MAX + 1], count[16], pid[16];
        int fds[LISTEN_MAX];
        int n = receive(path, fds, names);

        if (n < 0 || place(fds, n) < 0)
                return -1;
        (void) snprintf(count, sizeof(count), "%d", n);
        (void) snprintf(pid, sizeof(pid), "%d", getpid());
        if (setenv("LISTEN_FDS", count, 1) < 0 || setenv("LISTEN_PID", pid, 1) < 0)
                return -1;
        return setenv("LISTEN_FDNAMES", names, 1);
}

int again(int argc, char **argv) {
        if (argc < 7) {
                errno = EINVAL;
                return exec_fail("wrong use of stage1's again");
        }
        if (open_output(argv[1], argv[2], argv[3]) < 0)
                return exec_fail("cannot reach the pod's journal");
        if (strcmp(argv[4], "-") != 0 && take_sockets(argv[4]) < 0)
                return exec_fail("cannot take the app's sockets");
        (void) execv(argv[5], argv + 6);
        return exec_fail(argv[5]);
}
