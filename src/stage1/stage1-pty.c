/* SPDX-License-Identifier: Apache-2.0 */
#include "stage1-pty.h"

#include <fcntl.h>

#include "cleanup.h"

int stage1_pty_open(int flags, char ret_path[static STAGE1_PTY_PATH_MAX]) {
        _cleanup_(fd_closep) int fd = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | flags);

        if (fd < 0 || grantpt(fd) < 0 || unlockpt(fd) < 0 ||
            ptsname_r(fd, ret_path, STAGE1_PTY_PATH_MAX) != 0)
                return -errno;
        return fd_take(&fd);
}
