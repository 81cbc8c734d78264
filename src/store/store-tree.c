/* SPDX-License-Identifier: Apache-2.0 */
#include "store-tree.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "files.h"
#include "openat.h"
#include "store-check.h"
#include "store-fault.h"
#include "store-seal.h"
#include "text.h"

static bool is_on_disk(const Store *store, const char *key) {
        _cleanup_(freep) char *path = NULL;

        if (asprintf(&path, "%s/seal", key) < 0) {
                path = NULL;
                return false;
        }
        return faccessat(store->tree_fd, path, F_OK, 0) == 0;
}

static int row_state(const Store *store, StoreRows *rows) {
        const char *boot = store_rows_text(rows, 1);

        if (store_rows_int(rows, 0))
                return STORE_TREE_BAD;
        return !boot || text_equal(boot, store->boot_id) ? STORE_TREE_GOOD : STORE_TREE_UNSURE;
}

int store_tree_state(const Store *store, const char *key, Error *e) {
        _cleanup_(store_rows_freep) StoreRows *rows = NULL;
        int r = store_sql_recall(store->sql, &rows, e, "SELECT bad, boot FROM tree WHERE key = ?",
                                 "s", key);

        if (r >= 0)
                r = store_rows_next(rows, e);
        if (r <= 0)
                return r < 0 ? r : STORE_TREE_ABSENT;
        return is_on_disk(store, key) ? row_state(store, rows) : STORE_TREE_ABSENT;
}

int store_tree_open(const Store *store, const char *key, Error *e) {
        int fd = -EBADF;

        if (store->tree_fd < 0)
                return error_new(e, -EACCES, "only root can use trees");
        fd = store_key_is_valid(key) ? dir_open_at(store->tree_fd, key) : -EINVAL;
        return fd < 0 ? error_new(e, fd, "cannot open tree %s: %s", key, strerror(-fd)) : fd;
}

/* Replaces what was known of it. */
static int note(const Store *store, const char *key, const StoreSealFile *file, Error *e) {
        _cleanup_(store_seal_reader_freep) StoreSealReader *reader = NULL;
        int r = store_seal_reader_new(file->bytes, file->n, &reader, e);

        if (r < 0)
                return r;
        r = store_sql_run(store->sql, e,
                          "INSERT OR REPLACE INTO tree(key, bad, boot, bytes, entries)"
                          " VALUES(?, 0, ?, ?, ?)",
                          "ssii", key, store->boot_id,
                          (int64_t) (store_seal_disk_bytes(reader) + file->n),
                          (int64_t) store_seal_n_entries(reader));
        return r < 0 ? r : 0;
}

/* Its maker's word for what is in it is not compared with the disk here, which costs a third of an
 * import: who uses a tree compares it each time. */
static int examine(const Store *store, int directory_fd, const char *key, Error *e) {
        _cleanup_(store_seal_file_done) StoreSealFile file = STORE_SEAL_FILE_NULL;
        int r = store_check_mark_opaque(directory_fd, e);

        if (r >= 0)
                r = store_seal_file_open(directory_fd, &file, e);
        if (r >= 0)
                r = note(store, key, &file, e);
        return r < 0 ? error_wrap(e, r == -EUCLEAN ? -EPROTO : r, "cannot keep the new tree") : 0;
}

/* Pods may be running on a tree that was found bad: they keep what they have, under another name. */
static int set_aside(const StoreStage *stage, const char *key, Error *e) {
        _cleanup_(freep) char *random = random_hex(4), *name = NULL;

        if (!random || asprintf(&name, STORE_TREE_OLD "%s-%s", random, key) < 0) {
                name = NULL;
                return -ENOMEM;
        }
        if (renameat(stage->store->tree_fd, key, stage->store->tree_fd, name) < 0 &&
            errno != ENOENT)
                return error_new(e, -errno, "cannot set tree %s aside: %s", key, strerror(errno));
        return 0;
}

int store_tree_publish(StoreStage *stage, const char *name, const char *key, Error *e) {
        const Store *store = stage->store;
        _cleanup_(fd_closep) int fd = -EBADF;
        int r = store_tree_state(store, key, e);

        if (r < 0 || r == STORE_TREE_GOOD)
                return r < 0 ? r : 0;
        if (r == STORE_TREE_BAD)
                r = set_aside(stage, key, e);
        if (r >= 0)
                r = store_tree_drop(stage, key, e);
        if (r < 0)
                return r;
        fd = dir_open_at(stage->fd, name);
        if (fd < 0)
                return error_new(e, fd, "cannot open a new tree");
        r = examine(store, fd, key, e);
        if (r < 0)
                return r;
        STORE_FAULT_POINT();
        if (renameat(stage->fd, name, store->tree_fd, key) < 0)
                return error_new(e, -errno, "cannot store tree %s: %s", key, strerror(errno));
        STORE_FAULT_POINT();
        return 0;
}

int store_tree_settle(const StoreStage *stage, const char *key, Error *e) {
        const Store *store = stage->store;
        _cleanup_(error_done) Error found = ERROR_NULL;
        _cleanup_(fd_closep) int fd = store_tree_open(store, key, e);
        int r = fd < 0 ? fd : store_check_full(stage, fd, &found);

        if (r == -EUCLEAN) {
                r = store_tree_drop(stage, key, e);
                return r < 0 ? r : error_new(e, -EUCLEAN, "%s", error_cause(&found));
        }
        if (r < 0)
                return error_new(e, r, "cannot check tree %s", key);
        r = store_sql_run(store->sql, e, "UPDATE tree SET boot = NULL WHERE key = ?", "s", key);
        return r < 0 ? r : 0;
}

int store_tree_drop(const StoreStage *stage, const char *key, Error *e) {
        _cleanup_(freep) char *name = NULL;
        int r = store_sql_run(stage->store->sql, e, "DELETE FROM tree WHERE key = ?", "s", key);

        if (r < 0)
                return r;
        STORE_FAULT_POINT();
        name = random_hex(8);
        if (!name)
                return -ENOMEM;
        /* Out of sight at once; a crash leaves it to the next sweep of the stages. */
        if (renameat(stage->store->tree_fd, key, stage->fd, name) < 0)
                return errno == ENOENT ? 0
                                       : error_new(e, -errno, "cannot remove tree %s: %s", key,
                                                   strerror(errno));
        r = tree_remove_at(stage->fd, name);
        return r < 0 ? error_new(e, r, "cannot remove tree %s: %s", key, strerror(-r)) : 0;
}

int store_tree_mark_bad(const Store *store, const char *key, Error *e) {
        int r = store_sql_run(store->sql, e, "UPDATE tree SET bad = 1 WHERE key = ?", "s", key);

        return r < 0 ? r : 0;
}

int store_tree_sync(const Store *store, Error *e) {
        _cleanup_(store_rows_freep) StoreRows *rows = NULL;
        _cleanup_(strv_freep) Strv keys = NULL;
        int r = store_sql_query(store->sql, &rows, e, "SELECT key FROM tree WHERE boot = ?", "s",
                                store->boot_id);

        while (r >= 0 && (r = store_rows_next(rows, e)) > 0)
                r = strv_append(&keys, store_rows_text(rows, 0));
        if (r < 0 || !keys)
                return r;
        if (syncfs(store->tree_fd) < 0)
                return error_new(e, -errno, "cannot sync the trees: %s", strerror(errno));
        for (char **key = keys; r >= 0 && *key; key++)
                r = store_sql_run(store->sql, e,
                                  "UPDATE tree SET boot = NULL WHERE key = ? AND boot = ?", "ss",
                                  *key, store->boot_id);
        return r < 0 ? r : 0;
}
