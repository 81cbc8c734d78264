/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* /etc/resolv.conf and /etc/hosts of an app.
 * Source: inventory 4.2 "--dns-conf-mode", 5.2. */

#include <stddef.h>

#include "errors.h"
#include "pod.h"

typedef struct Stage1File {
        const char *source; /* relative ones are below the pod's directory */
        const char *target;
} Stage1File;

#define STAGE1_FILES_MAX 2

/**
 * stage1_files() - what is to be mounted over files of the app
 * @modes: "resolv=host|stage0|none|default,hosts=host|stage0|default"; NULL for the defaults
 * @pod:   whose network may know name servers; NULL for none
 *
 * Returns: 0; -EINVAL a mode nobody knows.
 */
int stage1_files(const char *modes,
                 const Pod *pod,
                 Stage1File ret[static STAGE1_FILES_MAX],
                 size_t *ret_n,
                 Error *e);

/* Gives an image that has none its /etc/hosts, with this text. Never fails. */
void stage1_files_default(int root_fd, const char *text);
