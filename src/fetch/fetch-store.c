/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch-store.h"

#include <fcntl.h>

#include "appc-platform.h"
#include "store-import.h"

#define PIPE_BYTES (1024 * 1024)

/* A sink whose layers become trees of the store while they arrive. */
typedef struct Sink {
        StoreImport *import;
        StoreIngest *ingests[OCI_LAYERS_MAX]; /* under way */
        StoreOciLayer layers[OCI_LAYERS_MAX]; /* those that are there */
} Sink;

static Sink *sink_free(Sink *sink) {
        if (sink) {
                for (size_t i = 0; i < OCI_LAYERS_MAX; i++)
                        store_ingest_free(sink->ingests[i]);
                (void) store_import_free(sink->import);
                free(sink);
        }
        return NULL;
}
DEFINE_CLEANUP(Sink, sink_free);

static int take_document(void *userdata,
                         int fd,
                         const OciDigest *expected,
                         size_t max,
                         FetchDocument *ret,
                         Error *e) {
        _cleanup_(store_document_done) StoreDocument document = STORE_DOCUMENT_NULL;
        const StoreInput input = { .fd = fd };
        Sink *sink = userdata;
        int r = lseek(fd, 0, SEEK_SET) < 0 ? -errno : 0;

        if (r >= 0)
                r = store_import_document(sink->import, &input, expected, max, &document, e);
        if (r < 0)
                return r;
        *ret = (FetchDocument){
                .bytes = ptr_take(&document.bytes),
                .n = document.n,
                .sha256 = document.sha256,
                .sha512 = document.sha512,
        };
        return 0;
}

static int begin_layer(void *userdata, const FetchLayer *layer, int *ret_fd, Error *e) {
        _cleanup_(fd_closep) int in_fd = -EBADF, out_fd = -EBADF;
        Sink *sink = userdata;
        StoreIngestSpec spec = {
                .blob = layer->descriptor->digest,
                .diff = *layer->diff_id,
                .size = (uint64_t) layer->descriptor->size,
        };
        int ends[2], r = store_import_have_layer(sink->import, &spec.blob, &spec.diff,
                                                 &sink->layers[layer->i].blob, e);

        if (r != 0)
                return r < 0 ? r : 0;
        if (pipe2(ends, O_CLOEXEC) < 0)
                return -errno;
        in_fd = ends[0];
        out_fd = ends[1];
        (void) fcntl(out_fd, F_SETPIPE_SZ, PIPE_BYTES); /* fewer turns; a small one does as well */
        spec.input.fd = in_fd;
        r = store_ingest_start(sink->import, &spec, &sink->ingests[layer->i], e);
        if (r < 0)
                return r;
        *ret_fd = fd_take(&out_fd);
        return 1;
}

static int end_layer(void *userdata, const FetchLayer *layer, Error *e) {
        _cleanup_(store_ingested_done) StoreIngested found = STORE_INGESTED_NULL;
        Sink *sink = userdata;
        int r = store_ingest_finish(ptr_take(&sink->ingests[layer->i]), &found, e);

        if (r >= 0)
                sink->layers[layer->i].blob = found.blob;
        return r;
}

static void abort_layer(void *userdata, const FetchLayer *layer) {
        Sink *sink = userdata;

        sink->ingests[layer->i] = store_ingest_free(sink->ingests[layer->i]);
}

/* Of layers with the same bytes, the first one alone was brought. */
static void fill_repeated(Sink *sink, const OciManifest *manifest) {
        for (size_t i = 0; i < manifest->layers.n; i++)
                for (size_t k = 0; k < i && !oci_digest_is_set(&sink->layers[i].blob); k++)
                        if (oci_digest_equal(&manifest->layers.items[k].digest,
                                             &manifest->layers.items[i].digest))
                                sink->layers[i] = sink->layers[k];
}

static StoreDocument borrow(const FetchDocument *document) {
        return (StoreDocument){
                .bytes = document->bytes,
                .n = document->n,
                .sha256 = document->sha256,
                .sha512 = document->sha512,
        };
}

static int
commit(Sink *sink, const OciReference *reference, const FetchedOci *fetched, char **ret, Error *e) {
        const StoreDocument manifest = borrow(&fetched->manifest);
        const StoreDocument config = borrow(&fetched->config);
        const StoreOciImage image = {
                .manifest = &manifest,
                .config = &config,
                .layers = sink->layers,
                .n_layers = fetched->image->layers.n,
                .origin = { .original = reference->original,
                            .registry = reference->registry,
                            .repository = reference->repository,
                            .tag = reference->tag },
        };
        StoreCommitFlags flags = fetched->verified ? STORE_COMMIT_VERIFIED : 0;

        if (text_equal(reference->tag, "latest"))
                flags |= STORE_COMMIT_LATEST;
        fill_repeated(sink, fetched->image);
        return store_commit_oci(sink->import, &image, flags, ret, e);
}

int fetch_store_oci(const FetchContext *context,
                    Store *store,
                    const OciReference *reference,
                    char **ret_id,
                    Error *e) {
        _cleanup_(fetched_oci_done) FetchedOci fetched = {};
        _cleanup_(sink_freep) Sink *sink = calloc(1, sizeof(*sink));
        const FetchSink calls = {
                .userdata = sink,
                .document = take_document,
                .layer_begin = begin_layer,
                .layer_end = end_layer,
                .layer_abort = abort_layer,
        };
        FetchOciWanted wanted = { .reference = reference, .os = "linux" };
        int r = sink ? store_import_begin(store, 0, &sink->import, e) : -ENOMEM;

        if (r < 0)
                return r;
        wanted.architecture = appc_arch_to_go(wanted.os, appc_arch_host(), &wanted.variant);
        r = fetch_oci(context, &calls, &wanted, &fetched, e);
        return r < 0 ? r : commit(sink, reference, &fetched, ret_id, e);
}
