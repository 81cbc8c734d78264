/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Which file of its root an app means by the first word of its command. */

#include "appc-pairs.h"

#define APP_DEFAULT_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

/**
 * app_exec_find() - look a program up in the app's root
 * @word:      absolute: taken as it is; with a slash: below the working directory; otherwise
 *             searched in the PATH of @environment, or in the working directory, /bin and /usr/bin
 *             where it has none
 * @directory: the app's working directory; NULL is "/"
 *
 * Returns: 0 and the path inside the root, allocated; -ENOENT; -EACCES when it is no executable
 *          file; -ELOOP.
 * Source: inventory 5.1.11.
 */
int app_exec_find(int root_fd,
                  const char *word,
                  const char *directory,
                  const AppcPairs *environment,
                  char **ret,
                  Error *e);
