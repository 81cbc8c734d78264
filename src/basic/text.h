/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Byte strings and lists of them. Knows no product word. */

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "cleanup.h"

/* NULL-terminated list of owned strings, or NULL for the empty list. */
typedef char **Strv;

Strv strv_free(Strv list);
DEFINE_CLEANUP(char *, strv_free);

static inline bool text_is_empty(const char *text) {
        return !text || text[0] == '\0';
}

/* "." or "..", which are in every directory. */
static inline bool text_is_dots(const char *name) {
        return name[0] == '.' && (!name[1] || (name[1] == '.' && !name[2]));
}

static inline bool text_equal(const char *a, const char *b) {
        return a == b || (a && b && strcmp(a, b) == 0);
}

/* The rest of @text after @prefix, or NULL. */
const char *text_after(const char *text, const char *prefix);
bool text_ends_with(const char *text, const char *suffix);

/* Exactly UTF-8: no surrogates, nothing overlong, nothing beyond U+10FFFF. NUL is a character. */
bool text_is_utf8(const char *text, size_t n);

/* Whether a terminal just shows all of it: see below. */
bool text_is_plain(const char *text, size_t n);

/* Writes @text so that a terminal shows it and obeys none of it: control characters and bytes that
 * are not UTF-8 come as \xNN, newline and tab stay. */
void text_write_escaped(FILE *out, const char *text);

/* The same, allocated; newline and tab are escaped too. NULL when out of memory. */
char *text_escape(const char *text);

/* Without leading and trailing white space: shortens in place and returns where it begins. */
char *text_trim(char *text);

/* Lower-case hexadecimal of @n bytes, allocated; NULL when out of memory. */
char *text_hex(const uint8_t *bytes, size_t n);

/* Strict decimal: digits only, no sign, no blanks. Returns 0, -EINVAL, -ERANGE. @ret only on 0. */
int text_parse_u64(const char *text, uint64_t max, uint64_t *ret);

/* As Go's ParseBool, which the command line's grammar follows: 1 t T TRUE true True and their
 * opposites. Returns 0 or 1; -EINVAL. */
int text_parse_bool(const char *text);

size_t strv_length(char *const *list);
bool strv_contains(char *const *list, const char *text);

/* Takes @text in every case; NULL counts as out of memory. Returns 0, -ENOMEM. */
int strv_push(Strv *list, char *text);
int strv_append(Strv *list, const char *text);

/* The same for a list that was made so from its beginning and may become long: its @n texts are not counted
 * each time. */
int strv_append_counted(Strv *list, size_t *n, const char *text);
int strv_appendf(Strv *list, const char *format, ...) __attribute__((format(printf, 2, 3)));
int strv_copy(char *const *list, Strv *ret);

/* Splits at each @separator; empty pieces are kept. "" gives one empty piece. */
int strv_split(const char *text, char separator, Strv *ret);
char *strv_join(char *const *list, const char *separator);

/* "/a//b/../c/" becomes "/a/c"; relative paths are taken from "/". Allocated; NULL when out of
 * memory. Words only: symlinks are met later, when the path is opened below some root. */
char *path_clean(const char *path);

/* Whether clean @path is @above or lies in it. Words only, too. */
bool path_is_within(const char *path, const char *above);
