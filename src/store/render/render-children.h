/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What lies in a directory, with what the kernel tells beside each name. */

#include <stddef.h>
#include <stdint.h>

typedef struct RenderChild {
        uint64_t ino;
        size_t name;  /* where it begins in the names */
        uint8_t type; /* DT_DIR and so on; DT_UNKNOWN on some file systems */
} RenderChild;

typedef struct RenderChildren {
        RenderChild *items; /* by name, as bytes */
        size_t n;
        char *names;
} RenderChildren;

/* @fd: of the directory, at its start, open for reading. Returns 0; -ENOMEM; an error of the file
 * system. */
int render_children_read(int fd, RenderChildren *ret);
void render_children_done(RenderChildren *children);
