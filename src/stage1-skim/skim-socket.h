/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Sockets in a pod's directory. Their whole path may be longer than a socket's address, so they are
 * named by the directory's descriptor. */

#include "errors.h"

/**
 * skim_socket_listen() - make a socket that only its owner can connect to, and listen
 * @directory_fd: where; whatever has the name there already makes room
 * @type:         SOCK_STREAM or SOCK_SEQPACKET
 *
 * Returns: its descriptor, which does not block; a negative errno.
 */
int skim_socket_listen(int directory_fd, const char *name, int type, int backlog);

/* Connects to one, by AT_FDCWD in the working directory. Returns its descriptor; a negative errno. */
int skim_socket_connect(int directory_fd, const char *name, int type);
