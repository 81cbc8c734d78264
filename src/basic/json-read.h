/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The one door through which JSON comes in: limits first, then syntax, then a tree to read by
 * table. Strict I-JSON (RFC 7493): UTF-8, no key twice, nothing behind the document. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cleanup.h"
#include "errors.h"
#include "json-write.h"

/* A value of a parsed document. NULL is the JSON null. Borrowed from the document's root. */
typedef struct Json Json;

typedef enum JsonKind {
        JSON_NULL,
        JSON_BOOL,
        JSON_INTEGER,
        JSON_REAL,
        JSON_STRING,
        JSON_ARRAY,
        JSON_OBJECT,
} JsonKind;

#define JSON_SIZE_MAX ((size_t) 4 * 1024 * 1024)
#define JSON_DEPTH_MAX 32
#define JSON_VALUES_MAX ((size_t) 512 * 1024)
#define JSON_CONTAINERS_MAX ((size_t) 64 * 1024)

/**
 * json_parse() - parse one document
 * @text: not NUL-terminated; borrowed, the tree does not refer to it
 * @n:    bytes in @text, at most JSON_SIZE_MAX
 * @ret:  the root, released with json_free(). NULL for the document "null"
 *
 * Returns: 0; -EMSGSIZE too long; -EBADMSG anything else wrong with it; -ENOMEM.
 * Source: RFC 8259, RFC 7493.
 */
int json_parse(const char *text, size_t n, Json **ret, Error *e);
Json *json_free(Json *root);
DEFINE_CLEANUP(Json, json_free);

JsonKind json_kind(const Json *value);
const char *json_kind_name(JsonKind kind);
size_t json_array_length(const Json *array);
const Json *json_array_get(const Json *array, size_t i);

/* The member, or NULL when it is missing, null, or @object is no object. */
const Json *json_get(const Json *object, const char *key);

/* Calls @fn for each member, in the document's order, until one returns a negative errno. */
typedef int (*JsonMemberFn)(const char *key, const Json *value, void *userdata, Error *e);
int json_each_member(const Json *object, JsonMemberFn fn, void *userdata, Error *e);

/* Reads @value into @slot, whose type belongs to the reader; untouched on failure. */
typedef int (*JsonReader)(const Json *value, void *slot, Error *e);

typedef enum JsonFieldFlags {
        JSON_REQUIRED = 1 << 0, /* missing is an error */
        JSON_NULL_OK = 1 << 1,  /* null counts as missing; otherwise it goes to the reader */
} JsonFieldFlags;

typedef struct JsonField {
        const char *key;
        JsonReader read;
        size_t offset;
        unsigned flags;
} JsonField;

/**
 * json_read_object() - read an object's members by table
 * @fields: ends with an empty one; members that are not in it are ignored
 * @target: what the offsets count from. On failure some slots may be filled: the caller releases
 *
 * Returns: 0; -EINVAL wrong type or missing; whatever a reader returns. @e names the member.
 */
int json_read_object(const Json *value, const JsonField *fields, void *target, Error *e);

/* Readers. None converts: a string of digits is no number, 1.0 is no integer. */
int json_read_string(const Json *value, void *slot, Error *e); /* char *, without NUL in it */
int json_read_strv(const Json *value, void *slot, Error *e);   /* Strv; null reads as none */
int json_read_bool(const Json *value, void *slot, Error *e);   /* bool */
int json_read_i64(const Json *value, void *slot, Error *e);    /* int64_t */
int json_read_u64(const Json *value, void *slot, Error *e);    /* uint64_t */

/* Writes @value out again, members in their order. */
void json_write_value(JsonWriter *w, const Json *value);

/* The same, compact: allocated; NULL when out of memory. */
char *json_value_text(const Json *value);
