/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Writes JSON as Go's encoding/json does, byte for byte, since scripts compare our output with the
 * original's: '<', '>' and '&' escaped, members in the order they are written. */

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

typedef struct JsonWriter {
        FILE *out;   /* borrowed; its error state is the writer's */
        bool pretty; /* one TAB a level; otherwise no blanks at all */
        unsigned depth;
        bool need_comma; /* something stands before, on this level */
        bool after_key;
} JsonWriter;

#define JSON_WRITER(file, is_pretty) ((JsonWriter){ .out = (file), .pretty = (is_pretty) })

/* A document that becomes a text in memory. It stays where it is between begin and end. */
typedef struct JsonText {
        JsonWriter w;
        char *text;
        size_t n;
} JsonText;

/* Returns 0; -ENOMEM, and then there is nothing to end. */
int json_text_begin(JsonText *document);

/* The text, allocated; NULL when out of memory. */
char *json_text_end(JsonText *document);

void json_write_begin(JsonWriter *w, char bracket); /* '{' or '[' */
void json_write_end(JsonWriter *w, char bracket);   /* '}' or ']' */
void json_write_key(JsonWriter *w, const char *key);

void json_write_string(JsonWriter *w, const char *text); /* NULL writes null */
void json_write_i64(JsonWriter *w, int64_t number);
void json_write_u64(JsonWriter *w, uint64_t number);
void json_write_raw(JsonWriter *w, const char *text); /* already JSON */
void json_write_bool(JsonWriter *w, bool value);
void json_write_null(JsonWriter *w);
void json_write_strv(JsonWriter *w, char *const *list);

/* Key and value in one. */
void json_write_member_string(JsonWriter *w, const char *key, const char *text);
void json_write_member_i64(JsonWriter *w, const char *key, int64_t number);
void json_write_member_u64(JsonWriter *w, const char *key, uint64_t number);
void json_write_member_bool(JsonWriter *w, const char *key, bool value);
