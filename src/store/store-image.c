/* SPDX-License-Identifier: Apache-2.0 */
#include "store-image.h"

#include <string.h>

#include "store-base.h"
#include "store-sweep.h"
#include "store-used.h"
#include "text.h"

#define KEY_DIGITS_MIN 2
#define CACHE_KIB "2000" /* sqlite's own choice */
#define LIST_CACHE_KIB "200"
#define JUST_NOW_NSEC INT64_C(1000000000)

void store_image_done(StoreImage *image) {
        free(image->id);
        free(image->name);
        free(image->version);
        free(image->config);
        free(image->manifest);
        *image = STORE_IMAGE_NULL;
}

void store_images_done(StoreImages *images) {
        text_pool_done(&images->texts);
        free(images->items);
        *images = (StoreImages){};
}

/* Expects rows of ids. */
static int take_only(StoreRows *rows, const char *prefix, char **ret, Error *e) {
        _cleanup_(freep) char *id = NULL;
        int r = store_rows_next(rows, e);

        if (r <= 0)
                return r < 0 ? r : error_new(e, -ENOENT, "no image IDs found");
        id = strdup(store_rows_text(rows, 0));
        if (!id)
                return -ENOMEM;
        r = store_rows_next(rows, e);
        if (r > 0)
                r = error_new(e, -ENOTUNIQ, "ambiguous image ID: \"%s\"", prefix);
        if (r >= 0)
                *ret = ptr_take(&id);
        return r;
}

static bool is_hex(const char *text) {
        return text[strspn(text, "0123456789abcdef")] == '\0';
}

/* What begins with @from sorts at or behind it and before the same followed by '~'. */
static int find_key(Store *store, const char *prefix, char **ret, Error *e) {
        _cleanup_(store_rows_freep) StoreRows *rows = NULL;
        _cleanup_(freep) char *from = strndup(prefix, APPC_KEY_LENGTH), *to = NULL;
        int r = 0;

        if (!from || asprintf(&to, "%s~", from) < 0) {
                to = NULL;
                return -ENOMEM;
        }
        r = store_sql_recall(store->sql, &rows, e,
                             "SELECT id FROM image WHERE id >= ? AND id < ? LIMIT 2", "ss", from,
                             to);
        return r < 0 ? r : take_only(rows, from, ret, e);
}

static int find_digest(Store *store, const char *hex, const char *prefix, char **ret, Error *e) {
        _cleanup_(store_rows_freep) StoreRows *rows = NULL;
        _cleanup_(freep) char *from = NULL, *to = NULL;
        int r = 0;

        if (asprintf(&from, "sha256:%s", hex) < 0) {
                from = NULL;
                return -ENOMEM;
        }
        if (asprintf(&to, "%s~", from) < 0) {
                to = NULL;
                return -ENOMEM;
        }
        r = store_sql_recall(store->sql, &rows, e,
                             "SELECT id FROM image WHERE config >= ?1 AND config < ?2"
                             " UNION SELECT id FROM image WHERE manifest >= ?1 AND manifest < ?2"
                             " LIMIT 2",
                             "ss", from, to);
        return r < 0 ? r : take_only(rows, prefix, ret, e);
}

int store_image_find(Store *store, const char *prefix, char **ret_id, Error *e) {
        const char *hex = text_after(prefix, APPC_ID_PREFIX), *oci = text_after(prefix, "sha256:");

        if (!oci)
                oci = text_after(prefix, "sha256-");
        if (!hex && !oci)
                return error_new(e, -EINVAL, "wrong key prefix: \"%s\"", prefix);
        if (strlen(hex ? hex : oci) < KEY_DIGITS_MIN)
                return error_new(e, -EINVAL, "image ID too short");
        if (!is_hex(hex ? hex : oci))
                return error_new(e, -ENOENT, "no image IDs found");
        return hex ? find_key(store, prefix, ret_id, e)
                   : find_digest(store, oci, prefix, ret_id, e);
}

static bool labels_match(const AppcImage *image, const AppcPairs *wanted) {
        for (size_t i = 0; i < wanted->n; i++)
                if (!text_equal(appc_pairs_get(&image->labels, wanted->items[i].name),
                                wanted->items[i].value))
                        return false;
        return true;
}

/* Go's %q of such words is the word in quotes. */
static int not_found(const AppcReference *reference, Error *e) {
        _cleanup_(freep) char *labels = NULL;
        size_t n = 0;
        FILE *out = open_memstream(&labels, &n);

        if (!out)
                return -ENOMEM;
        for (size_t i = 0; i < reference->labels.n; i++)
                fprintf(out, "%s\"%s\":\"%s\"", i > 0 ? ", " : "", reference->labels.items[i].name,
                        reference->labels.items[i].value);
        if (fclose(out) != 0)
                return -ENOMEM;
        return error_new(
                e, -ENOENT,
                "cannot find aci satisfying name: \"%s\" and labels: [%s] in the local store",
                reference->name, labels);
}

/* Appends the ids of images that match, up to @max. */
static int find_matches(Store *store,
                        const AppcReference *reference,
                        bool verified,
                        size_t max,
                        Strv *ids,
                        Error *e) {
        _cleanup_(store_rows_freep) StoreRows *rows = NULL;
        bool versioned = appc_pairs_get(&reference->labels, "version");
        int r = store_sql_recall(store->sql, &rows, e,
                                 "SELECT image, text FROM name JOIN image ON image.id = name.image"
                                 " WHERE name = ?1 AND (verified OR NOT ?3)"
                                 " ORDER BY (latest AND ?2) DESC, name.imported DESC,"
                                 " name.rowid DESC",
                                 "sii", reference->name, (int64_t) !versioned, (int64_t) verified);

        while (r >= 0 && strv_length(*ids) < max && (r = store_rows_next(rows, e)) > 0) {
                _cleanup_(appc_image_freep) AppcImage *image = NULL;
                const char *id = store_rows_text(rows, 0), *text = store_rows_text(rows, 1);

                r = appc_image_parse(text, strlen(text), &image, e);
                if (r < 0)
                        return error_wrap(e, -EUCLEAN, "the index holds a bad manifest");
                if (labels_match(image, &reference->labels) && !strv_contains(*ids, id))
                        r = strv_append(ids, id);
        }
        return r < 0 ? r : 0;
}

int store_image_find_name(
        Store *store, const AppcReference *reference, bool verified, char **ret_id, Error *e) {
        _cleanup_(strv_freep) Strv ids = NULL;
        int r = find_matches(store, reference, verified, 1, &ids, e);

        if (r < 0)
                return r;
        if (!ids)
                return not_found(reference, e);
        *ret_id = strdup(ids[0]);
        return *ret_id ? 0 : -ENOMEM;
}

int store_image_find_names(Store *store, const AppcReference *reference, Strv *ret_ids, Error *e) {
        _cleanup_(strv_freep) Strv ids = NULL;
        int r = find_matches(store, reference, false, SIZE_MAX, &ids, e);

        if (r >= 0)
                *ret_ids = ptr_take(&ids);
        return r;
}

int store_image_is_verified(Store *store, const char *id, Error *e) {
        _cleanup_(store_rows_freep) StoreRows *rows = NULL;
        int r = store_sql_recall(store->sql, &rows, e,
                                 "SELECT 1 FROM image WHERE id = ? AND verified", "s", id);

        return r < 0 ? r : store_rows_next(rows, e);
}

/* CROSS keeps the order of the loops. "key IN (SELECT ...)" would make a table in memory each time. */
#define TREE_SIZE                                                               \
        "(SELECT sum(bytes) FROM layer CROSS JOIN tree ON tree.key = layer.key" \
        "  WHERE layer.image = image.id)"

static int copy_text(StoreRows *rows, int column, char **ret) {
        const char *text = store_rows_text(rows, column);

        *ret = text ? strdup(text) : NULL;
        return text && !*ret ? -ENOMEM : 0;
}

static int read_row(StoreRows *rows, StoreImage *ret) {
        const struct {
                int column;
                char **slot;
        } texts[] = {
                { 0, &ret->id },     { 2, &ret->name },      { 3, &ret->version },
                { 9, &ret->config }, { 10, &ret->manifest },
        };

        ret->kind = (StoreImageKind) store_rows_int(rows, 1);
        ret->latest = store_rows_int(rows, 4);
        ret->verified = store_rows_int(rows, 5);
        ret->size = (uint64_t) store_rows_int(rows, 6);
        ret->imported = store_rows_int(rows, 7);
        ret->used = store_rows_int(rows, 8);
        ret->number = store_rows_int(rows, 11);
        ret->tree_size = (uint64_t) store_rows_int(rows, 12);
        for (size_t i = 0; i < N_ELEMENTS(texts); i++)
                if (copy_text(rows, texts[i].column, texts[i].slot) < 0)
                        return -ENOMEM;
        return 0;
}

static bool is_later(int64_t imported, int64_t number, int64_t than, int64_t its_number) {
        return imported != than ? imported > than : number > its_number;
}

/* An image may have several names. They are few, and to sort even one row sqlite makes a table. */
int store_image_get(Store *store, const char *id, StoreImage *ret, Error *e) {
        _cleanup_(store_image_done) StoreImage image = STORE_IMAGE_NULL;
        _cleanup_(store_rows_freep) StoreRows *rows = NULL;
        int r = store_sql_query(store->sql, &rows, e,
                                "SELECT image.id, kind, name.name, name.version, name.latest,"
                                " verified, image.size, name.imported, used, config, manifest,"
                                " name.rowid, " TREE_SIZE
                                " FROM image JOIN name ON name.image = image.id WHERE image.id = ?",
                                "s", id);

        while (r >= 0 && (r = store_rows_next(rows, e)) > 0) {
                _cleanup_(store_image_done) StoreImage row = STORE_IMAGE_NULL;

                r = read_row(rows, &row);
                if (r >= 0 && (!image.id ||
                               is_later(row.imported, row.number, image.imported, image.number))) {
                        store_image_done(&image);
                        image = struct_take(&row);
                }
        }
        if (r < 0)
                return r;
        if (!image.id)
                return error_new(e, -ENOENT, "no image IDs found");
        image.used = store_used_get(store, image.id, image.used);
        *ret = struct_take(&image);
        return 0;
}

int store_image_manifest(Store *store,
                         const char *id,
                         const char *name,
                         AppcImage **ret,
                         char **ret_text,
                         Error *e) {
        _cleanup_(appc_image_freep) AppcImage *image = NULL;
        _cleanup_(store_rows_freep) StoreRows *rows = NULL;
        _cleanup_(freep) char *text = NULL;
        int64_t imported = 0, number = 0; /* of @text */
        int r = store_sql_recall(store->sql, &rows, e,
                                 "SELECT text, imported, rowid FROM name"
                                 " WHERE image = ?1 AND coalesce(name = ?2, 1)",
                                 "ss", id, name);

        while (r >= 0 && (r = store_rows_next(rows, e)) > 0) {
                int64_t its_time = store_rows_int(rows, 1), its_number = store_rows_int(rows, 2);

                if (text && !is_later(its_time, its_number, imported, number))
                        continue;
                imported = its_time;
                number = its_number;
                freep(&text);
                r = copy_text(rows, 0, &text);
        }
        if (r < 0)
                return r;
        if (!text)
                return error_new(e, -ENOENT, "no image IDs found");
        r = appc_image_parse(text, strlen(text), &image, e);
        if (r < 0)
                return error_wrap(e, r == -ENOMEM ? r : -EUCLEAN, "the index holds a bad manifest");
        *ret = ptr_take(&image);
        if (ret_text)
                *ret_text = ptr_take(&text);
        return 0;
}

static StoreListed *grow(StoreImages *images) {
        StoreListed *grown = NULL;

        if ((images->n & (images->n - 1)) != 0)
                return images->items;
        grown = reallocarray(images->items, images->n ? images->n * 2 : 1, sizeof(*grown));
        if (grown)
                images->items = grown;
        return grown;
}

static const char *text_or_none(StoreRows *rows, int column) {
        return store_rows_text(rows, column) ?: "";
}

static int
add_listed(StoreRows *rows, const StoreUses *uses, size_t id_length, StoreImages *images) {
        const char *id = text_or_none(rows, 0), *name = text_or_none(rows, 1);
        const char *version = text_or_none(rows, 2);
        size_t n_id = strnlen(id, id_length);
        char *text = text_pool_room(&images->texts,
                                    n_id + strlen(name) + strlen(version) + sizeof("\0:"));
        StoreListed listed = {
                .id = text,
                .size = (uint64_t) store_rows_int(rows, 3) + (uint64_t) store_rows_int(rows, 7),
                .imported = store_rows_int(rows, 4),
                .used = store_uses_get(uses, id, store_rows_int(rows, 5)),
                .number = store_rows_int(rows, 6),
        };

        if (!text || !grow(images))
                return -ENOMEM;
        text = mempcpy(text, id, n_id);
        *text++ = '\0';
        listed.name = text;
        text = stpcpy(text, name);
        if (*version)
                (void) stpcpy(stpcpy(text, ":"), version);
        images->items[images->n++] = listed;
        return 0;
}

int store_compare_imports(const void *a_pointer, const void *b_pointer) {
        const StoreListed *a = a_pointer, *b = b_pointer;

        return is_later(a->imported, a->number, b->imported, b->number) -
               is_later(b->imported, b->number, a->imported, a->number);
}

/* For many images: the index named holds all that is asked for, while the table's own rows are long, with
 * the manifests in them; sqlite would copy each row to sort it; and as the tables are read in their own
 * order, hardly a page twice, it need not keep many. */
int store_image_list(Store *store, size_t id_length, StoreImages *ret, Error *e) {
        _cleanup_(store_images_done) StoreImages images = {};
        _cleanup_(store_uses_done) StoreUses uses = {};
        _cleanup_(store_rows_freep) StoreRows *rows = NULL;
        int r = store_uses_read(store, &uses);

        if (r >= 0)
                r = store_sql_script(store->sql, "PRAGMA cache_size=-" LIST_CACHE_KIB, e);
        if (r >= 0)
                r = store_sql_query(
                        store->sql, &rows, e,
                        "SELECT image.id, name.name, name.version, image.size, name.imported, used,"
                        " name.rowid, " TREE_SIZE
                        " FROM name INDEXED BY name_list CROSS JOIN image ON name.image = image.id",
                        "");

        while (r >= 0 && (r = store_rows_next(rows, e)) > 0)
                r = add_listed(rows, &uses, id_length, &images);
        if (r >= 0)
                r = store_sql_script(store->sql, "PRAGMA cache_size=-" CACHE_KIB, e);
        if (r < 0)
                return r;
        if (images.n > 0)
                qsort(images.items, images.n, sizeof(*images.items), store_compare_imports);
        *ret = struct_take(&images);
        return 0;
}

/* What came a moment ago says so itself, and needs no file: there may be many. */
static int came_just_now(Store *store, const char *id, Error *e) {
        _cleanup_(store_rows_freep) StoreRows *rows = NULL;
        int r = store_sql_recall(store->sql, &rows, e, "SELECT used FROM image WHERE id = ?", "s",
                                 id);

        if (r >= 0)
                r = store_rows_next(rows, e);
        return r <= 0 ? r : store_now() - store_rows_int(rows, 0) < JUST_NOW_NSEC;
}

int store_image_touch(Store *store, const char *id, Error *e) {
        int r = store->read_only ? 0 : store_used_touch(store, id);

        if (r == -ENOENT) {
                r = came_just_now(store, id, e);
                if (r != 0)
                        return r < 0 ? r : 0;
                r = store_used_make(store, id);
        }
        return r < 0 ? error_new(e, r, "cannot touch \"%s/used/%s\": %s", store->path, id,
                                 strerror(-r))
                     : 0;
}

int store_image_remove(Store *store, const char *id, Error *e) {
        _cleanup_(store_sql_rollback) StoreTransaction transaction = {};
        _cleanup_(store_sweep_done) StoreSweep sweep = {};
        int r = store_sql_begin(store->sql, true, &transaction, e);

        if (r >= 0)
                r = store_sweep_collect(store, id, &sweep, e);
        if (r >= 0)
                r = store_sql_run(store->sql, e, "DELETE FROM image WHERE id = ?", "s", id);
        if (r == 0)
                return error_new(e, -ENOENT, "no image IDs found");
        if (r > 0)
                r = store_sql_commit(&transaction, e);
        if (r < 0)
                return r;
        store_used_forget(store, id);
        return store_sweep_blobs(store, &sweep, e);
}
