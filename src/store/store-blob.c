/* SPDX-License-Identifier: Apache-2.0 */
#include "store-blob.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "files.h"
#include "openat.h"
#include "store-fault.h"

#define BLOB_MODE 0440
#define DIRECTORY_MODE 02770

bool store_blob_have(const Store *store, const OciDigest *digest) {
        _cleanup_(freep) char *path = store_blob_path(digest);

        return path && faccessat(store->cas_fd, path, F_OK, AT_EACCESS) == 0;
}

int store_blob_open(const Store *store, const OciDigest *digest, Error *e) {
        _cleanup_(freep) char *path = store_blob_path(digest);
        int fd = path ? open_beneath(store->cas_fd, path, O_RDONLY) : -ENOMEM;

        return fd < 0 ? error_new(e, fd, "cannot open blob %s: %s", digest->text, strerror(-fd))
                      : fd;
}

int store_blob_read(const Store *store,
                    const OciDigest *digest,
                    size_t max,
                    char **ret,
                    size_t *ret_n,
                    Error *e) {
        _cleanup_(fd_closep) int fd = store_blob_open(store, digest, e);
        int r = fd < 0 ? fd : fd_read_all(fd, max, ret, ret_n);

        return r < 0 && fd >= 0 ? error_new(e, r, "cannot read blob %s", digest->text) : r;
}

static int open_parent(const Store *store, const OciDigest *digest) {
        _cleanup_(freep) char *path = store_blob_path(digest);

        if (!path)
                return -ENOMEM;
        *strrchr(path, '/') = '\0';
        return mkdir_beneath(store->cas_fd, path, DIRECTORY_MODE);
}

static int
note(const Store *store, const OciDigest *digest, const OciDigest *plain, uint64_t size, Error *e) {
        return store_sql_run(store->sql, e,
                             "INSERT INTO blob(digest, size, plain) VALUES(?, ?, ?)"
                             " ON CONFLICT(digest) DO UPDATE SET size = excluded.size,"
                             " plain = coalesce(excluded.plain, plain)",
                             "sis", digest->text, (int64_t) size, plain ? plain->text : NULL);
}

int store_blob_publish(const StoreStage *stage,
                       const char *name,
                       const OciDigest *digest,
                       const OciDigest *plain,
                       uint64_t size,
                       Error *e) {
        _cleanup_(fd_closep) int parent_fd = open_parent(stage->store, digest);
        const char *hex = oci_digest_hex(digest);
        int r = 0;

        if (parent_fd < 0)
                return error_new(e, parent_fd, "cannot make a directory for blob %s: %s",
                                 digest->text, strerror(-parent_fd));
        if (fchmodat(stage->fd, name, BLOB_MODE, 0) < 0)
                return error_new(e, -errno, "cannot protect blob %s", digest->text);
        STORE_FAULT_POINT();
        if (renameat(stage->fd, name, parent_fd, hex) < 0)
                return error_new(e, -errno, "cannot store blob %s: %s", digest->text,
                                 strerror(errno));
        STORE_FAULT_POINT();
        if (fsync(parent_fd) < 0)
                return error_new(e, -errno, "cannot sync blob %s: %s", digest->text,
                                 strerror(errno));
        r = note(stage->store, digest, plain, size, e);
        return r < 0 ? r : 0;
}

int store_blob_put(
        const StoreStage *stage, const OciDigest *digest, const char *bytes, size_t n, Error *e) {
        _cleanup_(fd_closep) int fd = store_stage_file(stage, oci_digest_hex(digest), 0, e);
        int r = fd < 0 ? fd : fd_write_all(fd, bytes, n);

        if (fd < 0)
                return fd;
        if (r >= 0 && fsync(fd) < 0)
                r = -errno;
        if (r < 0)
                return error_new(e, r, "cannot write blob %s: %s", digest->text, strerror(-r));
        return store_blob_publish(stage, oci_digest_hex(digest), digest, NULL, n, e);
}

int store_blob_find_plain(const Store *store, const OciDigest *plain, OciDigest *ret, Error *e) {
        _cleanup_(store_rows_freep) StoreRows *rows = NULL;
        int r = store_sql_query(store->sql, &rows, e, "SELECT digest FROM blob WHERE plain = ?",
                                "s", plain->text);

        while (r >= 0 && (r = store_rows_next(rows, e)) > 0) {
                OciDigest found;

                if (oci_digest_parse(store_rows_text(rows, 0), &found, NULL) >= 0 &&
                    store_blob_have(store, &found)) {
                        *ret = found;
                        return 1;
                }
        }
        return r;
}

int store_blob_remove(const Store *store, const OciDigest *digest, Error *e) {
        _cleanup_(freep) char *path = store_blob_path(digest);
        int r = 0;

        if (!path)
                return -ENOMEM;
        r = store_sql_run(store->sql, e, "DELETE FROM blob WHERE digest = ?", "s", digest->text);
        if (r < 0)
                return r;
        STORE_FAULT_POINT();
        if (unlinkat(store->cas_fd, path, 0) < 0 && errno != ENOENT)
                return error_new(e, -errno, "cannot remove blob %s: %s", digest->text,
                                 strerror(errno));
        return 0;
}
