/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Files in memory: where small things are fetched to, and handed to other programs in. */

#include <stddef.h>

/* Returns a descriptor; a negative errno. */
int fetch_memory_new(void);

/* One that holds @bytes. */
int fetch_memory_from(const void *bytes, size_t n);

/* All of it, wherever its position is, with a NUL behind. Returns 0; -EFBIG more than @max; a negative
 * errno. */
int fetch_memory_read(int fd, size_t max, char **ret, size_t *ret_n);
