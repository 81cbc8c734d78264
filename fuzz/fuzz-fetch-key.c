/* SPDX-License-Identifier: Apache-2.0 */

/* Public keys, armored or binary. What was taken of a key is a key, and the same one. */

#include "fetch-key.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        _cleanup_(fetch_key_freep) FetchKey *key = NULL, *again = NULL;

        if (fetch_key_parse((const char *) data, size, &key, NULL) < 0)
                return 0;
        must(key->n_parts >= 1 && key->n_parts <= FETCH_KEY_SUBKEYS_MAX + 1);
        for (size_t i = 0; i < key->n_parts; i++) {
                _cleanup_(freep) uint8_t *material = NULL;
                size_t n = 0;

                must(key->parts[i].offset + key->parts[i].n <= key->n);
                material = fetch_key_material(key, i, &n);
                must(material && n == key->parts[i].n + 3 && material[3] == 4);
        }
        must(fetch_key_parse((const char *) key->bytes, key->n, &again, NULL) == 0);
        must(again->n == key->n && memcmp(again->bytes, key->bytes, key->n) == 0);
        must(again->n_parts == key->n_parts);
        must(strv_length(again->identities) == strv_length(key->identities));
        return 0;
}
