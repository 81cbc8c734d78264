/* SPDX-License-Identifier: Apache-2.0 */
#include "store-import-base.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "store-blob.h"
#include "store-render.h"
#include "store-sweep.h"
#include "store-tree.h"

int store_import_begin(Store *store, StoreImportFlags flags, StoreImport **ret, Error *e) {
        _cleanup_(store_import_freep) StoreImport *import = calloc(1, sizeof(*import));
        int r = 0;

        if (!import)
                return -ENOMEM;
        import->store = store;
        import->stage = STORE_STAGE_NULL;
        import->trees = !(flags & STORE_IMPORT_NO_TREES) && store->tree_fd >= 0 && geteuid() == 0;
        if (store->read_only)
                return error_new(e, -EROFS, "the store is open for reading only");
        r = store_stage_open(store, &import->stage, e);
        if (r < 0)
                return r;
        *ret = ptr_take(&import);
        return 0;
}

/* Returns 1 or 0; a negative errno. */
static int is_used(const Store *store, const char *key) {
        _cleanup_(store_rows_freep) StoreRows *rows = NULL;
        int r = store_sql_query(store->sql, &rows, NULL,
                                "SELECT 1 FROM layer WHERE key = ? LIMIT 1", "s", key);

        return r < 0 ? r : store_rows_next(rows, NULL);
}

/* Only while nobody else works in the store: others may count on what we brought. */
static void take_back(StoreImport *import) {
        const StoreSweep sweep = { .blobs = import->new_blobs };
        _cleanup_(store_stage_done) StoreStage trash = STORE_STAGE_NULL;
        int lock = -EBADF;

        if (import->keep || (!import->new_blobs && !import->new_trees))
                return;
        lock = store_lock_work(import->store, true, false);
        if (lock < 0 || store_stage_open_locked(import->store, lock, &trash, NULL) < 0)
                return;
        (void) store_sweep_blobs_locked(import->store, &sweep, NULL);
        for (char **key = import->new_trees; key && *key; key++) {
                _cleanup_(fd_closep) int tree_lock = store_lock_tree(import->store, *key, false);

                if (tree_lock >= 0 && is_used(import->store, *key) == 0)
                        (void) store_tree_drop(&trash, *key, NULL);
        }
}

StoreImport *store_import_free(StoreImport *import) {
        if (!import)
                return NULL;
        store_stage_done(&import->stage);
        take_back(import);
        strv_free(import->new_blobs);
        strv_free(import->new_trees);
        free(import);
        return NULL;
}

void store_document_done(StoreDocument *document) {
        free(document->bytes);
        *document = STORE_DOCUMENT_NULL;
}

static int compare_digest(const StoreDocument *document, const OciDigest *expected, Error *e) {
        const OciDigest *found = NULL;

        if (!expected || !oci_digest_is_set(expected))
                return 0;
        found = expected->algorithm == OCI_SHA512 ? &document->sha512 : &document->sha256;
        if (oci_digest_equal(found, expected))
                return 0;
        return error_new(e, -EBADMSG, "expected %s, found %s", expected->text, found->text);
}

int store_import_document(StoreImport *import,
                          const StoreInput *input,
                          const OciDigest *expected,
                          size_t max,
                          StoreDocument *ret,
                          Error *e) {
        _cleanup_(store_document_done) StoreDocument document = STORE_DOCUMENT_NULL;
        _cleanup_(store_report_done) StoreReport report = STORE_REPORT_NULL;
        _cleanup_(fd_closep) int copy = store_memory_new("document", max);
        StoreRenderJob job = STORE_RENDER_JOB_NULL;
        int r = copy;

        if (r < 0)
                return r;
        if (input->bytes > max)
                return error_new(e, -EFBIG, "document of more than %zu bytes", max);
        job.in_fd = input->fd;
        job.offset = input->offset;
        job.bytes = input->bytes;
        job.delivered = STORE_WANT_SHA256 | STORE_WANT_SHA512;
        job.delivered_fd = copy;
        r = store_render_run(import->store, &job, &report, e);
        if (r == -EPERM) /* the copy's seal */
                return error_new(e, -EFBIG, "document of more than %zu bytes", max);
        if (r < 0)
                return r;
        if (report.delivered.bytes > max)
                return error_new(e, -EPROTO, "the helper tells an impossible size");
        document.n = (size_t) report.delivered.bytes;
        document.sha256 = report.delivered.sha256;
        document.sha512 = report.delivered.sha512;
        r = store_memory_read(copy, document.n, &document.bytes);
        if (r >= 0)
                r = compare_digest(&document, expected, e);
        if (r >= 0)
                *ret = struct_take(&document);
        return r;
}

int store_import_have_layer(StoreImport *import,
                            const OciDigest *blob,
                            const OciDigest *diff,
                            OciDigest *ret,
                            Error *e) {
        _cleanup_(store_rows_freep) StoreRows *rows = NULL;
        const char *plain = NULL;
        int r = 0;

        if (oci_digest_is_set(blob) && store_blob_have(import->store, blob)) {
                r = store_sql_query(import->store->sql, &rows, e,
                                    "SELECT plain FROM blob WHERE digest = ?", "s", blob->text);
                if (r >= 0)
                        r = store_rows_next(rows, e);
                if (r < 0)
                        return r;
                plain = r > 0 ? store_rows_text(rows, 0) : NULL;
                if (text_equal(plain, diff->text)) {
                        *ret = *blob;
                        return 1;
                }
        }
        return store_blob_find_plain(import->store, diff, ret, e);
}

int store_import_claim_layer(StoreImport *import, const OciDigest *blob, int *ret_fd, Error *e) {
        int fd = store_lock_tree(import->store, blob->text, false);

        if (fd == -EWOULDBLOCK)
                return 0;
        if (fd < 0)
                return error_new(e, fd, "cannot lock %s: %s", blob->text, strerror(-fd));
        *ret_fd = fd;
        return 1;
}

void store_import_keep(StoreImport *import) {
        import->keep = true;
}
