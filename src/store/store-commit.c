/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "appc-image.h"
#include "store-blob.h"
#include "store-fault.h"
#include "store-image.h"
#include "store-import-base.h"
#include "store-make.h"
#include "store-sweep.h"

/* All that becomes rows. */
typedef struct Commit {
        const char *id;
        StoreImageKind kind;
        const OciDigest *config, *manifest; /* NULL where there is none */
        uint64_t size;
        const AppcImage *image;
        StoreImageLayers layers;
        StoreCommitFlags flags;
} Commit;

static const char *digest_text(const OciDigest *digest) {
        return digest ? digest->text : NULL;
}

/* What was verified once stays so: the id is a digest of the same bytes. */
static int put_image(const Store *store, const Commit *commit, int64_t now, Error *e) {
        return store_sql_run(
                store->sql, e,
                "INSERT INTO image(id, kind, size, imported, used, verified, config, manifest)"
                " VALUES(?1, ?2, ?3, ?4, ?4, ?5, ?6, ?7) ON CONFLICT(id) DO UPDATE SET"
                " size = excluded.size, used = excluded.used,"
                " verified = max(verified, excluded.verified),"
                " manifest = coalesce(excluded.manifest, manifest)",
                "siiiiss", commit->id, (int64_t) commit->kind, (int64_t) commit->size, now,
                (int64_t) ((commit->flags & STORE_COMMIT_VERIFIED) != 0),
                digest_text(commit->config), digest_text(commit->manifest));
}

static int put_name(const Store *store, const Commit *commit, int64_t now, Error *e) {
        _cleanup_(freep) char *text = appc_image_format(commit->image);
        const char *version = appc_pairs_get(&commit->image->labels, "version");

        if (!text)
                return -ENOMEM;
        return store_sql_run(
                store->sql, e,
                "INSERT OR REPLACE INTO name(image, name, version, latest, imported, text)"
                " VALUES(?, ?, ?, ?, ?, ?)",
                "sssiis", commit->id, commit->image->name, version ? version : "",
                (int64_t) ((commit->flags & STORE_COMMIT_LATEST) != 0), now, text);
}

static int put_layers(const Store *store, const Commit *commit, Error *e) {
        int r = store_sql_run(store->sql, e, "DELETE FROM layer WHERE image = ?", "s", commit->id);

        for (size_t i = 0; r >= 0 && i < commit->layers.n; i++) {
                const StoreLayer *layer = &commit->layers.items[i];

                r = store_sql_run(store->sql, e,
                                  "INSERT INTO layer(image, position, key, diff, blob)"
                                  " VALUES(?, ?, ?, ?, ?)",
                                  "sisss", commit->id, (int64_t) i, layer->key,
                                  oci_digest_is_set(&layer->diff) ? layer->diff.text : NULL,
                                  layer->blob.text);
        }
        return r;
}

static int
put_document(const Store *store, const Commit *commit, const OciDigest *digest, Error *e) {
        if (!digest)
                return 0;
        return store_sql_run(store->sql, e,
                             "INSERT OR IGNORE INTO document(image, blob) VALUES(?, ?)", "ss",
                             commit->id, digest->text);
}

static int put_all(StoreImport *import, const Commit *commit, Error *e) {
        _cleanup_(store_sql_rollback) StoreTransaction transaction = {};
        _cleanup_(store_sweep_done) StoreSweep replaced = {};
        const Store *store = import->store;
        int64_t now = store_now();
        int r = store_sql_begin(store->sql, true, &transaction, e);

        if (r >= 0)
                r = store_sweep_collect(store, commit->id, &replaced, e);
        STORE_FAULT_POINT();
        if (r >= 0)
                r = put_image(store, commit, now, e);
        if (r >= 0)
                r = put_name(store, commit, now, e);
        if (r >= 0)
                r = put_layers(store, commit, e);
        if (r >= 0)
                r = put_document(store, commit, commit->config, e);
        if (r >= 0)
                r = put_document(store, commit, commit->manifest, e);
        STORE_FAULT_POINT();
        if (r >= 0)
                r = store_sql_commit(&transaction, e);
        STORE_FAULT_POINT();
        if (r >= 0) { /* only what the image had before, packed in another way */
                strv_free(import->new_blobs);
                import->new_blobs = ptr_take(&replaced.blobs);
                import->new_trees = strv_free(import->new_trees);
                store_sql_checkpoint(store->sql);
        }
        return r;
}

static int commit_all(StoreImport *import, Commit *commit, char **ret_id, Error *e) {
        char *id = strdup(commit->id);
        int r = id ? 0 : -ENOMEM;

        commit->layers.id = id;
        if (r >= 0 && import->trees)
                r = store_make_trees(import->store, &commit->layers, e);
        if (r >= 0)
                r = put_all(import, commit, e);
        if (r < 0)
                return r;
        *ret_id = strdup(id);
        return *ret_id ? 0 : -ENOMEM;
}

static void commit_done(Commit *commit) {
        store_image_layers_done(&commit->layers);
}

int store_commit_aci(StoreImport *import,
                     const StoreIngested *aci,
                     StoreCommitFlags flags,
                     char **ret_id,
                     Error *e) {
        _cleanup_(appc_image_freep) AppcImage *image = NULL;
        _cleanup_(commit_done) Commit commit = {
                .id = aci->id, .kind = STORE_IMAGE_ACI, .size = aci->size, .flags = flags
        };
        int r = appc_image_parse(aci->manifest, aci->n_manifest, &image, e);

        if (r < 0)
                return error_wrap(e, r, "bad image manifest");
        commit.image = image;
        commit.layers.items = calloc(1, sizeof(*commit.layers.items));
        if (!commit.layers.items)
                return -ENOMEM;
        commit.layers.n = 1;
        commit.layers.items[0].key = strdup(aci->id);
        commit.layers.items[0].blob = aci->blob;
        return commit.layers.items[0].key ? commit_all(import, &commit, ret_id, e) : -ENOMEM;
}

static int
plan_layers(const StoreOciImage *image, const OciConfig *config, Commit *commit, Error *e) {
        int r = oci_config_check_layers(config, image->n_layers, e);

        if (r < 0)
                return r;
        if (image->n_layers == 0)
                return error_new(e, -EOPNOTSUPP, "the image has no layers");
        commit->layers.items = calloc(image->n_layers, sizeof(*commit->layers.items));
        if (!commit->layers.items)
                return -ENOMEM;
        for (size_t i = 0; i < image->n_layers; i++) {
                StoreLayer *layer = &commit->layers.items[commit->layers.n++];

                layer->diff = config->diff_ids[i];
                layer->blob = image->layers[i].blob;
                layer->key = store_layer_key(&layer->diff);
                if (!layer->key)
                        return -ENOMEM;
        }
        return 0;
}

static int
put_blob(StoreImport *import, const StoreDocument *document, const OciDigest *digest, Error *e) {
        int r = 0;

        if (!store_blob_have(import->store, digest))
                r = strv_append(&import->new_blobs, digest->text);
        return r < 0 ? r : store_blob_put(&import->stage, digest, document->bytes, document->n, e);
}

/* Blobs are in place; the sizes of those that were there before are in the index. */
static int sum_sizes(const Store *store, const StoreOciImage *image, uint64_t *ret, Error *e) {
        *ret = image->config->n + (image->manifest ? image->manifest->n : 0);
        for (size_t i = 0; i < image->n_layers; i++) {
                _cleanup_(store_rows_freep) StoreRows *rows = NULL;
                int r = store_sql_query(store->sql, &rows, e,
                                        "SELECT size FROM blob WHERE digest = ?", "s",
                                        image->layers[i].blob.text);

                if (r >= 0)
                        r = store_rows_next(rows, e);
                if (r < 0)
                        return r;
                *ret += r > 0 ? (uint64_t) store_rows_int(rows, 0) : 0;
        }
        return 0;
}

int store_commit_oci(StoreImport *import,
                     const StoreOciImage *image,
                     StoreCommitFlags flags,
                     char **ret_id,
                     Error *e) {
        _cleanup_(appc_image_freep) AppcImage *translated = NULL;
        _cleanup_(oci_config_freep) OciConfig *config = NULL;
        _cleanup_(commit_done) Commit commit = { .kind = STORE_IMAGE_OCI, .flags = flags };
        _cleanup_(freep) char *id = NULL;
        OciOrigin origin = image->origin;
        int r = oci_config_parse(image->config->bytes, image->config->n, &config, e);

        if (r >= 0)
                r = plan_layers(image, config, &commit, e);
        origin.config = &image->config->sha256;
        origin.manifest = image->manifest ? &image->manifest->sha256 : NULL;
        if (r >= 0)
                r = oci_translate(config, &origin, &translated, e);
        if (r < 0)
                return error_wrap(e, r, "bad image config");
        if (asprintf(&id, APPC_ID_PREFIX "%.*s", APPC_KEY_HEX,
                     oci_digest_hex(&image->config->sha512)) < 0) {
                id = NULL;
                return -ENOMEM;
        }
        commit.id = id;
        commit.image = translated;
        commit.config = origin.config;
        commit.manifest = origin.manifest;
        r = put_blob(import, image->config, origin.config, e);
        if (r >= 0 && image->manifest)
                r = put_blob(import, image->manifest, origin.manifest, e);
        if (r >= 0)
                r = sum_sizes(import->store, image, &commit.size, e);
        return r < 0 ? r : commit_all(import, &commit, ret_id, e);
}
