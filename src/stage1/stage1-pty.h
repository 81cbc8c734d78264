/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Pseudo terminals. */

#define STAGE1_PTY_PATH_MAX 64

/**
 * stage1_pty_open() - make a pseudo terminal
 * @flags:    of open(2), for its master; O_RDWR, O_NOCTTY and O_CLOEXEC are added
 * @ret_path: where its other side is opened
 *
 * Returns: the master, owned by the caller; a negative errno.
 */
int stage1_pty_open(int flags, char ret_path[static STAGE1_PTY_PATH_MAX]);
