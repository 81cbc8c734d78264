/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The networks there are: the administrator's, and those that are built in.
 * Source: inventory 6.3. */

#include "network-config.h"
#include "network-list.h"
#include "text.h"

typedef struct NetworkFile {
        char *file; /* its name without the directory: decides the order */
        NetworkConfig config;
} NetworkFile;

typedef struct NetworkFiles {
        NetworkFile *items; /* sorted by file name */
        size_t n;
} NetworkFiles;

/**
 * network_load() - read LOCAL-CONFIG/net.d and add what is built in
 * @ret_notes: what was passed over or replaced, for a person; NULL for nothing
 *
 * A network of the administrator replaces a built-in one of the same name.
 *
 * Returns: 0; what network_config_parse() returns, naming the file.
 */
int network_load(const char *local_config, NetworkFiles *ret, Strv *ret_notes, Error *e);

/* Keeps those that are wanted. Returns 0; -ENOENT "networks not found: A, B". */
int network_files_select(NetworkFiles *files, const NetworkList *wanted, Error *e);
void network_files_done(NetworkFiles *files);
