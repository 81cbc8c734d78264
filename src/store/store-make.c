/* SPDX-License-Identifier: Apache-2.0 */
#include "store-make.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "appc-image.h"
#include "files.h"
#include "oci-manifest.h"
#include "openat.h"
#include "store-below.h"
#include "store-blob.h"
#include "store-tree.h"

#define MANIFEST_MAX JSON_SIZE_MAX

void store_image_layers_done(StoreImageLayers *layers) {
        for (size_t i = 0; i < layers->n; i++)
                free(layers->items[i].key);
        free(layers->items);
        free(layers->id);
        *layers = (StoreImageLayers){};
}

static int read_layer(StoreRows *rows, StoreLayer *ret, Error *e) {
        const char *diff = store_rows_text(rows, 1);
        int r = 0;

        ret->key = strdup(store_rows_text(rows, 0));
        if (!ret->key)
                return -ENOMEM;
        if (diff)
                r = oci_digest_parse(diff, &ret->diff, e);
        return r < 0 ? r : oci_digest_parse(store_rows_text(rows, 2), &ret->blob, e);
}

int store_image_layers_read(const Store *store, const char *id, StoreImageLayers *ret, Error *e) {
        _cleanup_(store_image_layers_done) StoreImageLayers layers = {};
        _cleanup_(store_rows_freep) StoreRows *rows = NULL;
        StoreLayer *items = NULL;
        int r = store_sql_recall(
                store->sql, &rows, e,
                "SELECT key, diff, blob FROM layer WHERE image = ? ORDER BY position", "s", id);

        layers.id = strdup(id);
        if (!layers.id)
                return -ENOMEM;
        while (r >= 0 && (r = store_rows_next(rows, e)) > 0) {
                if (layers.n == OCI_LAYERS_MAX)
                        return error_new(e, -EUCLEAN, "the index holds too many layers");
                items = reallocarray(layers.items, layers.n + 1, sizeof(*items));
                if (!items)
                        return -ENOMEM;
                layers.items = items;
                layers.items[layers.n] = (StoreLayer){};
                r = read_layer(rows, &layers.items[layers.n++], e);
        }
        if (r < 0)
                return r;
        *ret = struct_take(&layers);
        return 0;
}

char *store_layer_key(const OciDigest *diff) {
        char *key = NULL;

        if (asprintf(&key, "%s-%s", oci_algorithm_name(diff->algorithm), oci_digest_hex(diff)) < 0)
                return NULL;
        return key;
}

int store_note_partial(const Store *store, const OciDigest *diff, Error *e) {
        int r = store_sql_run(store->sql, e, "INSERT OR IGNORE INTO partial(diff) VALUES(?)", "s",
                              diff->text);

        return r < 0 ? r : 0;
}

int store_is_partial(const Store *store, const OciDigest *diff, Error *e) {
        _cleanup_(store_rows_freep) StoreRows *rows = NULL;
        int r = store_sql_recall(store->sql, &rows, e, "SELECT 1 FROM partial WHERE diff = ?", "s",
                                 diff->text);

        return r < 0 ? r : store_rows_next(rows, e);
}

bool store_report_is_aci(const StoreReport *report, const char *id) {
        const OciDigest *found = &report->unpacked.sha512;

        return oci_digest_is_set(found) &&
               strncmp(oci_digest_hex(found), id + strlen(APPC_ID_PREFIX), APPC_KEY_HEX) == 0;
}

int store_digest(const Store *store,
                 int fd,
                 int copy_fd,
                 OciAlgorithm algorithm,
                 StoreStream *ret,
                 Error *e) {
        _cleanup_(store_report_done) StoreReport report = STORE_REPORT_NULL;
        StoreRenderJob job = STORE_RENDER_JOB_NULL;
        int r = 0;

        job.in_fd = fd;
        job.delivered = store_want(algorithm);
        job.delivered_fd = copy_fd;
        r = store_render_run(store, &job, &report, e);
        if (r >= 0 && !oci_digest_is_set(store_stream_digest(&report.delivered, algorithm)))
                r = error_new(e, -EPROTO, "the helper tells no digest");
        if (r >= 0)
                *ret = report.delivered;
        return r;
}

int store_digest_text(const Store *store,
                      const char *text,
                      size_t n,
                      OciAlgorithm algorithm,
                      OciDigest *ret,
                      Error *e) {
        _cleanup_(fd_closep) int fd = store_memory_from("text", text, n);
        StoreStream stream = {};
        int r = fd < 0 ? fd : store_digest(store, fd, -EBADF, algorithm, &stream, e);

        if (r >= 0)
                *ret = *store_stream_digest(&stream, algorithm);
        return r;
}

int store_workbench_open(StoreStage *stage, StoreWorkbench *ret, Error *e) {
        _cleanup_(store_workbench_done) StoreWorkbench bench = STORE_WORKBENCH_NULL;
        _cleanup_(fd_closep) int fd = -EBADF;
        const struct {
                const char *name;
                int *slot;
        } files[] = {
                { "seal", &bench.seal_fd },
                { "scratch", &bench.scratch_fd },
                { "needs", &bench.needs_fd },
        };

        bench.stage = stage;
        bench.name = random_hex(8);
        if (!bench.name)
                return -ENOMEM;
        fd = mkdir_beneath(stage->fd, bench.name, 0700);
        bench.root_fd = fd < 0 ? fd : mkdir_beneath(fd, "rootfs", 0755);
        if (bench.root_fd < 0)
                return error_new(e, bench.root_fd, "cannot make a directory for a new tree: %s",
                                 strerror(-bench.root_fd));
        for (size_t i = 0; i < N_ELEMENTS(files); i++) {
                *files[i].slot = openat(fd, files[i].name,
                                        O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0400);
                if (*files[i].slot < 0)
                        return error_new(e, -errno, "cannot make a file for a new tree: %s",
                                         strerror(errno));
                if (files[i].slot != &bench.seal_fd)
                        (void) unlinkat(fd, files[i].name, 0);
        }
        *ret = bench;
        bench = STORE_WORKBENCH_NULL;
        return 0;
}

void store_workbench_done(StoreWorkbench *bench) {
        if (bench->name)
                (void) tree_remove_at(bench->stage->fd, bench->name); /* if it was not published */
        fd_drop(&bench->root_fd);
        fd_drop(&bench->seal_fd);
        fd_drop(&bench->scratch_fd);
        fd_drop(&bench->needs_fd);
        free(bench->name);
        *bench = STORE_WORKBENCH_NULL;
}

void store_workbench_equip(const StoreWorkbench *bench, StoreRenderJob *job) {
        job->tree_fd = bench->root_fd;
        job->seal_fd = bench->seal_fd;
        job->scratch_fd = bench->scratch_fd;
}

/* What the blob unpacks to must be what the image says: the blob may have been damaged since. */
static int
check_content(const char *id, const StoreLayer *layer, const StoreReport *report, Error *e) {
        if (oci_digest_is_set(&layer->diff)) {
                const OciDigest *found =
                        store_stream_digest(&report->unpacked, layer->diff.algorithm);

                if (oci_digest_equal(found, &layer->diff))
                        return 0;
        } else if (store_report_is_aci(report, id))
                return 0;
        return error_new(e, -EUCLEAN, "blob %s is damaged", layer->blob.text);
}

static int unpack(const Store *store,
                  const char *id,
                  const StoreLayer *layer,
                  const StoreWorkbench *bench,
                  StoreRenderJob *job,
                  StoreReport *ret,
                  Error *e) {
        _cleanup_(fd_closep) int blob_fd = store_blob_open(store, &layer->blob, e);
        _cleanup_(fd_closep) int manifest_fd = store_memory_new("manifest", MANIFEST_MAX);
        int r = 0;

        if (blob_fd < 0 || manifest_fd < 0)
                return blob_fd < 0 ? blob_fd : manifest_fd;
        store_workbench_equip(bench, job);
        job->in_fd = blob_fd;
        job->manifest_fd = manifest_fd;
        job->format = oci_digest_is_set(&layer->diff) ? STORE_RENDER_LAYER : STORE_RENDER_ACI;
        job->unpacked = job->format == STORE_RENDER_ACI ? STORE_WANT_SHA512
                                                        : store_want(layer->diff.algorithm);
        r = store_render_run(store, job, ret, e);
        return r < 0 ? r : check_content(id, layer, ret, e);
}

static int read_needs(int fd, char **ret, size_t *ret_n, Error *e) {
        int r = lseek(fd, 0, SEEK_SET) < 0 ? -errno : fd_read_all(fd, STORE_NEEDS_MAX, ret, ret_n);

        return r < 0 ? error_new(e, r, "cannot read what a layer needs") : 0;
}

/* Tries without the layers below. Returns 1 with @ret_needs if it takes them; 0 made; a negative
 * errno. */
static int make_alone(StoreStage *stage,
                      const char *id,
                      const StoreLayer *layer,
                      char **ret_needs,
                      size_t *ret_n,
                      Error *e) {
        _cleanup_(store_workbench_done) StoreWorkbench bench = STORE_WORKBENCH_NULL;
        _cleanup_(store_report_done) StoreReport report = STORE_REPORT_NULL;
        StoreRenderJob job = STORE_RENDER_JOB_NULL;
        int r = store_workbench_open(stage, &bench, e);

        if (r < 0)
                return r;
        job.needs_fd = bench.needs_fd;
        r = unpack(stage->store, id, layer, &bench, &job, &report, e);
        if (r < 0)
                return r;
        if (oci_digest_is_set(&layer->diff) && store_report_is_partial(&report)) {
                r = store_note_partial(stage->store, &layer->diff, e);
                if (r >= 0)
                        r = read_needs(bench.needs_fd, ret_needs, ret_n, e);
                return r < 0 ? r : 1;
        }
        return store_tree_publish(stage, bench.name, layer->key, e);
}

static int make_chained(StoreStage *stage,
                        const char *id,
                        const StoreLayer *layer,
                        char *const *below,
                        const char *needs,
                        size_t n_needs,
                        Error *e) {
        _cleanup_(store_workbench_done) StoreWorkbench bench = STORE_WORKBENCH_NULL;
        _cleanup_(store_report_done) StoreReport report = STORE_REPORT_NULL;
        StoreRenderJob job = STORE_RENDER_JOB_NULL;
        int r = store_workbench_open(stage, &bench, e);

        if (r >= 0 && below && n_needs > 0)
                r = store_below_copy(stage->store, below, needs, n_needs, bench.root_fd, e);
        if (r < 0)
                return r;
        job.below = true;
        r = unpack(stage->store, id, layer, &bench, &job, &report, e);
        return r < 0 ? r : store_tree_publish(stage, bench.name, layer->key, e);
}

/* Image-spec 1.1, config.md, "Layer ChainID". */
static int chain_key(const Store *store, StoreImageLayers *layers, size_t n, char **ret, Error *e) {
        const OciDigest *chain = NULL;

        layers->items[0].chain = layers->items[0].diff;
        for (size_t i = 1; i <= n; i++) {
                StoreLayer *layer = &layers->items[i];
                _cleanup_(freep) char *text = NULL;
                int length = 0, r = 0;

                if (oci_digest_is_set(&layer->chain))
                        continue;
                length =
                        asprintf(&text, "%s %s", layers->items[i - 1].chain.text, layer->diff.text);
                if (length < 0) {
                        text = NULL;
                        return -ENOMEM;
                }
                r = store_digest_text(store, text, (size_t) length, OCI_SHA256, &layer->chain, e);
                if (r < 0)
                        return r;
        }
        chain = &layers->items[n].chain;
        if (asprintf(ret, "chain-%s-%s", oci_algorithm_name(chain->algorithm),
                     oci_digest_hex(chain)) < 0)
                return -ENOMEM;
        return 0;
}

/* The trees below layer @n, topmost first; borrowed strings. NULL when out of memory. */
static char **keys_below(const StoreImageLayers *layers, size_t n) {
        char **keys = calloc(n + 1, sizeof(*keys));

        for (size_t i = 0; keys && i < n; i++)
                keys[i] = layers->items[n - 1 - i].key;
        return keys;
}

static int set_key(const Store *store, StoreImageLayers *layers, size_t n, char *key, Error *e) {
        int r = 0;

        free(layers->items[n].key);
        layers->items[n].key = key;
        r = store_sql_run(store->sql, e,
                          "UPDATE layer SET key = ? WHERE image = ? AND position = ?", "ssi", key,
                          layers->id, (int64_t) n);
        return r < 0 ? r : 0;
}

/* The tree's lock is held. Returns 1 it must be made; 0 it is there; a negative errno. */
static int is_missing(StoreStage *stage, const char *key, Error *e) {
        int r = store_tree_state(stage->store, key, e);

        if (r != STORE_TREE_UNSURE)
                return r < 0 ? r : r != STORE_TREE_GOOD;
        r = store_tree_settle(stage, key, e);
        return r == -EUCLEAN ? 1 : r;
}

/* A layer that is known to need those below it may have been made on just these: for the same image, or
 * for another one that begins with the same layers. Returns 1 it is there; 0; a negative errno. */
static int is_chained(const Store *store, StoreImageLayers *layers, size_t n, Error *e) {
        const OciDigest *diff = &layers->items[n].diff;
        _cleanup_(freep) char *key = NULL;
        int r = oci_digest_is_set(diff) ? store_is_partial(store, diff, e) : 0;

        if (r > 0)
                r = chain_key(store, layers, n, &key, e);
        if (r < 0 || !key)
                return r;
        r = store_tree_state(store, key, e);
        if (r != STORE_TREE_GOOD)
                return r < 0 ? r : 0;
        r = set_key(store, layers, n, ptr_take(&key), e);
        return r < 0 ? r : 1;
}

static int make_tree(StoreStage *stage, StoreImageLayers *layers, size_t n, Error *e) {
        const Store *store = stage->store;
        StoreLayer *layer = &layers->items[n];
        _cleanup_(fd_closep) int lock = store_lock_tree(store, layer->key, true);
        _cleanup_(freep) char *needs = NULL;
        _cleanup_(freep) char **below = keys_below(layers, n);
        size_t n_needs = 0;
        char *key = NULL;
        int r = 0;

        if (lock < 0 || !below)
                return lock < 0 ? error_new(e, lock, "cannot lock tree %s", layer->key) : -ENOMEM;
        r = is_missing(stage, layer->key, e);
        if (r > 0)
                r = make_alone(stage, layers->id, layer, &needs, &n_needs, e);
        if (r <= 0)
                return r;

        fd_drop(&lock); /* nobody waits for one while he holds another */
        r = chain_key(store, layers, n, &key, e);
        if (r >= 0)
                r = set_key(store, layers, n, key, e);
        if (r < 0)
                return r;
        lock = store_lock_tree(store, layer->key, true);
        if (lock < 0)
                return error_new(e, lock, "cannot lock tree %s", layer->key);
        r = is_missing(stage, layer->key, e);
        if (r > 0)
                r = make_chained(stage, layers->id, layer, n > 0 ? below : NULL, needs, n_needs, e);
        return r;
}

int store_make_trees(const Store *store, StoreImageLayers *layers, Error *e) {
        _cleanup_(store_stage_done) StoreStage stage = STORE_STAGE_NULL;

        if (store->tree_fd < 0)
                return error_new(e, -EACCES, "only root can use the trees of \"%s\"", store->path);
        for (size_t i = 0; i < layers->n; i++) {
                StoreLayer *layer = &layers->items[i];
                int r = store_tree_state(store, layer->key, e);

                if (r >= 0 && r != STORE_TREE_GOOD) {
                        r = is_chained(store, layers, i, e);
                        if (r > 0)
                                continue;
                        if (r >= 0 && stage.fd < 0)
                                r = store_stage_open(store, &stage, e);
                        if (r >= 0)
                                r = make_tree(&stage, layers, i, e);
                }
                if (r < 0)
                        return error_wrap(e, r, "cannot make the tree of layer %zu of %s", i,
                                          layers->id);
        }
        return 0;
}
