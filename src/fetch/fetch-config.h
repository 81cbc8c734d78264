/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the configuration says about servers, read from its directories: the system's, the local one, the
 * user's; a later one overrides. Source: inventory 3.1. */

#include "fetch-auth.h"

#define FETCH_CONFIG_SIZE_MAX ((size_t) 1024 * 1024) /* of a file */

typedef struct FetchConfig {
        FetchAuths auths, docker_auths;
        FetchRegistryRules rules;
} FetchConfig;

void fetch_config_done(FetchConfig *config);

/**
 * fetch_config_read() - read "auth.d" of some directories
 * @directories: earlier ones are overridden by later ones; those that are missing say nothing
 *
 * Returns: 0; -EINVAL, -EEXIST, -EBADMSG with the file's name; another negative errno.
 */
int fetch_config_read(char *const *directories, FetchConfig *ret, Error *e);

/* A kind of documents that a directory may hold. */
typedef struct FetchConfigKind {
        const char *name;
        int (*read)(const Json *document, void *target, Error *e);
} FetchConfigKind;

/**
 * fetch_config_directory() - read all files of one directory, in the order of their names
 * @path: of the directory; missing is fine
 * @kinds: ends with an empty one
 * @target: for their readers
 *
 * Only regular files whose names end in ".json" count; symlinks and all else are passed over.
 */
int fetch_config_directory(const char *path, const FetchConfigKind *kinds, void *target, Error *e);
