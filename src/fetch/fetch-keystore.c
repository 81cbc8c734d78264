/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch-keystore.h"

#include <fcntl.h>
#include <stdio.h>

#include "appc-name.h"
#include "fetch-memory.h"
#include "files.h"
#include "openat.h"
#include "process.h"

#define TRUSTED "trustedkeys"
#define ROOT TRUSTED "/root.d"
#define PREFIX TRUSTED "/prefix.d"
#define KEYS_MAX 1024

enum { SYSTEM, LOCAL, N_PLACES };

struct FetchKeystore {
        char *places[N_PLACES]; /* NULL where there is none */
};

/* What is known so far, in order; a key that was taken away has no bytes. */
typedef struct Entry {
        char *fingerprint;
        FetchKey *key;
} Entry;

typedef struct Collection {
        Entry items[KEYS_MAX];
        size_t n;
} Collection;

int fetch_keystore_new(const char *system, const char *local, FetchKeystore **ret) {
        _cleanup_(fetch_keystore_freep) FetchKeystore *keystore = calloc(1, sizeof(*keystore));
        const char *const places[N_PLACES] = { [SYSTEM] = system, [LOCAL] = local };

        if (!keystore)
                return -ENOMEM;
        for (size_t i = 0; i < N_PLACES; i++) {
                keystore->places[i] = places[i] ? strdup(places[i]) : NULL;
                if (places[i] && !keystore->places[i])
                        return -ENOMEM;
        }
        *ret = ptr_take(&keystore);
        return 0;
}

FetchKeystore *fetch_keystore_free(FetchKeystore *keystore) {
        if (keystore) {
                for (size_t i = 0; i < N_PLACES; i++)
                        free(keystore->places[i]);
                free(keystore);
        }
        return NULL;
}

void fetch_keyring_done(FetchKeyring *keyring) {
        strv_free(keyring->fingerprints);
        free(keyring->bytes);
        *keyring = FETCH_KEYRING_NULL;
}

static Collection *collection_free(Collection *collection) {
        for (size_t i = 0; collection && i < collection->n; i++) {
                free(collection->items[i].fingerprint);
                (void) fetch_key_free(collection->items[i].key);
        }
        free(collection);
        return NULL;
}

DEFINE_CLEANUP(Collection, collection_free);

static Entry *find_entry(Collection *collection, const char *fingerprint) {
        for (size_t i = 0; i < collection->n; i++)
                if (text_equal(collection->items[i].fingerprint, fingerprint))
                        return &collection->items[i];
        return NULL;
}

/* Takes @key, in every case; NULL takes away what is there. */
static int set_entry(Collection *collection, const char *fingerprint, FetchKey *key) {
        Entry *entry = find_entry(collection, fingerprint);

        if (!entry && collection->n < KEYS_MAX) {
                entry = &collection->items[collection->n];
                entry->fingerprint = strdup(fingerprint);
                if (entry->fingerprint)
                        collection->n++;
        }
        if (!entry || !entry->fingerprint) {
                (void) fetch_key_free(key);
                return entry ? -ENOMEM : -ERANGE;
        }
        (void) fetch_key_free(entry->key);
        entry->key = key;
        return 0;
}

static int
take_file(Collection *collection, int dir_fd, const char *dir, const char *name, Error *e) {
        _cleanup_(fetch_key_freep) FetchKey *key = NULL;
        _cleanup_(freep) char *bytes = NULL;
        size_t n = 0;
        int r = file_read_at(dir_fd, name, FETCH_ARMOR_SIZE_MAX, &bytes, &n);

        if (r >= 0 && n > 0)
                r = fetch_key_parse(bytes, n, &key, e);
        if (r >= 0)
                r = set_entry(collection, name, ptr_take(&key));
        return r < 0 ? error_wrap(e, r, "cannot use key \"%s/%s\"", dir, name) : 0;
}

/* @path below @place; missing is fine. */
static int take_dir(Collection *collection, const char *place, const char *path, Error *e) {
        _cleanup_(fd_closep) int top = open(place, O_PATH | O_DIRECTORY | O_CLOEXEC), fd = -EBADF;
        _cleanup_(strv_freep) Strv names = NULL;
        _cleanup_(freep) char *dir = NULL;
        int r = 0;

        if (top < 0)
                return errno == ENOENT || errno == ENOTDIR ? 0 : -errno;
        if (asprintf(&dir, "%s/%s", place, path) < 0) {
                dir = NULL;
                return -ENOMEM;
        }
        fd = open_beneath(top, path, O_RDONLY | O_DIRECTORY);
        if (fd == -ENOENT || fd == -ENOTDIR)
                return 0;
        r = fd < 0 ? fd : dir_list(fd, &names);
        if (r < 0)
                return error_wrap(e, r, "cannot read \"%s\"", dir);
        for (char **name = names; r >= 0 && name && *name; name++)
                if (fetch_fingerprint_is_valid(*name))
                        r = take_file(collection, fd, dir, *name, e);
        return r;
}

/* "a.b/c/d": what is below a.b, a.b/c and a.b/c/d. */
static int take_prefixes(Collection *collection, const char *place, const char *name, Error *e) {
        int r = 0;

        for (size_t n = strcspn(name, "/"); r >= 0;) {
                _cleanup_(freep) char *path = NULL;

                if (asprintf(&path, PREFIX "/%.*s", (int) n, name) < 0) {
                        path = NULL;
                        return -ENOMEM;
                }
                r = take_dir(collection, place, path, e);
                if (name[n] == '\0')
                        break;
                n += 1 + strcspn(name + n + 1, "/");
        }
        return r;
}

static int make_keyring(const Collection *collection, FetchKeyring *ret) {
        _cleanup_(fetch_keyring_done) FetchKeyring keyring = FETCH_KEYRING_NULL;
        int r = 0;

        for (size_t i = 0; i < collection->n && r >= 0; i++) {
                const Entry *entry = &collection->items[i];
                uint8_t *grown = NULL;

                if (!entry->key)
                        continue;
                grown = realloc(keyring.bytes, keyring.n + entry->key->n);
                if (!grown)
                        return -ENOMEM;
                keyring.bytes = grown;
                memcpy(grown + keyring.n, entry->key->bytes, entry->key->n);
                keyring.n += entry->key->n;
                r = strv_append(&keyring.fingerprints, entry->fingerprint);
        }
        if (r >= 0)
                *ret = struct_take(&keyring);
        return r;
}

int fetch_keystore_keys(const FetchKeystore *keystore,
                        const char *name,
                        FetchKeyring *ret,
                        Error *e) {
        _cleanup_(collection_freep) Collection *collection = calloc(1, sizeof(Collection));
        int r = collection ? appc_identifier_check(name, e) : -ENOMEM;

        for (size_t i = 0; r >= 0 && i < N_PLACES; i++)
                if (keystore->places[i])
                        r = take_dir(collection, keystore->places[i], ROOT, e);
        for (size_t i = 0; r >= 0 && i < N_PLACES; i++)
                if (keystore->places[i])
                        r = take_prefixes(collection, keystore->places[i], name, e);
        return r < 0 ? r : make_keyring(collection, ret);
}

int fetch_keystore_add(const FetchKeystore *keystore,
                       const char *prefix,
                       const FetchKey *key,
                       const char *fingerprint,
                       char **ret_path,
                       Error *e) {
        _cleanup_(freep) char *dir = NULL, *armored = fetch_armor_encode(key->bytes, key->n);
        _cleanup_(fd_closep) int top = -EBADF, fd = -EBADF;
        const char *place = keystore->places[LOCAL];
        int r = prefix ? appc_identifier_check(prefix, e) : 0;

        if (r >= 0 && (!place || !fetch_fingerprint_is_valid(fingerprint)))
                r = -EINVAL;
        if (r < 0)
                return r;
        if (!armored ||
            asprintf(&dir, "%s%s%s", prefix ? PREFIX : ROOT, prefix ? "/" : "", prefix ?: "") < 0) {
                dir = NULL;
                return -ENOMEM;
        }
        top = open(place, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (top < 0)
                return error_wrap(e, -errno, "cannot open \"%s\"", place);
        fd = mkdir_beneath(top, dir, 0755);
        r = fd < 0 ? fd
                   : file_write_at(fd, fingerprint, armored, strlen(armored), 0644,
                                   FILE_WRITE_SYNC);
        if (r < 0)
                return error_wrap(e, r, "cannot keep the key in \"%s/%s\"", place, dir);
        return asprintf(ret_path, "%s/%s/%s", place, dir, fingerprint) < 0
                       ? (*ret_path = NULL, -ENOMEM)
                       : 0;
}

static int hash(const char *helper, const uint8_t *bytes, size_t n, char **ret, Error *e) {
        char name[] = "rkt-fetch", mode[] = "fingerprint", *argv[] = { name, mode, NULL };
        _cleanup_(fd_closep) int in = fetch_memory_from(bytes, n), out = fetch_memory_new();
        size_t n_digits = 0;
        int r = in < 0 ? in : out < 0 ? out : 0;

        if (r >= 0)
                r = process_run(&(ProcessSpec){
                        .path = helper, .argv = argv, .fds = { in, out, 2 }, .n_fds = 3 });
        if (r < 0)
                return error_wrap(e, r, "cannot start \"%s\"", helper);
        if (r > 0)
                return error_new(e, -EIO, "\"%s\" failed", helper);
        r = fetch_memory_read(out, FETCH_KEY_FINGERPRINT, ret, &n_digits);
        return r < 0 ? r
               : fetch_fingerprint_is_valid(*ret)
                       ? 0
                       : error_new(e, -EPROTO, "\"%s\" told no hash", helper);
}

int fetch_key_fingerprints(const char *helper, const FetchKey *key, Strv *ret, Error *e) {
        _cleanup_(strv_freep) Strv list = NULL;
        int r = 0;

        for (size_t i = 0; i < key->n_parts && r >= 0; i++) {
                _cleanup_(freep) uint8_t *material = NULL;
                _cleanup_(freep) char *digits = NULL;
                size_t n = 0;

                material = fetch_key_material(key, i, &n);
                if (!material)
                        return -ENOMEM;
                r = hash(helper ?: FETCH_HELPER, material, n, &digits, e);
                if (r >= 0)
                        r = strv_push(&list, ptr_take(&digits));
        }
        if (r >= 0)
                *ret = ptr_take(&list);
        return r;
}
