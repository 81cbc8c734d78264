/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <linux/fs.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "appc-image.h"
#include "files.h"
#include "store-blob.h"
#include "store-fault.h"
#include "store-import-base.h"
#include "store-make.h"
#include "store-part.h"
#include "store-render.h"
#include "store-tree.h"

#define MANIFEST_MAX JSON_SIZE_MAX

struct StoreIngest {
        StoreImport *import;
        StoreIngestSpec spec;
        StoreRender *render;
        StoreWorkbench bench; /* without a name: no tree is made */
        char *blob_name;      /* in the stage */
        StorePart part;       /* where it comes in parts: the blob as long as it is not whole */
        int manifest_fd, lock_fd;
        char *key; /* layers: of the tree */
        bool cloned;
};

void store_ingested_done(StoreIngested *ingested) {
        free(ingested->id);
        free(ingested->manifest);
        *ingested = STORE_INGESTED_NULL;
}

StoreIngest *store_ingest_free(StoreIngest *ingest) {
        if (!ingest)
                return NULL;
        if (ingest->render && ingest->part.keep)
                store_render_settle(ingest->render);
        store_render_free(ingest->render);
        store_workbench_done(&ingest->bench);
        store_part_done(&ingest->part);
        if (ingest->blob_name)
                (void) unlinkat(ingest->import->stage.fd, ingest->blob_name,
                                0); /* if not published */
        fd_drop(&ingest->manifest_fd);
        fd_drop(&ingest->lock_fd);
        free(ingest->blob_name);
        free(ingest->key);
        free(ingest);
        return NULL;
}

uint64_t store_ingest_there(const StoreIngest *ingest) {
        return ingest->part.there;
}

void store_ingest_keep(StoreIngest *ingest) {
        ingest->part.keep = true;
}

/* A tree is made on the way in unless it is there, or another is just making it. */
static int plan_tree(StoreIngest *ingest, Error *e) {
        const StoreImport *import = ingest->import;
        const OciDigest *diff = &ingest->spec.diff;
        int r = 0;

        if (!import->trees)
                return 0;
        if (!ingest->spec.aci) {
                if (!oci_digest_is_set(diff))
                        return 0;
                r = store_is_partial(import->store, diff, e);
                if (r != 0)
                        return r < 0 ? r : 0;
                ingest->key = store_layer_key(diff);
                if (!ingest->key)
                        return -ENOMEM;
                ingest->lock_fd = store_lock_tree(import->store, ingest->key, false);
                if (ingest->lock_fd == -EWOULDBLOCK)
                        return 0;
                if (ingest->lock_fd < 0)
                        return error_new(e, ingest->lock_fd, "cannot lock tree %s", ingest->key);
                r = store_tree_state(import->store, ingest->key, e);
                if (r < 0 || r == STORE_TREE_GOOD || r == STORE_TREE_UNSURE) {
                        fd_drop(&ingest->lock_fd);
                        return r < 0 ? r : 0;
                }
        }
        return store_workbench_open(&ingest->import->stage, &ingest->bench, e);
}

/* A whole file of the same file system may share its blocks with the store. */
static bool clone_input(StoreIngest *ingest, int blob_fd) {
        const StoreInput *input = &ingest->spec.input;
        struct stat st;

        if (input->offset != 0 || fstat(input->fd, &st) < 0 || !S_ISREG(st.st_mode) ||
            (input->bytes != 0 && input->bytes != (uint64_t) st.st_size))
                return false;
        return ioctl(blob_fd, FICLONE, input->fd) == 0 && fsync(blob_fd) == 0;
}

/* What an ACI is called by is known only once it was read: sha512 where it is not packed, since that is
 * its id, and the faster sha256 of packed ones. Layers are called by what their manifest says. */
static void plan_digests(const StoreIngest *ingest, StoreRenderJob *job) {
        const StoreIngestSpec *spec = &ingest->spec;

        job->delivered = store_want(spec->blob.algorithm);
        job->if_packed = spec->aci;
        job->unpacked = spec->aci ? STORE_WANT_SHA512 : store_want(spec->diff.algorithm);
}

static int start(StoreIngest *ingest, int blob_fd, Error *e) {
        const StoreIngestSpec *spec = &ingest->spec;
        StoreRenderJob job = STORE_RENDER_JOB_NULL;

        job.in_fd = ingest->cloned ? blob_fd : spec->input.fd;
        job.offset = spec->input.offset;
        job.bytes = spec->input.bytes;
        job.delivered_fd = ingest->cloned ? -EBADF : blob_fd;
        job.manifest_fd = ingest->manifest_fd;
        job.format = spec->aci ? STORE_RENDER_ACI : STORE_RENDER_LAYER;
        job.there_fd = ingest->part.there_fd;
        job.there = ingest->part.there;
        plan_digests(ingest, &job);
        if (ingest->bench.name) {
                store_workbench_equip(&ingest->bench, &job);
                job.needs_fd = ingest->bench.needs_fd;
        }
        return store_render_start(ingest->import->store, &job, &ingest->render, e);
}

static int open_blob(StoreIngest *ingest, Error *e) {
        const StoreStage *stage = &ingest->import->stage;
        int fd = store_stage_file(stage, ingest->blob_name, O_DIRECT, e);

        if (fd < 0)
                return fd;
        ingest->cloned = clone_input(ingest, fd);
        if (!ingest->cloned)
                return fd;
        fd_drop(&fd); /* it is to be read, which needs no care about sectors */
        fd = openat(stage->fd, ingest->blob_name, O_RDONLY | O_CLOEXEC);
        return fd < 0 ? error_new(e, -errno, "cannot open a new blob") : fd;
}

/* Where none can be had, it comes as a whole. */
static int open_part(StoreIngest *ingest, Error *e) {
        const StoreIngestSpec *spec = &ingest->spec;
        int r = store_part_open(ingest->import->store, &spec->blob, spec->size, &ingest->part, e);
        int fd = r < 0 ? r : fcntl(ingest->part.fd, F_DUPFD_CLOEXEC, 3);

        if (r == -ENOMEM || (r >= 0 && fd < 0))
                return r < 0 ? r : -errno;
        if (r >= 0)
                return fd;
        if (e)
                error_done(e);
        return open_blob(ingest, e);
}

int store_ingest_start(StoreImport *import,
                       const StoreIngestSpec *spec,
                       StoreIngest **ret,
                       Error *e) {
        _cleanup_(store_ingest_freep) StoreIngest *ingest = calloc(1, sizeof(*ingest));
        _cleanup_(fd_closep) int blob_fd = -EBADF;
        int r = 0;

        if (!ingest)
                return -ENOMEM;
        *ingest = (StoreIngest){
                .import = import,
                .spec = *spec,
                .bench = STORE_WORKBENCH_NULL,
                .part = STORE_PART_NULL,
                .manifest_fd = -EBADF,
                .lock_fd = -EBADF,
                .blob_name = random_hex(8),
        };
        if (!ingest->blob_name)
                return -ENOMEM;
        blob_fd = spec->in_parts ? open_part(ingest, e) : open_blob(ingest, e);
        if (blob_fd < 0)
                return blob_fd;
        if (spec->aci) {
                ingest->manifest_fd = store_memory_new("manifest", MANIFEST_MAX);
                if (ingest->manifest_fd < 0)
                        return ingest->manifest_fd;
        }
        r = plan_tree(ingest, e);
        if (r >= 0)
                r = start(ingest, blob_fd, e);
        if (r >= 0)
                *ret = ptr_take(&ingest);
        return r;
}

static int expect(const OciDigest *want, const OciDigest *found, const char *what, Error *e) {
        if (!oci_digest_is_set(found))
                return error_new(e, -EPROTO, "the helper tells no digest");
        if (oci_digest_is_set(want) && !oci_digest_equal(want, found))
                return error_new(e, -EBADMSG, "%s: expected %s, found %s", what, want->text,
                                 found->text);
        return 0;
}

static int
judge_layer(const StoreIngest *ingest, const StoreReport *report, StoreIngested *ret, Error *e) {
        const StoreIngestSpec *spec = &ingest->spec;
        int r = 0;

        if (spec->size > 0 && report->delivered.bytes != spec->size)
                return error_new(e, -EBADMSG, "layer of %llu bytes, not of %llu",
                                 (unsigned long long) report->delivered.bytes,
                                 (unsigned long long) spec->size);
        ret->blob = *store_stream_digest(&report->delivered, spec->blob.algorithm);
        ret->plain = *store_stream_digest(&report->unpacked, spec->diff.algorithm);
        r = expect(&spec->blob, &ret->blob, "layer as it was delivered", e);
        return r < 0 ? r : expect(&spec->diff, &ret->plain, "layer as it is unpacked", e);
}

static int
judge_aci(const StoreIngest *ingest, const StoreReport *report, StoreIngested *ret, Error *e) {
        const char *hex = NULL;
        int r = expect(&OCI_DIGEST_NULL, &report->unpacked.sha512, "ACI", e);

        if (r < 0)
                return r;
        ret->plain = report->unpacked.sha512;
        ret->blob = report->compression == STORE_PLAIN ? report->unpacked.sha512
                                                       : report->delivered.sha256;
        r = expect(&OCI_DIGEST_NULL, &ret->blob, "ACI", e);
        if (r < 0)
                return r;
        hex = oci_digest_hex(&ret->plain);
        if (asprintf(&ret->id, APPC_ID_PREFIX "%.*s", APPC_KEY_HEX, hex) < 0) {
                ret->id = NULL;
                return -ENOMEM;
        }
        if (report->manifest > MANIFEST_MAX)
                return error_new(e, -EPROTO, "the helper tells an impossible manifest");
        ret->n_manifest = (size_t) report->manifest;
        return store_memory_read(ingest->manifest_fd, ret->n_manifest, &ret->manifest);
}

static int remember(Strv *list, const char *text) {
        return strv_append(list, text);
}

static int publish_blob(StoreIngest *ingest, const StoreIngested *found, Error *e) {
        StoreImport *import = ingest->import;
        bool had = store_blob_have(import->store, &found->blob);
        int r = had ? 0 : remember(&import->new_blobs, found->blob.text);

        if (r >= 0)
                r = store_blob_publish(&import->stage, ingest->blob_name, &found->blob,
                                       &found->plain, found->size, e);
        return r;
}

static int
publish_tree(StoreIngest *ingest, const StoreReport *report, const StoreIngested *found, Error *e) {
        StoreImport *import = ingest->import;
        const char *key = ingest->spec.aci ? found->id : ingest->key;
        int r = 0;

        if (!ingest->bench.name)
                return 0;
        if (!ingest->spec.aci && store_report_is_partial(report))
                return store_note_partial(import->store, &ingest->spec.diff, e);
        if (ingest->spec.aci) {
                ingest->lock_fd = store_lock_tree(import->store, key, true);
                if (ingest->lock_fd < 0)
                        return error_new(e, ingest->lock_fd, "cannot lock tree %s", key);
        }
        r = store_tree_state(import->store, key, e);
        if (r == STORE_TREE_UNSURE)
                r = store_tree_drop(&import->stage, key, e); /* here is a better one */
        else if (r == STORE_TREE_ABSENT)
                r = remember(&import->new_trees, key);
        if (r >= 0)
                r = store_tree_publish(&import->stage, ingest->bench.name, key, e);
        return r;
}

int store_ingest_finish(StoreIngest *started, StoreIngested *ret, Error *e) {
        _cleanup_(store_ingest_freep) StoreIngest *ingest = started;
        _cleanup_(store_ingested_done) StoreIngested found = STORE_INGESTED_NULL;
        _cleanup_(store_report_done) StoreReport report = STORE_REPORT_NULL;
        int r = store_render_finish(ptr_take(&ingest->render), &report, e);

        if (r < 0)
                return r;
        found.size = report.delivered.bytes;
        found.skipped_devices = report.skipped_devices;
        found.dropped_xattrs = report.dropped_xattrs;
        r = ingest->spec.aci ? judge_aci(ingest, &report, &found, e)
                             : judge_layer(ingest, &report, &found, e);
        STORE_FAULT_POINT();
        if (r >= 0 && ingest->part.fd >= 0)
                r = store_part_move(&ingest->part, &ingest->import->stage, ingest->blob_name);
        if (r >= 0)
                r = publish_blob(ingest, &found, e);
        if (r >= 0)
                r = publish_tree(ingest, &report, &found, e);
        if (r >= 0)
                *ret = struct_take(&found);
        return r < 0 ? r : 0;
}

int store_ingested_open(const StoreImport *import, const StoreIngested *ingested, Error *e) {
        return store_blob_open(import->store, &ingested->blob, e);
}
