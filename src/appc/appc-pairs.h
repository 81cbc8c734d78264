/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Ordered name-value lists: labels, annotations, environment, and the user's maps. Pure. */

#include <stdbool.h>
#include <stddef.h>

#include "json-read.h"

/* Pairs that one list or map of a document may hold. */
#define APPC_PAIRS_MAX 4096

typedef struct AppcPair {
        char *name;
        char *value; /* never NULL */
} AppcPair;

typedef struct AppcPairs {
        AppcPair *items;
        size_t n;
} AppcPairs;

#define APPC_PAIRS_NULL ((AppcPairs){})

/* The value, or NULL. Borrowed. */
const char *appc_pairs_get(const AppcPairs *pairs, const char *name);

/* Whether any name begins so. */
bool appc_pairs_has_prefix(const AppcPairs *pairs, const char *prefix);

/* Replaces the value in place, or appends. Returns 0; -ENOMEM. */
int appc_pairs_set(AppcPairs *pairs, const char *name, const char *value);
void appc_pairs_remove(AppcPairs *pairs, const char *name);
int appc_pairs_copy(const AppcPairs *pairs, AppcPairs *ret);
void appc_pairs_done(AppcPairs *pairs);

/* Sorts by name, bytewise. */
void appc_pairs_sort(AppcPairs *pairs);

/* JsonReaders into an AppcPairs: a list of {"name","value"}, names unique, checked as each kind
 * demands; and an object whose values are strings. null reads as none. */
int appc_labels_read(const Json *value, void *slot, Error *e);      /* os and arch must agree */
int appc_annotations_read(const Json *value, void *slot, Error *e); /* the known ones are checked */
int appc_environment_read(const Json *value, void *slot, Error *e);
int appc_user_map_read(const Json *value, void *slot, Error *e);

/* [A-Za-z_][A-Za-z_0-9.-]* */
bool appc_environment_name_is_valid(const char *name);

void appc_pairs_write(JsonWriter *w, const AppcPairs *pairs);    /* as a list */
void appc_user_map_write(JsonWriter *w, const AppcPairs *pairs); /* as an object, sorted by key */

/* The members "userAnnotations" and "userLabels" of the object being written, as far as any are. */
void appc_user_maps_write(JsonWriter *w, const AppcPairs *annotations, const AppcPairs *labels);
