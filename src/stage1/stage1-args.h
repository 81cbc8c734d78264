/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The arguments of stage1's "run" entrypoint, up to interface version 6.
 * Source: inventory 4.2. */

#include <stdbool.h>

#include "errors.h"
#include "uuid.h"

#define STAGE1_INTERFACE_VERSION 6

typedef struct Stage1Args {
        bool debug, interactive, is_mutable;
        bool any_capabilities, any_paths, any_calls; /* the --disable-... switches */
        const char *net;                             /* "default" unless said */
        const char *private_users, *mds_token, *local_config, *hostname,
                *ipc; /* NULL unless said */
        const char *dns_conf_mode;
        Uuid uuid;
} Stage1Args;

/* Texts are borrowed from @argv. Returns 0; -EINVAL, naming the argument. */
int stage1_args_parse(int argc, char **argv, Stage1Args *ret, Error *e);
