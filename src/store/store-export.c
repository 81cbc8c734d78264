/* SPDX-License-Identifier: Apache-2.0 */
#include "store-export-base.h"

#include <string.h>

#include "openat.h"
#include "store-blob.h"
#include "store-copy.h"
#include "store-image.h"
#include "store-layers.h"
#include "store-make.h"
#include "store-render.h"

/* The blob, unpacked, if it is what the id says. */
static int export_blob(Store *store, const char *id, int out_fd, Error *e) {
        _cleanup_(store_image_layers_done) StoreImageLayers layers = {};
        _cleanup_(store_report_done) StoreReport report = STORE_REPORT_NULL;
        _cleanup_(fd_closep) int fd = -EBADF;
        StoreRenderJob job = STORE_RENDER_JOB_NULL;
        int r = store_image_layers_read(store, id, &layers, e);

        if (r < 0)
                return r;
        if (layers.n != 1)
                return error_new(e, -EUCLEAN, "the index holds no layer of %s", id);
        fd = store_blob_open(store, &layers.items[0].blob, e);
        if (fd < 0)
                return fd;
        job.in_fd = fd;
        job.unpacked = STORE_WANT_SHA512;
        job.unpacked_fd = out_fd;
        r = store_render_run(store, &job, &report, e);
        if (r < 0)
                return r;
        if (!store_report_is_aci(&report, id))
                return error_new(e, -EUCLEAN, "blob %s is damaged", layers.items[0].blob.text);
        return 0;
}

/* Its trees, merged, in a directory of the stage. */
static int merge(Store *store, char *const *keys, const StoreStage *stage, int *ret_fd, Error *e) {
        _cleanup_(fd_closep) int fd = mkdir_beneath(stage->fd, "export", 0755);
        int r = 0;

        if (fd < 0)
                return error_new(e, fd, "cannot make a directory: %s", strerror(-fd));
        r = store_copy(store, keys, fd, NULL, e);
        if (r >= 0)
                *ret_fd = fd_take(&fd);
        return r;
}

static int
pack(Store *store, char *const *keys, StoreRenderJob *job, int out_fd, StoreReport *ret, Error *e) {
        _cleanup_(store_stage_done) StoreStage stage = STORE_STAGE_NULL;
        _cleanup_(fd_closep) int root_fd = -EBADF;
        int r = store_stage_open(store, &stage, e);

        if (r >= 0)
                r = merge(store, keys, &stage, &root_fd, e);
        if (r < 0)
                return r;
        job->mode = STORE_RENDER_PACK;
        job->tree_fd = root_fd;
        job->unpacked_fd = out_fd;
        return store_render_run(store, job, ret, e);
}

static int export_trees(Store *store, const char *id, int out_fd, Error *e) {
        _cleanup_(appc_image_freep) AppcImage *manifest = NULL;
        _cleanup_(store_layers_done) StoreLayers layers = STORE_LAYERS_NULL;
        _cleanup_(store_report_done) StoreReport report = STORE_REPORT_NULL;
        _cleanup_(fd_closep) int manifest_fd = -EBADF, lock = -EBADF;
        _cleanup_(freep) char *text = NULL;
        StoreRenderJob job = STORE_RENDER_JOB_NULL;
        int r = store_image_manifest(store, id, NULL, &manifest, &text, e);

        if (r >= 0) /* the trees stay as long as they are copied */
                r = store_lock_trees(store, false, &lock, e);
        if (r >= 0)
                r = store_layers_get_own(store, id, &layers, e);
        if (r >= 0)
                r = manifest_fd = store_memory_from("manifest", text, strlen(text));
        if (r < 0)
                return r;
        job.manifest_fd = manifest_fd;
        job.prefix = "rootfs";
        return pack(store, layers.keys, &job, out_fd, &report, e);
}

int store_export_rootfs(Store *store, const char *id, int fd, StoreReport *ret, Error *e) {
        _cleanup_(store_layers_done) StoreLayers layers = STORE_LAYERS_NULL;
        _cleanup_(fd_closep) int lock = -EBADF;
        StoreRenderJob job = STORE_RENDER_JOB_NULL;
        int r = store_lock_trees(store, false, &lock, e);

        if (r >= 0)
                r = store_layers_get(store, id, &layers, NULL, e);
        return r < 0 ? r : pack(store, layers.keys, &job, fd, ret, e);
}

int store_export_aci(Store *store, const char *id, int fd, Error *e) {
        _cleanup_(store_image_done) StoreImage image = STORE_IMAGE_NULL;
        int r = store_image_get(store, id, &image, e);

        if (r < 0)
                return r;
        return image.kind == STORE_IMAGE_ACI ? export_blob(store, id, fd, e)
                                             : export_trees(store, id, fd, e);
}

int store_export_tree(Store *store, int tree_fd, int manifest_fd, int fd, Error *e) {
        _cleanup_(store_report_done) StoreReport report = STORE_REPORT_NULL;
        StoreRenderJob job = STORE_RENDER_JOB_NULL;

        job.mode = STORE_RENDER_PACK;
        job.tree_fd = tree_fd;
        job.manifest_fd = manifest_fd;
        job.unpacked_fd = fd;
        job.prefix = "rootfs";
        return store_render_run(store, &job, &report, e);
}
