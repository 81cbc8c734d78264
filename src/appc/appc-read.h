/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* JsonReaders that several modules of this room share. Private to it. Pure. */

#include "json-read.h"

/* Each into a char *. */
int appc_name_read(const Json *value, void *slot, Error *e);       /* an AC Name */
int appc_identifier_read(const Json *value, void *slot, Error *e); /* an AC Identifier */
int appc_id_read(const Json *value, void *slot, Error *e);         /* "sha512-..." */

/* A semantic version that is not zero, in its normal form. */
int appc_version_read(const Json *value, void *slot, Error *e);

/* "ImageManifest" or "PodManifest", whichever is expected; null and missing are worded alike. */
int appc_kind_check(const Json *manifest, const char *expected, Error *e);

/* A JSON list of one type. */
typedef struct AppcListType {
        size_t item_size;
        size_t max;      /* items allowed */
        JsonReader read; /* into one zeroed item */
        void (*done)(void *item);
} AppcListType;

/**
 * appc_list_read() - read a list, or null for the empty one
 * @slot:  a T * for items of T, NULL before; gets an array, NULL when it is empty
 * @ret_n: its length
 *
 * Returns: 0; -EINVAL no list; -ERANGE too many; whatever a reader returns, and then nothing was
 *          changed.
 */
int appc_list_read(
        const Json *value, const AppcListType *type, void *slot, size_t *ret_n, Error *e);

/**
 * appc_find_double() - look for two items of the same name
 * @items:     structs that begin with their name (char *, not NULL)
 * @item_size: of one
 * @ret:       one of the names found twice; borrowed
 *
 * Returns: 1 found; 0 not found; -ENOMEM. Takes n log n steps: lists come from foreign documents.
 */
int appc_find_double(const void *items, size_t n, size_t item_size, const char **ret);

/* Copies a string or NULL. Returns 0; -ENOMEM. */
int appc_text_copy(const char *text, char **ret);
