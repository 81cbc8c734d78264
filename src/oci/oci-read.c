/* SPDX-License-Identifier: Apache-2.0 */
#include "oci-read.h"

int oci_pairs_read(const Json *value, void *slot, Error *e) {
        _cleanup_(appc_pairs_done) AppcPairs pairs = APPC_PAIRS_NULL;
        AppcPairs *target = slot;
        size_t n_bytes = 0;
        int r = appc_user_map_read(value, &pairs, e);

        if (r < 0)
                return r;
        for (size_t i = 0; i < pairs.n; i++)
                n_bytes += strlen(pairs.items[i].name) + strlen(pairs.items[i].value);
        if (n_bytes > OCI_PAIRS_BYTES_MAX)
                return error_new(e, -ERANGE, "more than %zu bytes", OCI_PAIRS_BYTES_MAX);
        appc_pairs_done(target);
        *target = struct_take(&pairs);
        return 0;
}

typedef struct Keys {
        Strv list; /* NULL while they are counted */
        size_t n;
} Keys;

/* An empty object is behind each, says the specification; it means nothing. */
static int take_key(const char *key, const Json *value, void *userdata, Error *e) {
        Keys *keys = userdata;

        (void) value;
        if (keys->n >= OCI_KEYS_MAX)
                return error_new(e, -ERANGE, "more than %d entries", OCI_KEYS_MAX);
        if (keys->list) {
                keys->list[keys->n] = strdup(key);
                if (!keys->list[keys->n])
                        return -ENOMEM;
        }
        keys->n++;
        return 0;
}

static int compare_keys(const void *a, const void *b) {
        return strcmp(*(char *const *) a, *(char *const *) b);
}

int oci_keys_read(const Json *value, void *slot, Error *e) {
        _cleanup_(strv_freep) Strv list = NULL;
        Strv *target = slot;
        Keys keys = {};
        int r = value ? json_each_member(value, take_key, &keys, e) : 0;

        if (r < 0)
                return r;
        list = calloc(keys.n + 1, sizeof(char *));
        if (!list)
                return -ENOMEM;
        keys = (Keys){ .list = list };
        r = value ? json_each_member(value, take_key, &keys, e) : 0;
        if (r < 0)
                return r;
        qsort(list, keys.n, sizeof(char *), compare_keys);
        strv_free(*target);
        *target = ptr_take(&list);
        return 0;
}

int oci_strings_read(const Json *value, void *slot, Error *e) {
        if (json_array_length(value) > OCI_STRINGS_MAX)
                return error_new(e, -ERANGE, "more than %d entries", OCI_STRINGS_MAX);
        return json_read_strv(value, slot, e);
}
