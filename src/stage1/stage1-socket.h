/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Sockets in a pod's directory. Their whole path may be longer than a socket's address, so they are
 * named by the directory's descriptor. */

#include "errors.h"

/**
 * stage1_socket_listen() - make a socket that only its owner can connect to, and listen
 * @directory_fd: where; whatever has the name there already makes room
 * @type:         SOCK_STREAM, SOCK_SEQPACKET or SOCK_DGRAM
 *
 * Returns: its descriptor, which does not block; a negative errno.
 */
int stage1_socket_listen(int directory_fd, const char *name, int type, int backlog);

/* Connects to one, by AT_FDCWD in the working directory. Returns its descriptor; -ENOTSOCK, and -ELOOP or the like
 * for a link, which is not followed; a negative errno. */
int stage1_socket_connect(int directory_fd, const char *name, int type);
