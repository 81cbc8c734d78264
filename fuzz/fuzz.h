/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What every harness needs. A harness calls the outermost parser of a format, and then holds the
 * result against what must be true of it: what it writes is read again and is the same. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"

/* The entry that libFuzzer and replay.c call. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* As assert(), whatever the build type. */
static inline void must(bool condition) {
        if (!condition)
                abort();
}

/* The input as a string, for parsers of those; NULL where it holds a NUL. */
static inline char *fuzz_text(const uint8_t *data, size_t size) {
        char *text = NULL;

        if (size > 0 && memchr(data, 0, size))
                return NULL;
        text = malloc(size + 1);
        must(text != NULL);
        if (size > 0)
                memcpy(text, data, size);
        text[size] = '\0';
        return text;
}
