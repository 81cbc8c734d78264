/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch-oci.h"

#include <string.h>

#include "appc-platform.h"
#include "oci-document.h"
#include "oci-save.h"

#define CONTAINERD_NAME "io.containerd.image.name"
#define AT_ONCE 2 /* layers: each has a helper with threads of its own */

/* A layer on its way. */
typedef struct Layer {
        char *path; /* in the container */
        OciDigest blob;
        uint64_t size; /* 0: unknown */
        int fd;
        StoreIngest *ingest; /* NULL: not begun, or done */
        StoreOciLayer done;
} Layer;

typedef struct Layers {
        Layer *items;
        size_t n;
} Layers;

static void layers_done(Layers *layers) {
        for (size_t i = 0; i < layers->n; i++) {
                store_ingest_free(layers->items[i].ingest);
                fd_drop(&layers->items[i].fd);
                free(layers->items[i].path);
        }
        free(layers->items);
}

static int layers_new(size_t n, Layers *ret) {
        ret->items = calloc(n + 1, sizeof(Layer));
        if (!ret->items)
                return -ENOMEM;
        for (ret->n = 0; ret->n < n; ret->n++)
                ret->items[ret->n].fd = -EBADF;
        return 0;
}

static int begin_layer(StoreImport *import,
                       const FetchContainer *container,
                       Layer *layer,
                       const OciDigest *diff,
                       Error *e) {
        StoreIngestSpec spec = { .blob = layer->blob, .diff = *diff, .size = layer->size };
        int r = store_import_have_layer(import, &layer->blob, diff, &layer->done.blob, e);

        if (r != 0)
                return r;
        r = fetch_container_open(container, layer->path, &spec.input, &layer->fd, e);
        if (r >= 0 && container->directory_fd < 0 && spec.input.bytes == 0)
                return error_new(e, -EBADMSG, "\"%s\" is empty", layer->path);
        return r < 0 ? r : store_ingest_start(import, &spec, &layer->ingest, e);
}

static int end_layer(Layer *layer, Error *e) {
        _cleanup_(store_ingested_done) StoreIngested found = STORE_INGESTED_NULL;
        int r = 0;

        if (!layer->ingest)
                return 0;
        r = store_ingest_finish(ptr_take(&layer->ingest), &found, e);
        fd_drop(&layer->fd);
        if (r < 0)
                return error_wrap(e, r, "\"%s\"", layer->path);
        layer->done.blob = found.blob;
        return 0;
}

static int bring_layers(StoreImport *import,
                        const FetchContainer *container,
                        const OciConfig *config,
                        Layers *layers,
                        Error *e) {
        int r = oci_config_check_layers(config, layers->n, e);

        for (size_t i = 0; r >= 0 && i < layers->n + AT_ONCE; i++) {
                if (i < layers->n)
                        r = begin_layer(import, container, &layers->items[i], &config->diff_ids[i],
                                        e);
                if (r >= 0 && i + 1 >= AT_ONCE && i + 1 - AT_ONCE < layers->n)
                        r = end_layer(&layers->items[i + 1 - AT_ONCE], e);
        }
        return r;
}

/* Brings in what @layers names, and commits. */
static int commit(StoreImport *import,
                  const FetchContainer *container,
                  const StoreDocument *manifest,
                  const StoreDocument *config_document,
                  Layers *layers,
                  const OciOrigin *origin,
                  char **ret_id,
                  Error *e) {
        _cleanup_(oci_config_freep) OciConfig *config = NULL;
        _cleanup_(freep) StoreOciLayer *done = calloc(layers->n + 1, sizeof(StoreOciLayer));
        StoreOciImage image = {
                .manifest = manifest,
                .config = config_document,
                .layers = done,
                .n_layers = layers->n,
                .origin = *origin,
        };
        int r = done ? oci_config_parse(config_document->bytes, config_document->n, &config, e)
                     : -ENOMEM;

        if (r < 0)
                return error_wrap(e, r, "bad image config");
        r = bring_layers(import, container, config, layers, e);
        if (r < 0)
                return r;
        for (size_t i = 0; i < layers->n; i++)
                done[i] = layers->items[i].done;
        return store_commit_oci(import, &image, 0, ret_id, e);
}

/* A document of the layout, of the size and digest that are promised. */
static int read_blob(StoreImport *import,
                     const FetchContainer *container,
                     const OciDescriptor *descriptor,
                     StoreDocument *ret,
                     Error *e) {
        _cleanup_(freep) char *path = oci_digest_path(&descriptor->digest);
        _cleanup_(store_document_done) StoreDocument document = STORE_DOCUMENT_NULL;
        int r = path ? fetch_container_read(container, import, path, &descriptor->digest,
                                            OCI_DOCUMENT_SIZE_MAX, &document, e)
                     : -ENOMEM;

        if (r < 0)
                return r;
        if (document.n != (uint64_t) descriptor->size)
                return error_new(e, -EBADMSG, "\"%s\" has %zu bytes, not %lld", path, document.n,
                                 (long long) descriptor->size);
        *ret = struct_take(&document);
        return 0;
}

/* Follows indexes to this machine's manifest. */
static int find_manifest(StoreImport *import,
                         const FetchContainer *container,
                         const OciDescriptor *start,
                         OciManifest **ret,
                         StoreDocument *ret_document,
                         Error *e) {
        _cleanup_(oci_document_done) OciDocument found = OCI_DOCUMENT_NULL;
        const OciDescriptor *at = start;
        const char *variant = NULL, *arch = appc_arch_to_go("linux", appc_arch_host(), &variant);

        for (unsigned depth = 0; depth < OCI_INDEX_DEPTH_MAX; depth++) {
                _cleanup_(store_document_done) StoreDocument document = STORE_DOCUMENT_NULL;
                OciDocument next = OCI_DOCUMENT_NULL;
                int r = read_blob(import, container, at, &document, e);

                if (r >= 0)
                        r = oci_document_parse(document.bytes, document.n, at->media_type, &next,
                                               e);
                if (r < 0)
                        return error_wrap(e, r, "bad document %s", at->digest.text);
                oci_document_done(&found); /* @at was in it */
                found = next;
                if (found.manifest) {
                        *ret = ptr_take(&found.manifest);
                        *ret_document = struct_take(&document);
                        return 0;
                }
                r = oci_index_choose(found.index, "linux", arch, variant, &at, e);
                if (r < 0)
                        return r;
        }
        return error_new(e, -ELOOP, "an index leads to an index more than %d times",
                         OCI_INDEX_DEPTH_MAX);
}

static int plan_layers(const OciManifest *manifest, Layers *ret) {
        int r = layers_new(manifest->layers.n, ret);

        for (size_t i = 0; r >= 0 && i < ret->n; i++) {
                const OciDescriptor *descriptor = &manifest->layers.items[i];

                ret->items[i].blob = descriptor->digest;
                ret->items[i].size = (uint64_t) descriptor->size;
                ret->items[i].path = oci_digest_path(&descriptor->digest);
                if (!ret->items[i].path)
                        return -ENOMEM;
        }
        return r;
}

/* What an image is called: by the container's hint if it has one. */
static int name_image(const char *hint_text, const char *name, OciHint *hint, OciOrigin *ret) {
        int r = hint_text ? oci_hint_parse(hint_text, hint, NULL) : -EINVAL;

        if (r == -ENOMEM)
                return r;
        ret->original = hint_text;
        ret->repository = hint->repository ? hint->repository : name;
        ret->tag = hint->tag;
        return 0;
}

static const char *layout_hint(const OciDescriptor *entry) {
        const char *full = appc_pairs_get(&entry->annotations, CONTAINERD_NAME);

        return full ? full : appc_pairs_get(&entry->annotations, OCI_REF_NAME);
}

static int bring_entry(StoreImport *import,
                       const FetchContainer *container,
                       const OciDescriptor *entry,
                       const char *name,
                       char **ret_id,
                       Error *e) {
        _cleanup_(store_document_done) StoreDocument document = STORE_DOCUMENT_NULL;
        _cleanup_(store_document_done) StoreDocument config = STORE_DOCUMENT_NULL;
        _cleanup_(oci_manifest_freep) OciManifest *manifest = NULL;
        _cleanup_(oci_hint_done) OciHint hint = OCI_HINT_NULL;
        _cleanup_(layers_done) Layers layers = {};
        OciOrigin origin = {};
        int r = find_manifest(import, container, entry, &manifest, &document, e);

        if (r >= 0)
                r = oci_manifest_check_image(manifest, e);
        if (r >= 0)
                r = read_blob(import, container, &manifest->config, &config, e);
        if (r >= 0)
                r = plan_layers(manifest, &layers);
        if (r >= 0)
                r = name_image(layout_hint(entry), name, &hint, &origin);
        return r < 0 ? r
                     : commit(import, container, &document, &config, &layers, &origin, ret_id, e);
}

int fetch_oci_layout(StoreImport *import,
                     const FetchContainer *container,
                     const char *selector,
                     const char *name,
                     char **ret_id,
                     Error *e) {
        _cleanup_(freep) char *mark = NULL, *index = NULL;
        size_t n_mark = 0, n_index = 0;
        _cleanup_(oci_document_done) OciDocument document = OCI_DOCUMENT_NULL;
        const OciDescriptor *entry = NULL;
        int r = fetch_container_read_text(container, OCI_LAYOUT_FILE, OCI_LAYOUT_SIZE_MAX, &mark,
                                          &n_mark, e);

        if (r >= 0)
                r = oci_layout_check(mark, n_mark, e);
        if (r >= 0)
                r = fetch_container_read_text(container, OCI_LAYOUT_INDEX_FILE,
                                              OCI_DOCUMENT_SIZE_MAX, &index, &n_index, e);
        if (r < 0)
                return r;
        r = oci_document_parse(index, n_index, OCI_MEDIA_OCI_INDEX, &document, e);
        if (r < 0)
                return error_wrap(e, r, "bad %s", OCI_LAYOUT_INDEX_FILE);
        r = oci_layout_select(document.index, selector, &entry, e);
        return r < 0 ? r : bring_entry(import, container, entry, name, ret_id, e);
}

static int plan_saved_layers(const OciSaveImage *image, Layers *ret) {
        int r = layers_new(strv_length(image->layers), ret);

        for (size_t i = 0; r >= 0 && i < ret->n; i++) {
                ret->items[i].path = strdup(image->layers[i]);
                if (!ret->items[i].path)
                        return -ENOMEM;
        }
        return r;
}

int fetch_oci_save(StoreImport *import,
                   const FetchContainer *container,
                   const char *selector,
                   const char *name,
                   char **ret_id,
                   Error *e) {
        _cleanup_(freep) char *list = NULL;
        _cleanup_(store_document_done) StoreDocument config = STORE_DOCUMENT_NULL;
        _cleanup_(oci_save_freep) OciSave *save = NULL;
        _cleanup_(oci_hint_done) OciHint hint = OCI_HINT_NULL;
        _cleanup_(layers_done) Layers layers = {};
        const OciSaveImage *image = NULL;
        OciOrigin origin = {};
        size_t n_list = 0;
        int r = fetch_container_read_text(container, OCI_SAVE_FILE, OCI_SAVE_SIZE_MAX, &list,
                                          &n_list, e);

        if (r < 0)
                return r;
        r = oci_save_parse(list, n_list, &save, e);
        if (r < 0)
                return error_wrap(e, r, "bad %s", OCI_SAVE_FILE);
        r = oci_save_select(save, selector, &image, e);
        if (r >= 0)
                r = fetch_container_read(container, import, image->config, NULL,
                                         OCI_CONFIG_SIZE_MAX, &config, e);
        if (r >= 0)
                r = plan_saved_layers(image, &layers);
        if (r >= 0)
                r = name_image(image->repo_tags ? image->repo_tags[0] : NULL, name, &hint, &origin);
        return r < 0 ? r : commit(import, container, NULL, &config, &layers, &origin, ret_id, e);
}
