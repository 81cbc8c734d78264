/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* /etc/resolv.conf and /etc/hosts of an app.
 * Source: inventory 4.2 "--dns-conf-mode", 5.2. */

#include <stddef.h>

#include "errors.h"

typedef struct FlyFile {
        const char *source; /* relative ones are below the pod's directory */
        const char *target;
} FlyFile;

#define FLY_FILES_MAX 2

/**
 * fly_files() - what is to be mounted over files of the app
 * @modes: "resolv=host|stage0|none|default,hosts=host|stage0|default"; NULL for the defaults
 *
 * Returns: 0; -EINVAL a mode nobody knows.
 */
int fly_files(const char *modes, FlyFile ret[static FLY_FILES_MAX], size_t *ret_n, Error *e);

/* Gives an image that has none its /etc/hosts. Never fails. */
void fly_files_default(int root_fd);
