/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What this program gives up before it reads a byte of an image. */

#include <stdbool.h>

#include "errors.h"

typedef enum RenderAccess {
        RENDER_ACCESS_NONE,  /* only open descriptors */
        RENDER_ACCESS_READ,  /* a tree, to be read */
        RENDER_ACCESS_WRITE, /* a tree, to be made */
} RenderAccess;

/**
 * render_confine() - leave everything but the tree and the open descriptors
 * @tree_fd: a directory, closed; becomes all there is of the file system. -EBADF for none
 * @ret_tree_fd: the same directory, seen from inside
 *
 * As root: own mount, network, IPC and UTS namespaces; the root is an empty tmpfs with the tree bound
 * into it (nosuid, nodev, noexec; read-only if only read); capabilities only as the access needs. In
 * every case: no new privileges, resource limits, a system call filter that kills.
 *
 * Capabilities for making a tree are CHOWN, FOWNER, FSETID and SETFCAP, to give files what the image
 * says, and DAC_OVERRIDE, to work in directories that are not root's, which reaches nothing here but
 * the tree. Marking directories opaque would take SYS_ADMIN: whoever started this does that.
 *
 * Returns: 0; a negative errno, with which the program must end.
 */
int render_confine(RenderAccess access, int tree_fd, int *ret_tree_fd, Error *e);
