/* SPDX-License-Identifier: Apache-2.0 */

/* An image as an OCI image layout, for other tools. What came as an OCI image leaves with the same
 * config and layers, and with the same manifest if that still tells of these very layers. */

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "files.h"
#include "oci-document.h"
#include "oci-from-appc.h"
#include "oci-layout.h"
#include "openat.h"
#include "store-blob.h"
#include "store-export-base.h"
#include "store-image.h"
#include "store-make.h"

#define LAYER "application/vnd.oci.image.layer.v1.tar"
#define FILE_MODE 0644
#define DIRECTORY_MODE 0755
#define NEW_BLOB "new"

typedef struct Layout {
        Store *store;
        StoreImage image;
        AppcImage *appc; /* under the name that was asked for */
        int fd;          /* of its directory; borrowed */
        OciDescriptors layers;
        OciDescriptors manifests; /* the one, for the index */
} Layout;

static void layout_done(Layout *layout) {
        store_image_done(&layout->image);
        appc_image_free(layout->appc);
        oci_descriptors_done(&layout->layers);
        oci_descriptors_done(&layout->manifests);
}

/* A file for a blob whose digest is not known yet. */
static int new_blob(const Layout *layout, Error *e) {
        int fd = openat(layout->fd, NEW_BLOB, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW,
                        FILE_MODE);

        return fd < 0 ? error_new(e, -errno, "cannot make a file: %s", strerror(errno)) : fd;
}

static int name_blob(const Layout *layout, const OciDigest *digest, Error *e) {
        _cleanup_(freep) char *path = oci_digest_path(digest);
        _cleanup_(fd_closep) int parent = -EBADF;
        char *slash = path ? strrchr(path, '/') : NULL;

        if (!slash)
                return -ENOMEM;
        *slash = '\0';
        parent = mkdir_beneath(layout->fd, path, DIRECTORY_MODE);
        if (parent < 0)
                return error_new(e, parent, "cannot make a directory: %s", strerror(-parent));
        if (renameat(layout->fd, NEW_BLOB, parent, slash + 1) < 0)
                return error_new(e, -errno, "cannot name blob %s: %s", digest->text,
                                 strerror(errno));
        return 0;
}

static int put_text(const Layout *layout, const char *text, size_t n, OciDigest *ret, Error *e) {
        _cleanup_(fd_closep) int fd = new_blob(layout, e);
        int r = fd < 0 ? fd : fd_write_all(fd, text, n);

        if (r >= 0)
                r = store_digest_text(layout->store, text, n, OCI_SHA256, ret, e);
        return r < 0 ? error_wrap(e, r, "cannot write a document") : name_blob(layout, ret, e);
}

/* Copied and compared in one. */
static int put_blob(const Layout *layout, const OciDigest *digest, uint64_t *ret_size, Error *e) {
        _cleanup_(fd_closep) int in = store_blob_open(layout->store, digest, e), out = -EBADF;
        StoreStream copied = {};
        int r = in;

        if (r >= 0)
                r = out = new_blob(layout, e);
        if (r >= 0)
                r = store_digest(layout->store, in, out, digest->algorithm, &copied, e);
        if (r < 0)
                return r;
        if (!oci_digest_equal(digest, store_stream_digest(&copied, digest->algorithm)))
                return error_new(e, -EUCLEAN, "blob %s is damaged", digest->text);
        *ret_size = copied.bytes;
        return name_blob(layout, digest, e);
}

static int add(OciDescriptors *list, const char *type, const OciDigest *digest, uint64_t size) {
        return oci_descriptors_add(list, type, digest, (int64_t) size, NULL);
}

/* OCI has no word for the other ways of packing. */
static const char *layer_type(const Layout *layout, const OciDigest *digest) {
        static const struct {
                const char *magic, *type;
        } types[] = {
                { "\x1f\x8b", LAYER "+gzip" },
                { "\x28\xb5\x2f\xfd", LAYER "+zstd" },
                { "BZh", NULL },
                { "\xfd"
                  "7zXZ",
                  NULL },
        };
        _cleanup_(fd_closep) int fd = store_blob_open(layout->store, digest, NULL);
        char begin[8] = "";

        if (fd < 0 || pread(fd, begin, sizeof(begin), 0) < 0)
                return LAYER; /* whoever copies it says what is wrong */
        for (size_t i = 0; i < N_ELEMENTS(types); i++)
                if (memcmp(begin, types[i].magic, strlen(types[i].magic)) == 0)
                        return types[i].type;
        return LAYER;
}

static int put_unpacked(Layout *layout, const OciDigest *digest, Error *e) {
        _cleanup_(store_report_done) StoreReport report = STORE_REPORT_NULL;
        _cleanup_(fd_closep) int in = store_blob_open(layout->store, digest, e), out = -EBADF;
        StoreRenderJob job = STORE_RENDER_JOB_NULL;
        int r = in;

        if (r >= 0)
                r = out = new_blob(layout, e);
        if (r < 0)
                return r;
        job.in_fd = in;
        job.unpacked = STORE_WANT_SHA256;
        job.unpacked_fd = out;
        r = store_render_run(layout->store, &job, &report, e);
        if (r >= 0)
                r = name_blob(layout, &report.unpacked.sha256, e);
        return r < 0 ? r
                     : add(&layout->layers, LAYER, &report.unpacked.sha256, report.unpacked.bytes);
}

static int put_layers(Layout *layout, Error *e) {
        _cleanup_(store_image_layers_done) StoreImageLayers layers = {};
        int r = store_image_layers_read(layout->store, layout->image.id, &layers, e);

        for (size_t i = 0; r >= 0 && i < layers.n; i++) {
                const OciDigest *digest = &layers.items[i].blob;
                const char *type = layer_type(layout, digest);
                uint64_t size = 0;

                r = type ? put_blob(layout, digest, &size, e) : put_unpacked(layout, digest, e);
                if (r >= 0 && type)
                        r = add(&layout->layers, type, digest, size);
        }
        return r;
}

/* Returns 1 if it tells of these layers, in this order; 0. */
static int fits(const OciManifest *manifest, const OciDescriptors *layers) {
        if (manifest->layers.n != layers->n)
                return 0;
        for (size_t i = 0; i < layers->n; i++)
                if (!oci_digest_equal(&manifest->layers.items[i].digest, &layers->items[i].digest))
                        return 0;
        return 1;
}

/* Returns 1 if the manifest that came is written; 0; a negative errno. */
static int put_old_manifest(Layout *layout, Error *e) {
        _cleanup_(oci_document_done) OciDocument document = OCI_DOCUMENT_NULL;
        _cleanup_(freep) char *text = NULL;
        OciDigest digest;
        size_t n = 0;
        int r = 0;

        if (!layout->image.manifest)
                return 0;
        r = oci_digest_parse(layout->image.manifest, &digest, e);
        if (r >= 0)
                r = store_blob_read(layout->store, &digest, OCI_DOCUMENT_SIZE_MAX, &text, &n, e);
        if (r >= 0)
                r = oci_document_parse(text, n, NULL, &document, e);
        if (r < 0)
                return error_wrap(e, r, "manifest %s", layout->image.manifest);
        if (!document.manifest || !fits(document.manifest, &layout->layers))
                return 0;
        r = put_blob(layout, &digest, &(uint64_t){ 0 }, e);
        if (r >= 0)
                r = add(&layout->manifests, document.manifest->media->type, &digest, n);
        return r < 0 ? r : 1;
}

static int put_new_manifest(Layout *layout, const OciDigest *config, uint64_t size, Error *e) {
        OciManifest manifest = { .media = oci_media_find(OCI_MEDIA_OCI_MANIFEST) };
        _cleanup_(oci_descriptors_done) OciDescriptors configs = OCI_DESCRIPTORS_NULL;
        _cleanup_(freep) char *text = NULL;
        OciDigest digest;
        size_t n = 0;
        FILE *out = NULL;
        JsonWriter w;
        int r = add(&configs, OCI_MEDIA_OCI_CONFIG, config, size);

        if (r < 0)
                return r;
        out = open_memstream(&text, &n);
        if (!out)
                return -ENOMEM;
        w = JSON_WRITER(out, false);
        manifest.config = configs.items[0]; /* both borrowed */
        manifest.layers = layout->layers;
        oci_manifest_write(&w, &manifest);
        if (fclose(out) != 0)
                return -ENOMEM;
        r = put_text(layout, text, n, &digest, e);
        return r < 0 ? r : add(&layout->manifests, OCI_MEDIA_OCI_MANIFEST, &digest, n);
}

static int put_oci(Layout *layout, Error *e) {
        OciDigest config;
        uint64_t size = 0;
        int r = oci_digest_parse(layout->image.config, &config, e);

        if (r >= 0)
                r = put_blob(layout, &config, &size, e);
        if (r >= 0)
                r = put_layers(layout, e);
        if (r >= 0)
                r = put_old_manifest(layout, e);
        return r != 0 ? r : put_new_manifest(layout, &config, size, e);
}

/* One layer of all that its pod would see. */
static int put_aci(Layout *layout, Error *e) {
        _cleanup_(store_report_done) StoreReport report = STORE_REPORT_NULL;
        _cleanup_(fd_closep) int fd = new_blob(layout, e);
        _cleanup_(freep) char *text = NULL;
        const OciDigest *diff = &report.unpacked.sha256;
        OciDigest config;
        int r = fd;

        if (r >= 0)
                r = store_export_rootfs(layout->store, layout->image.id, fd, &report, e);
        if (r >= 0)
                r = name_blob(layout, diff, e);
        if (r >= 0)
                r = add(&layout->layers, LAYER, diff, report.unpacked.bytes);
        if (r >= 0)
                r = oci_config_from_appc(layout->appc, diff, &text, e);
        if (r >= 0)
                r = put_text(layout, text, strlen(text), &config, e);
        return r < 0 ? r : put_new_manifest(layout, &config, strlen(text), e);
}

static int put_index(Layout *layout, Error *e) {
        OciIndex index = { .media = oci_media_find(OCI_MEDIA_OCI_INDEX) };
        const char *tag = appc_pairs_get(&layout->appc->labels, "version") ?: "latest";
        _cleanup_(freep) char *text = NULL;
        size_t n = 0;
        FILE *out = NULL;
        JsonWriter w;
        int r = 0;

        if (oci_ref_name_is_valid(tag))
                r = appc_pairs_set(&layout->manifests.items[0].annotations, OCI_REF_NAME, tag);
        if (r < 0)
                return r;
        out = open_memstream(&text, &n);
        if (!out)
                return -ENOMEM;
        w = JSON_WRITER(out, false);
        index.entries = layout->manifests; /* borrowed */
        oci_index_write(&w, &index);
        if (fclose(out) != 0)
                return -ENOMEM;
        r = file_write_at(layout->fd, OCI_LAYOUT_FILE, OCI_LAYOUT_TEXT, strlen(OCI_LAYOUT_TEXT),
                          FILE_MODE, 0);
        if (r >= 0)
                r = file_write_at(layout->fd, OCI_LAYOUT_INDEX_FILE, text, n, FILE_MODE, 0);
        return r < 0 ? error_new(e, r, "cannot write the index: %s", strerror(-r)) : 0;
}

int store_export_oci(Store *store, const char *id, const char *name, int directory_fd, Error *e) {
        _cleanup_(layout_done) Layout layout = { .store = store, .fd = directory_fd };
        int r = store_image_get(store, id, &layout.image, e);

        if (r >= 0)
                r = store_image_manifest(store, id, name, &layout.appc, NULL, e);
        if (r >= 0)
                r = layout.image.kind == STORE_IMAGE_OCI ? put_oci(&layout, e)
                                                         : put_aci(&layout, e);
        return r < 0 ? r : put_index(&layout, e);
}
