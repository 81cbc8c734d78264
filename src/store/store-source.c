/* SPDX-License-Identifier: Apache-2.0 */
#include "store-source.h"

#include <string.h>

#include "store-base.h"

int store_source_find(
        Store *store, const StoreSource *source, char **ret_id, bool *ret_verified, Error *e) {
        _cleanup_(store_rows_freep) StoreRows *rows = NULL;
        const struct stat *st = &source->st;
        int r = store_sql_recall(store->sql, &rows, e,
                                 "SELECT image.id, image.verified FROM source"
                                 " JOIN image ON image.id = source.images"
                                 " WHERE path = ? AND request = ? AND device = ? AND inode = ?"
                                 " AND source.size = ? AND mtime = ? AND ctime = ?",
                                 "ssiiiii", source->path, source->request, (int64_t) st->st_dev,
                                 (int64_t) st->st_ino, (int64_t) st->st_size,
                                 store_nanoseconds(&st->st_mtim), store_nanoseconds(&st->st_ctim));

        if (r >= 0)
                r = store_rows_next(rows, e);
        if (r <= 0)
                return r;
        *ret_verified = store_rows_int(rows, 1) != 0;
        *ret_id = strdup(store_rows_text(rows, 0));
        return *ret_id ? 1 : -ENOMEM;
}

int store_source_put(Store *store, const StoreSource *source, const char *id, Error *e) {
        const struct stat *st = &source->st;
        int r = 0;

        if (store_now() - store_nanoseconds(&st->st_ctim) < STORE_YOUNG_NSEC)
                return 0;
        r = store_sql_run(store->sql, e,
                          "INSERT OR REPLACE INTO source(path, request, device, inode, size, mtime,"
                          " ctime, images) VALUES(?, ?, ?, ?, ?, ?, ?, ?)",
                          "ssiiiiis", source->path, source->request, (int64_t) st->st_dev,
                          (int64_t) st->st_ino, (int64_t) st->st_size,
                          store_nanoseconds(&st->st_mtim), store_nanoseconds(&st->st_ctim), id);
        return r < 0 ? r : 0;
}
