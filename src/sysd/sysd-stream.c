/* SPDX-License-Identifier: Apache-2.0 */
#include "sysd-stream.h"

#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "files.h"

/* @name: of a socket in the runtime directory of a pod's journald, or of the host's without @names. */
static int connect_journald(const SysdNames *names, const char *name) {
        _cleanup_(fd_closep) int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        struct sockaddr_un address = { .sun_family = AF_UNIX };

        if (fd < 0)
                return -errno;
        (void) snprintf(address.sun_path, sizeof(address.sun_path), "/run/systemd/journal%s%s/%s",
                        names ? "." : "", names ? names->journal_namespace : "", name);
        if (connect(fd, (const struct sockaddr *) &address, sizeof(address)) < 0)
                return -errno;
        return fd_take(&fd);
}

int sysd_journal_sync(const SysdNames *names) {
        /* Varlink: a JSON object and a NUL. */
        static const char request[] =
                "{\"method\":\"io.systemd.Journal.Synchronize\",\"parameters\":{}}";
        _cleanup_(fd_closep) int fd = connect_journald(names, "io.systemd.journal");
        int r = fd < 0 ? fd : fd_write_all(fd, request, sizeof(request));

        return r < 0 ? r : fd_take(&fd);
}

void sysd_journal_catch_up(const SysdNames *names, int timeout_msec) {
        _cleanup_(fd_closep) int fd = sysd_journal_sync(names);
        struct pollfd answer = { .fd = fd, .events = POLLIN };

        if (fd >= 0)
                (void) poll(&answer, 1, timeout_msec);
}

char *sysd_stream_path(const SysdNames *names) {
        char *path = NULL;

        return asprintf(&path, "/run/systemd/journal.%s/stdout", names->journal_namespace) < 0
                       ? NULL
                       : path;
}

int sysd_stream_open(const SysdNames *names, const char *identifier, const char *unit, Error *e) {
        _cleanup_(fd_closep) int fd = connect_journald(names, "stdout");
        _cleanup_(freep) char *header = NULL;
        int r = 0;

        if (fd < 0)
                return error_wrap(e, fd, "cannot connect to the journal%s%s",
                                  names ? " of namespace " : "",
                                  names ? names->journal_namespace : "");
        /* Identifier, unit, priority (info), no level prefixes, nothing forwarded. */
        if (asprintf(&header, "%s\n%s\n6\n0\n0\n0\n0\n", identifier, unit) < 0) {
                header = NULL;
                return -ENOMEM;
        }
        r = fd_write_all(fd, header, strlen(header));
        if (r < 0)
                return error_wrap(e, r, "cannot write to the journal of '%s'", identifier);
        return fd_take(&fd);
}
