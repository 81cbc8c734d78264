/* SPDX-License-Identifier: Apache-2.0 */
#include "listen.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include "text.h"

#define LISTEN_FIRST 3
#define LISTEN_MAX 4096

/* Source: sd_listen_fds(3). Ours only if they were meant for this process. */
static unsigned count(void) {
        const char *pid = getenv("LISTEN_PID"), *fds = getenv("LISTEN_FDS");
        uint64_t said = 0, n = 0;

        if (!pid || !fds || text_parse_u64(pid, INT32_MAX, &said) < 0 ||
            said != (uint64_t) getpid() || text_parse_u64(fds, LISTEN_MAX, &n) < 0)
                return 0;
        return (unsigned) n;
}

static void set_flag(int flag) {
        for (unsigned n = count(), i = 0; i < n; i++)
                (void) fcntl(LISTEN_FIRST + (int) i, F_SETFD, flag);
}

void listen_keep(void) {
        set_flag(FD_CLOEXEC);
}

void listen_hand_over(void) {
        set_flag(0);
}
