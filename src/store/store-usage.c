/* SPDX-License-Identifier: Apache-2.0 */
#include "store-usage.h"

#include "store-base.h"
#include "store-sweep.h"
#include "text.h"

/* Expects one row of a count and a sum. */
static int read_images(Store *store, StoreUse *ret, Error *e) {
        _cleanup_(store_rows_freep) StoreRows *rows = NULL;
        int r = store_sql_query(store->sql, &rows, e,
                                "SELECT (SELECT count(*) FROM image),"
                                " (SELECT coalesce(sum(size), 0) FROM blob)",
                                "");

        if (r >= 0)
                r = store_rows_next(rows, e);
        if (r > 0) {
                ret->n = (uint64_t) store_rows_int(rows, 0);
                ret->bytes = (uint64_t) store_rows_int(rows, 1);
        }
        return r;
}

static int read_blob_size(Store *store, const char *digest, uint64_t *sum, Error *e) {
        _cleanup_(store_rows_freep) StoreRows *rows = NULL;
        int r = store_sql_query(store->sql, &rows, e, "SELECT size FROM blob WHERE digest = ?", "s",
                                digest);

        if (r >= 0)
                r = store_rows_next(rows, e);
        if (r > 0)
                *sum += (uint64_t) store_rows_int(rows, 0);
        return r;
}

static int compare_digests(const void *a, const void *b) {
        return strcmp(*(char *const *) a, *(char *const *) b);
}

/* Several images may have a blob. */
static int subtract_used(Store *store, char *const *images, StoreUsage *usage, Error *e) {
        _cleanup_(store_sweep_done) StoreSweep all = {};
        uint64_t used = 0;
        int r = 0;

        for (; r >= 0 && images && *images; images++)
                r = store_sweep_collect(store, *images, &all, e);
        if (all.n > 0)
                qsort(all.blobs, all.n, sizeof(*all.blobs), compare_digests);
        for (size_t i = 0; r >= 0 && i < all.n; i++)
                if (i == 0 || strcmp(all.blobs[i], all.blobs[i - 1]) != 0)
                        r = read_blob_size(store, all.blobs[i], &used, e);
        usage->images_unused = usage->images.bytes - used;
        return r;
}

static int read_trees(Store *store, char *const *used, StoreUsage *usage, Error *e) {
        _cleanup_(store_rows_freep) StoreRows *rows = NULL;
        int r = store_sql_query(store->sql, &rows, e, "SELECT key, bytes FROM tree", "");

        while (r >= 0 && (r = store_rows_next(rows, e)) > 0) {
                uint64_t bytes = (uint64_t) store_rows_int(rows, 1);

                usage->trees.n++;
                usage->trees.bytes += bytes;
                if (!strv_contains(used, store_rows_text(rows, 0)))
                        usage->trees_unused += bytes;
        }
        return r;
}

int store_usage_read(
        Store *store, char *const *trees, char *const *images, StoreUsage *ret, Error *e) {
        StoreUsage usage = {};
        int r = read_images(store, &usage.images, e);

        if (r >= 0)
                r = subtract_used(store, images, &usage, e);
        if (r >= 0)
                r = read_trees(store, trees, &usage, e);
        if (r >= 0)
                *ret = usage;
        return r;
}
