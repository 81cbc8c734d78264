/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* For harnesses of what is written as JSON. */

#include <stdio.h>

#include "fuzz.h"
#include "json-read.h"

/* What @write makes of @value. */
#define fuzz_written(write, value, is_pretty)                 \
        ({                                                    \
                char *_text = NULL;                           \
                size_t _size = 0;                             \
                FILE *_out = open_memstream(&_text, &_size);  \
                JsonWriter _w = JSON_WRITER(_out, is_pretty); \
                                                              \
                must(_out != NULL);                           \
                write(&_w, (value));                          \
                must(fclose(_out) == 0);                      \
                _text;                                        \
        })

/* Sends a text of our own, which must be JSON, to a reader that must take it. */
static inline void fuzz_read(const char *text, JsonReader read, void *slot) {
        _cleanup_(json_freep) Json *value = NULL;

        must(json_parse(text, strlen(text), &value, NULL) >= 0);
        must(read(value, slot, NULL) >= 0);
}
