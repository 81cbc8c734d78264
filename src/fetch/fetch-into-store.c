/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch-into-store.h"

#include <fcntl.h>

#include "fetch-layers.h"
#include "fetch-partial.h"
#include "fetch-wait.h"
#include "store-remote.h"

#define PIPE_SIZE (1024 * 1024) /* what a user without rights may ask for */

/* A layer by its number in the manifest. */
typedef struct Layer {
        int fd;              /* the store's end of the pipe */
        int claim_fd;        /* held while we bring it */
        StoreIngest *ingest; /* NULL: not begun, or done */
        OciDigest blob;      /* what the store has; not set as long as there is nothing */
} Layer;

typedef struct Import {
        StoreImport *import;
        const FetchOciWanted *wanted;
        Layer layers[OCI_LAYERS_MAX];
        StoreDocument manifest, config; /* the last two documents: that is what comes last */
} Import;

static Import *import_free(Import *import) {
        if (import) {
                for (size_t i = 0; i < N_ELEMENTS(import->layers); i++) {
                        store_ingest_free(import->layers[i].ingest);
                        fd_drop(&import->layers[i].fd);
                        fd_drop(&import->layers[i].claim_fd);
                }
                store_document_done(&import->manifest);
                store_document_done(&import->config);
                store_import_free(import->import);
                free(import);
        }
        return NULL;
}

DEFINE_CLEANUP(Import, import_free);

static int take_document(void *userdata,
                         int fd,
                         const OciDigest *expected,
                         size_t max,
                         FetchDocument *ret,
                         Error *e) {
        Import *import = userdata;
        StoreDocument document = STORE_DOCUMENT_NULL;
        const StoreInput input = { .fd = fd };
        char *copy = NULL;
        int r = store_import_document(import->import, &input, expected, max, &document, e);

        if (r < 0)
                return r;
        copy = malloc(document.n + 1);
        if (!copy) {
                store_document_done(&document);
                return -ENOMEM;
        }
        memcpy(copy, document.bytes, document.n + 1);
        *ret = (FetchDocument){ .bytes = copy, .n = document.n, .sha256 = document.sha256 };
        store_document_done(&import->manifest);
        import->manifest = import->config;
        import->config = document;
        return 0;
}

typedef struct Claiming {
        StoreImport *import;
        const OciDigest *blob;
        int *ret_fd;
        Error *e;
} Claiming;

static int try_claim(void *userdata) {
        const Claiming *claiming = userdata;
        int r = store_import_claim_layer(claiming->import, claiming->blob, claiming->ret_fd,
                                         claiming->e);

        return r == 0 ? -EWOULDBLOCK : r;
}

/* Whether it is there, or to be brought, and then by us. Returns 0, 1, FETCH_LAYER_ELSEWHERE. */
static int claim(Import *import, const FetchLayer *layer, bool wait, Error *e) {
        Layer *ours = &import->layers[layer->i];
        const OciDigest *blob = &layer->descriptor->digest;
        Claiming claiming = { import->import, blob, &ours->claim_fd, e };
        const FetchWait waiting = { .try = try_claim,
                                    .userdata = &claiming,
                                    .waiting = import->wanted->waiting,
                                    .waiting_userdata = import->wanted->userdata };
        int r = store_import_have_layer(import->import, blob, layer->diff_id, &ours->blob, e);

        if (r != 0)
                return r < 0 ? r : 0;
        r = wait ? fetch_wait(&waiting) : try_claim(&claiming);
        if (r < 0)
                return r == -EWOULDBLOCK ? FETCH_LAYER_ELSEWHERE : r;
        /* Whoever had the claim may have ended just now. */
        r = store_import_have_layer(import->import, blob, layer->diff_id, &ours->blob, e);
        if (r != 0)
                fd_drop(&ours->claim_fd);
        return r < 0 ? r : r == 0;
}

static int
start_layer(Import *import, const FetchLayer *layer, int *ret_fd, uint64_t *ret_there, Error *e) {
        Layer *ours = &import->layers[layer->i];
        StoreIngestSpec spec = { .blob = layer->descriptor->digest,
                                 .diff = *layer->diff_id,
                                 .size = (uint64_t) layer->descriptor->size,
                                 .in_parts = layer->descriptor->size > 0 };
        _cleanup_(fd_closep) int out = -EBADF;
        int ends[2], r = 0;

        if (pipe2(ends, O_CLOEXEC) < 0)
                return -errno;
        ours->fd = ends[0];
        out = ends[1];
        (void) fcntl(out, F_SETPIPE_SZ, PIPE_SIZE); /* a wish */
        spec.input.fd = ours->fd;
        r = store_ingest_start(import->import, &spec, &ours->ingest, e);
        /* The helper has its own: when it ends, whoever writes shall know. */
        fd_drop(&ours->fd);
        if (r < 0)
                return r;
        *ret_there = store_ingest_there(ours->ingest);
        *ret_fd = fd_take(&out);
        return 1;
}

static int begin_layer(void *userdata,
                       const FetchLayer *layer,
                       bool wait,
                       int *ret_fd,
                       uint64_t *ret_there,
                       Error *e) {
        Import *import = userdata;
        int r = claim(import, layer, wait, e);

        if (r != 1)
                return r;
        r = start_layer(import, layer, ret_fd, ret_there, e);
        if (r < 0)
                fd_drop(&import->layers[layer->i].claim_fd);
        return r;
}

static int end_layer(void *userdata, const FetchLayer *layer, Error *e) {
        Import *import = userdata;
        _cleanup_(store_ingested_done) StoreIngested found = STORE_INGESTED_NULL;
        Layer *ours = &import->layers[layer->i];
        bool had_part = store_ingest_there(ours->ingest) > 0;
        int r = store_ingest_finish(ptr_take(&ours->ingest), &found, e);

        if (r >= 0)
                ours->blob = found.blob;
        fd_drop(&ours->claim_fd);
        /* The part is gone, whoever's fault it was. */
        if (r >= 0 || !had_part || r == -ENOMEM || r == -ENOSPC)
                return r;
        if (e)
                error_done(e);
        return FETCH_LAYER_AGAIN;
}

static void abort_layer(void *userdata, const FetchLayer *layer, bool keep) {
        Import *import = userdata;
        Layer *ours = &import->layers[layer->i];

        if (keep)
                store_ingest_keep(ours->ingest);
        store_ingest_free(ptr_take(&ours->ingest));
        fd_drop(&ours->claim_fd);
}

/* A layer that a manifest has twice came once. */
static int list_layers(const Import *import, const OciManifest *manifest, StoreOciLayer *ret) {
        for (size_t i = 0; i < manifest->layers.n; i++) {
                size_t k = 0;

                while (k < i && !oci_digest_equal(&manifest->layers.items[k].digest,
                                                  &manifest->layers.items[i].digest))
                        k++;
                if (!oci_digest_is_set(&import->layers[k].blob))
                        return -EPROTO;
                ret[i].blob = import->layers[k].blob;
        }
        return 0;
}

static int commit(const Import *import,
                  const FetchedOci *fetched,
                  const OciReference *reference,
                  char **ret_id,
                  Error *e) {
        size_t n = fetched->image->layers.n;
        _cleanup_(freep) StoreOciLayer *layers = calloc(n + 1, sizeof(StoreOciLayer));
        const StoreOciImage image = {
                .manifest = &import->manifest,
                .config = &import->config,
                .layers = layers,
                .n_layers = n,
                .origin = { .original = reference->original,
                            .registry = reference->registry,
                            .repository = reference->repository,
                            .tag = reference->tag },
        };
        StoreCommitFlags flags = 0;
        int r = layers ? list_layers(import, fetched->image, layers) : -ENOMEM;

        if (r < 0)
                return r;
        if (text_equal(reference->tag, "latest"))
                flags |= STORE_COMMIT_LATEST;
        if (fetched->verified)
                flags |= STORE_COMMIT_VERIFIED;
        return store_commit_oci(import->import, &image, flags, ret_id, e);
}

static void sweep(const Store *store) {
        _cleanup_(fd_closep) int dir_fd = store_remote_directory(store, NULL);

        if (dir_fd >= 0)
                (void) fetch_partial_sweep(dir_fd, FETCH_PARTIAL_AGE_SEC);
}

int fetch_oci_into_store(Store *store,
                         StoreImportFlags flags,
                         const FetchContext *context,
                         const FetchOciWanted *wanted,
                         char **ret_id,
                         Error *e) {
        _cleanup_(import_freep) Import *import = calloc(1, sizeof(*import));
        _cleanup_(fetched_oci_done) FetchedOci fetched = {};
        const FetchSink sink = {
                .userdata = import,
                .document = take_document,
                .layer_begin = begin_layer,
                .layer_end = end_layer,
                .layer_abort = abort_layer,
        };
        int r = import ? 0 : -ENOMEM;

        for (size_t i = 0; import && i < N_ELEMENTS(import->layers); i++)
                import->layers[i].fd = import->layers[i].claim_fd = -EBADF;
        if (r >= 0) {
                import->wanted = wanted;
                r = store_import_begin(store, flags, &import->import, e);
        }
        if (r < 0)
                return r;
        sweep(store);
        r = fetch_oci(context, &sink, wanted, &fetched, e);
        if (fetch_is_passing(r)) /* the next try need not bring again what came whole */
                store_import_keep(import->import);
        return r < 0 ? r : commit(import, &fetched, wanted->reference, ret_id, e);
}
