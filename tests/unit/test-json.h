/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* JSON in and out of a reader and a writer, as texts. */

#include <errno.h>
#include <string.h>

#include "cleanup.h"
#include "json-read.h"
#include "test.h"

/* Parses @text, which must be JSON, and sends it to @read. */
static inline int read_text(const char *text, JsonReader read, void *slot, Error *e) {
        _cleanup_(json_freep) Json *value = NULL;

        assert_int_equal(json_parse(text, strlen(text), &value, NULL), 0);
        return read(value, slot, e);
}

/* What @write makes of @value, compact. */
#define written(write, value)                                \
        ({                                                   \
                char *_text = NULL;                          \
                size_t _size = 0;                            \
                FILE *_out = open_memstream(&_text, &_size); \
                JsonWriter _w = JSON_WRITER(_out, false);    \
                                                             \
                assert_non_null(_out);                       \
                write(&_w, (value));                         \
                assert_int_equal(fclose(_out), 0);           \
                _text;                                       \
        })

/* The innermost cause must hold @says, unless that is NULL. */
static inline void expect_cause(const Error *e, const char *says) {
        if (!says)
                return;
        assert_non_null(error_cause(e));
        if (!strstr(error_cause(e), says))
                assert_string_equal(error_cause(e), says);
}
