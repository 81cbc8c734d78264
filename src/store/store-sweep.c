/* SPDX-License-Identifier: Apache-2.0 */
#include "store-sweep.h"

#include "store-blob.h"

void store_sweep_done(StoreSweep *sweep) {
        strv_free(sweep->blobs);
        *sweep = (StoreSweep){};
}

int store_sweep_add(StoreSweep *sweep, const char *digest) {
        return strv_append_counted(&sweep->blobs, &sweep->n, digest);
}

int store_sweep_collect(const Store *store, const char *id, StoreSweep *sweep, Error *e) {
        _cleanup_(store_rows_freep) StoreRows *rows = NULL;
        int r = store_sql_query(store->sql, &rows, e,
                                "SELECT blob FROM layer WHERE image = ?1"
                                " UNION SELECT blob FROM document WHERE image = ?1",
                                "s", id);

        while (r >= 0 && (r = store_rows_next(rows, e)) > 0)
                r = store_sweep_add(sweep, store_rows_text(rows, 0));
        return r;
}

/* Returns 1 or 0; a negative errno. */
static int is_used(const Store *store, const char *digest, Error *e) {
        _cleanup_(store_rows_freep) StoreRows *rows = NULL;
        int r = store_sql_query(store->sql, &rows, e,
                                "SELECT 1 FROM layer WHERE blob = ?1"
                                " UNION ALL SELECT 1 FROM document WHERE blob = ?1 LIMIT 1",
                                "s", digest);

        return r < 0 ? r : store_rows_next(rows, e);
}

int store_sweep_blobs_locked(const Store *store, const StoreSweep *sweep, Error *e) {
        int n = 0;

        for (char **blob = sweep->blobs; blob && *blob; blob++) {
                OciDigest digest;
                int r = is_used(store, *blob, e);

                if (r == 0)
                        r = oci_digest_parse(*blob, &digest, e);
                else if (r > 0)
                        continue;
                if (r >= 0)
                        r = store_blob_remove(store, &digest, e);
                if (r < 0)
                        return r;
                n++;
        }
        return n;
}

int store_sweep_blobs(const Store *store, const StoreSweep *sweep, Error *e) {
        _cleanup_(fd_closep) int lock = store_lock_work(store, true, false);

        if (lock == -EWOULDBLOCK)
                return 0;
        if (lock < 0)
                return error_new(e, lock, "cannot lock the blobs");
        return store_sweep_blobs_locked(store, sweep, e);
}
