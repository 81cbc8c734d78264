/* SPDX-License-Identifier: Apache-2.0 */
#include "appc-pairs.h"

#include "appc-annotation.h"
#include "appc-platform.h"
#include "appc-read.h"
#include "text.h"

static void pair_done(void *item) {
        AppcPair *pair = item;

        free(pair->name);
        free(pair->value);
        *pair = (AppcPair){};
}

void appc_pairs_done(AppcPairs *pairs) {
        for (size_t i = 0; i < pairs->n; i++)
                pair_done(&pairs->items[i]);
        free(pairs->items);
        *pairs = APPC_PAIRS_NULL;
}

static AppcPair *find(const AppcPairs *pairs, const char *name) {
        for (size_t i = 0; i < pairs->n; i++)
                if (text_equal(pairs->items[i].name, name))
                        return &pairs->items[i];
        return NULL;
}

const char *appc_pairs_get(const AppcPairs *pairs, const char *name) {
        const AppcPair *pair = find(pairs, name);

        return pair ? pair->value : NULL;
}

static int append(AppcPairs *pairs, const char *name, const char *value) {
        AppcPair pair = { .name = strdup(name), .value = strdup(value) }, *grown = NULL;

        if (pair.name && pair.value)
                grown = reallocarray(pairs->items, pairs->n + 1, sizeof(AppcPair));
        if (!grown) {
                pair_done(&pair);
                return -ENOMEM;
        }
        grown[pairs->n++] = pair;
        pairs->items = grown;
        return 0;
}

bool appc_pairs_has_prefix(const AppcPairs *pairs, const char *prefix) {
        for (size_t i = 0; i < pairs->n; i++)
                if (text_after(pairs->items[i].name, prefix))
                        return true;
        return false;
}

int appc_pairs_set(AppcPairs *pairs, const char *name, const char *value) {
        AppcPair *pair = find(pairs, name);
        char *copy = NULL;

        if (!pair)
                return append(pairs, name, value);
        copy = strdup(value);
        if (!copy)
                return -ENOMEM;
        free(pair->value);
        pair->value = copy;
        return 0;
}

void appc_pairs_remove(AppcPairs *pairs, const char *name) {
        AppcPair *pair = find(pairs, name);
        size_t behind = 0;

        if (!pair)
                return;
        behind = (size_t) (pairs->items + pairs->n - pair) - 1;
        pair_done(pair);
        memmove(pair, pair + 1, behind * sizeof(AppcPair));
        pairs->n--;
}

int appc_pairs_copy(const AppcPairs *pairs, AppcPairs *ret) {
        _cleanup_(appc_pairs_done) AppcPairs copy = APPC_PAIRS_NULL;

        for (size_t i = 0; i < pairs->n; i++) {
                int r = append(&copy, pairs->items[i].name, pairs->items[i].value);
                if (r < 0)
                        return r;
        }
        *ret = struct_take(&copy);
        return 0;
}

static int compare_pairs(const void *a, const void *b) {
        return strcmp(((const AppcPair *) a)->name, ((const AppcPair *) b)->name);
}

void appc_pairs_sort(AppcPairs *pairs) {
        if (pairs->n > 1)
                qsort(pairs->items, pairs->n, sizeof(AppcPair), compare_pairs);
}

bool appc_environment_name_is_valid(const char *name) {
        static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_";
        static const char others[] = "0123456789.-";

        if (*name == '\0' || !strchr(letters, *name))
                return false;
        for (; *name; name++)
                if (!strchr(letters, *name) && !strchr(others, *name))
                        return false;
        return true;
}

static int environment_name_read(const Json *value, void *slot, Error *e) {
        _cleanup_(freep) char *name = NULL;
        char **target = slot;
        int r = json_read_string(value, &name, e);

        if (r < 0)
                return r;
        if (!appc_environment_name_is_valid(name))
                return error_new(e, -EINVAL,
                                 "environment variable does not have valid identifier \"%s\"",
                                 name);
        free(*target);
        *target = ptr_take(&name);
        return 0;
}

/* A missing value is an empty one, as in the original. */
static int pair_read(const Json *value, JsonReader read_name, AppcPair *ret, Error *e) {
        const JsonField fields[] = {
                { "name", read_name, offsetof(AppcPair, name), JSON_REQUIRED },
                { "value", json_read_string, offsetof(AppcPair, value), JSON_NULL_OK },
                {},
        };
        int r = json_read_object(value, fields, ret, e);

        if (r < 0)
                return r;
        if (!ret->value)
                ret->value = strdup("");
        return ret->value ? 0 : -ENOMEM;
}

static int identified_pair_read(const Json *value, void *slot, Error *e) {
        return pair_read(value, appc_identifier_read, slot, e);
}

static int variable_read(const Json *value, void *slot, Error *e) {
        return pair_read(value, environment_name_read, slot, e);
}

/* Reads a list of pairs whose names differ. @what stands in the error about a name found twice. */
static int
pairs_read(const Json *value, JsonReader read_pair, const char *what, AppcPairs *ret, Error *e) {
        const AppcListType type = { sizeof(AppcPair), APPC_PAIRS_MAX, read_pair, pair_done };
        const char *name = NULL;
        int r = appc_list_read(value, &type, &ret->items, &ret->n, e);

        if (r < 0)
                return r;
        r = appc_find_double(ret->items, ret->n, sizeof(AppcPair), &name);
        return r > 0 ? error_new(e, -EINVAL, "duplicate %s of name \"%s\"", what, name) : r;
}

static void hand_over(AppcPairs *pairs, void *slot) {
        AppcPairs *target = slot;

        appc_pairs_done(target);
        *target = struct_take(pairs);
}

int appc_labels_read(const Json *value, void *slot, Error *e) {
        _cleanup_(appc_pairs_done) AppcPairs labels = APPC_PAIRS_NULL;
        int r = pairs_read(value, identified_pair_read, "labels", &labels, e);

        if (r < 0)
                return r;
        if (find(&labels, "name"))
                return error_new(e, -EINVAL, "invalid label name: \"name\"");
        r = appc_platform_check(appc_pairs_get(&labels, "os"), appc_pairs_get(&labels, "arch"), e);
        if (r < 0)
                return r;
        hand_over(&labels, slot);
        return 0;
}

int appc_annotations_read(const Json *value, void *slot, Error *e) {
        _cleanup_(appc_pairs_done) AppcPairs annotations = APPC_PAIRS_NULL;
        int r = pairs_read(value, identified_pair_read, "annotations", &annotations, e);

        if (r < 0)
                return r;
        for (size_t i = 0; i < annotations.n; i++) {
                r = appc_annotation_check(annotations.items[i].name, annotations.items[i].value, e);
                if (r < 0)
                        return r;
        }
        hand_over(&annotations, slot);
        return 0;
}

int appc_environment_read(const Json *value, void *slot, Error *e) {
        _cleanup_(appc_pairs_done) AppcPairs environment = APPC_PAIRS_NULL;
        int r = pairs_read(value, variable_read, "environment variable", &environment, e);

        if (r < 0)
                return r;
        hand_over(&environment, slot);
        return 0;
}

static int read_member(const char *key, const Json *value, void *userdata, Error *e) {
        _cleanup_(freep) char *text = NULL;
        AppcPairs *pairs = userdata;
        int r = json_read_string(value, &text, e);

        if (r < 0)
                return error_prefix(e, r, "%s: ", key);
        if (pairs->n == APPC_PAIRS_MAX)
                return error_new(e, -ERANGE, "more than %d members", APPC_PAIRS_MAX);
        return append(pairs, key,
                      text); /* the JSON reader has seen to it that no key comes twice */
}

int appc_user_map_read(const Json *value, void *slot, Error *e) {
        _cleanup_(appc_pairs_done) AppcPairs map = APPC_PAIRS_NULL;

        if (value) {
                int r = json_each_member(value, read_member, &map, e);
                if (r < 0)
                        return r;
        }
        hand_over(&map, slot);
        return 0;
}

void appc_pairs_write(JsonWriter *w, const AppcPairs *pairs) {
        json_write_begin(w, '[');
        for (size_t i = 0; i < pairs->n; i++) {
                json_write_begin(w, '{');
                json_write_member_string(w, "name", pairs->items[i].name);
                json_write_member_string(w, "value", pairs->items[i].value);
                json_write_end(w, '}');
        }
        json_write_end(w, ']');
}

static int compare_pointers(const void *a, const void *b) {
        return compare_pairs(*(const AppcPair *const *) a, *(const AppcPair *const *) b);
}

void appc_user_map_write(JsonWriter *w, const AppcPairs *pairs) {
        _cleanup_(freep) const AppcPair **sorted = NULL;

        json_write_begin(w, '{');
        if (pairs->n > 0)
                sorted = calloc(pairs->n, sizeof(AppcPair *));
        for (size_t i = 0; sorted && i < pairs->n; i++)
                sorted[i] = &pairs->items[i];
        if (sorted)
                qsort(sorted, pairs->n, sizeof(AppcPair *), compare_pointers);
        /* Short of memory the order goes, but no member does. */
        for (size_t i = 0; i < pairs->n; i++) {
                const AppcPair *pair = sorted ? sorted[i] : &pairs->items[i];

                json_write_member_string(w, pair->name, pair->value);
        }
        json_write_end(w, '}');
}

void appc_user_maps_write(JsonWriter *w, const AppcPairs *annotations, const AppcPairs *labels) {
        if (annotations->n > 0) {
                json_write_key(w, "userAnnotations");
                appc_user_map_write(w, annotations);
        }
        if (labels->n > 0) {
                json_write_key(w, "userLabels");
                appc_user_map_write(w, labels);
        }
}
