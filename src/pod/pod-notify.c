/* SPDX-License-Identifier: Apache-2.0 */
#include "pod-notify.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "cleanup.h"
#include "text.h"

#define DIRECTORY "/run/rkt"
#define MESSAGE_MAX 4096

static void make_address(const Uuid *uuid, struct sockaddr_un *ret) {
        *ret = (struct sockaddr_un){ .sun_family = AF_UNIX };
        (void) snprintf(ret->sun_path, sizeof(ret->sun_path), DIRECTORY "/%s.notify", uuid->text);
}

/* For root alone from its birth: the mode of a socket becomes that of its path. */
static int bind_for_root(int fd, const struct sockaddr_un *address) {
        const int yes = 1;

        if (mkdir(DIRECTORY, 0755) < 0 && errno != EEXIST)
                return -errno;
        if (fchmod(fd, 0600) < 0 || setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &yes, sizeof(yes)) < 0)
                return -errno;
        return bind(fd, (const struct sockaddr *) address, sizeof(*address)) < 0 ? -errno : 0;
}

int pod_notify_open(const Uuid *uuid, Error *e) {
        _cleanup_(fd_closep) int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        struct sockaddr_un address;
        int r = fd < 0 ? -errno : 0;

        make_address(uuid, &address);
        if (r >= 0)
                r = bind_for_root(fd, &address);
        if (r >= 0 && setenv("NOTIFY_SOCKET", address.sun_path, 1) < 0)
                r = -errno;
        return r < 0 ? error_wrap(e, r, "cannot make socket %s", address.sun_path) : fd_take(&fd);
}

int pod_notify_read(int fd, pid_t sender, char **ret) {
        char text[MESSAGE_MAX + 1], control[CMSG_SPACE(sizeof(struct ucred))];
        struct iovec iov = { text, MESSAGE_MAX };
        struct msghdr message = {
                .msg_iov = &iov,
                .msg_iovlen = 1,
                .msg_control = control,
                .msg_controllen = sizeof(control), /* descriptors have no room in it */
        };
        ssize_t n = recvmsg(fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
        const struct cmsghdr *header = n < 0 ? NULL : CMSG_FIRSTHDR(&message);

        if (n < 0)
                return -errno;
        text[n] = '\0';
        *ret = NULL;
        if (!header || header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_CREDENTIALS ||
            ((const struct ucred *) (const void *) CMSG_DATA(header))->pid != sender)
                return 0;
        *ret = strdup(text);
        return *ret ? 0 : -ENOMEM;
}

bool pod_notify_is_ready(int fd, pid_t sender) {
        _cleanup_(freep) char *text = NULL;

        return pod_notify_read(fd, sender, &text) >= 0 && text &&
               (text_after(text, "READY=1") || strstr(text, "\nREADY=1"));
}

void pod_notify_tell(const char *state) {
        _cleanup_(fd_closep) int fd = -EBADF;
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        const char *path = getenv("NOTIFY_SOCKET");
        size_t n = path ? strlen(path) : 0;

        if (n < 2 || n > sizeof(address.sun_path) || (path[0] != '/' && path[0] != '@'))
                return;
        memcpy(address.sun_path, path, n);
        if (path[0] == '@') /* in the abstract namespace */
                address.sun_path[0] = '\0';
        fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        if (fd >= 0)
                (void) sendto(fd, state, strlen(state), MSG_NOSIGNAL,
                              (const struct sockaddr *) &address,
                              (socklen_t) (offsetof(struct sockaddr_un, sun_path) + n));
}

void pod_notify_send(const char *state) {
        pod_notify_tell(state);
        (void) unsetenv("NOTIFY_SOCKET");
}

void pod_notify_remove(const Uuid *uuid) {
        struct sockaddr_un address;

        make_address(uuid, &address);
        (void) unlink(address.sun_path);
}
