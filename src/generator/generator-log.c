/* SPDX-License-Identifier: Apache-2.0 */
#include "generator-log.h"

#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include "text.h"

#define JOURNAL "/run/systemd/journal/socket"
#define PATIENCE_USEC (250 * 1000)

/* journald's native protocol, so that nothing need be linked for one line. Its queue may be full, but
 * if it never empties that has to be found out only once. */
static int to_journal(const char *text) {
        const struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = JOURNAL };
        const struct timeval patience = { .tv_usec = PATIENCE_USEC };
        _cleanup_(fd_closep) int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        _cleanup_(freep) char *entry = NULL;
        static bool is_stuck; /* for the whole run */

        if (fd < 0 || is_stuck ||
            setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience)) < 0)
                return -EAGAIN;
        if (asprintf(&entry, "PRIORITY=3\nSYSLOG_IDENTIFIER=rkt-generator\nMESSAGE=%s\n", text) <
            0) {
                entry = NULL;
                return -ENOMEM;
        }
        if (sendto(fd, entry, strlen(entry), MSG_NOSIGNAL, (const struct sockaddr *) &address,
                   sizeof(address)) >= 0)
                return 0;
        is_stuck = errno == EAGAIN;
        return -errno;
}

static void to_kernel(const char *text) {
        _cleanup_(fd_closep) int fd =
                open("/dev/kmsg", O_WRONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

        if (fd >= 0)
                (void) dprintf(fd, "<3>rkt-generator: %s\n", text);
}

void generator_log(bool to_stderr, const Error *e, int r) {
        _cleanup_(freep) char *text = error_format(e, r, false);

        if (!text)
                return;
        for (char *at = text; *at; at++)
                *at = *at == '\n' ? ' ' : *at;
        if (to_stderr)
                fprintf(stderr, "rkt-generator: %s\n", text);
        else if (to_journal(text) < 0)
                to_kernel(text);
}
