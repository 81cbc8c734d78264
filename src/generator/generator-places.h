/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The files that are asked: as with units, the first directory that has a name decides. */

#include "errors.h"
#include "text.h"

/**
 * generator_find() - files of some directories
 * @directories: one that is not there is empty
 * @suffixes:    NULL-terminated; what ends otherwise is left alone
 * @ret:         paths, sorted by their names; of each name the one in the first directory
 *
 * Returns: 0; a negative errno, with the reason.
 */
int generator_find(char *const *directories, const char *const *suffixes, Strv *ret, Error *e);

/**
 * generator_read() - a regular file as bytes
 * @ret: allocated
 *
 * Returns: 1; 0 when it is empty or a link to /dev/null, which hides files of that name in later
 *          directories; a negative errno, with the reason.
 */
int generator_read(const char *path, char **ret, size_t *ret_n, Error *e);

/* Behind the last slash. */
const char *generator_name(const char *path);
