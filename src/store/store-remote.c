/* SPDX-License-Identifier: Apache-2.0 */
#include "store-remote.h"

#include <string.h>

#include "openat.h"
#include "store-base.h"

#define NSEC_PER_SEC INT64_C(1000000000)
#define DIRECTORY "downloads"
#define DIRECTORY_MODE 02770 /* for the group, as the rest of what fetching needs */
#define AGE_MAX (INT64_MAX / NSEC_PER_SEC)

void store_remote_done(StoreRemote *remote) {
        free(remote->image);
        free(remote->etag);
        *remote = STORE_REMOTE_NULL;
}

bool store_remote_is_fresh(const StoreRemote *remote) {
        int64_t age = store_now() - remote->downloaded;

        /* A clock that was set back makes nothing fresh. */
        return age >= 0 && age / NSEC_PER_SEC < remote->max_age_sec;
}

int store_remote_find(Store *store, const char *url, StoreRemote *ret, Error *e) {
        _cleanup_(store_remote_done) StoreRemote remote = STORE_REMOTE_NULL;
        _cleanup_(store_rows_freep) StoreRows *rows = NULL;
        const char *etag = NULL;
        int r = store_sql_recall(store->sql, &rows, e,
                                 "SELECT image.id, etag, max_age, downloaded, image.verified"
                                 " FROM remote JOIN image ON image.id = remote.image WHERE url = ?",
                                 "s", url);

        if (r >= 0)
                r = store_rows_next(rows, e);
        if (r <= 0)
                return r;
        remote.image = strdup(store_rows_text(rows, 0));
        etag = store_rows_text(rows, 1);
        remote.etag = etag ? strdup(etag) : NULL;
        remote.max_age_sec = store_rows_int(rows, 2);
        remote.downloaded = store_rows_int(rows, 3);
        remote.verified = store_rows_int(rows, 4) != 0;
        if (!remote.image || (etag && !remote.etag))
                return -ENOMEM;
        *ret = struct_take(&remote);
        return 1;
}

int store_remote_put(Store *store,
                     const char *url,
                     const char *image,
                     const char *etag,
                     int64_t max_age_sec,
                     Error *e) {
        int r = store_sql_run(store->sql, e,
                              "INSERT OR REPLACE INTO remote(url, signature, etag, max_age,"
                              " downloaded, image) VALUES(?, NULL, ?, ?, ?, ?)",
                              "ssiis", url, etag, max_age_sec < AGE_MAX ? max_age_sec : AGE_MAX,
                              store_now(), image);

        return r < 0 ? r : 0;
}

int store_remote_directory(const Store *store, Error *e) {
        int fd = mkdir_beneath(store->cas_fd, DIRECTORY, DIRECTORY_MODE);

        return fd < 0 ? error_new(e, fd, "cannot make \"%s/" DIRECTORY "\": %s", store->path,
                                  strerror(-fd))
                      : fd;
}
