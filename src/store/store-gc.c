/* SPDX-License-Identifier: Apache-2.0 */
#include "store-gc.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "files.h"
#include "store-sweep.h"
#include "store-tree.h"
#include "store-used.h"

static int failed(const Store *store, int r, const char *what, const char *name, Error *e) {
        return error_new(e, r, "cannot %s \"%s/%s\": %s", what, store->path, name, strerror(-r));
}

/* Whoever holds the tree's lock waits for ours, to work: what he wants to look at stays. */
static int drop_tree(StoreStage *stage, const char *key, Strv *removed, Error *e) {
        _cleanup_(fd_closep) int lock = store_lock_tree(stage->store, key, false);
        int r = 0;

        if (lock == -EWOULDBLOCK)
                return 0;
        if (lock < 0)
                return error_new(e, lock, "cannot lock tree %s", key);
        r = store_tree_drop(stage, key, e);
        return r < 0 ? r : strv_append(removed, key);
}

/* Which tree a pod means that has a tree of this name. */
static const char *key_of(const char *name) {
        return text_after(name, STORE_TREE_OLD) && strlen(name) > STORE_TREE_OLD_LENGTH
                       ? name + STORE_TREE_OLD_LENGTH
                       : name;
}

static int drop_trees(StoreStage *stage, char *const *keep, Strv *removed, Error *e) {
        _cleanup_(strv_freep) Strv keys = NULL;
        int r = dir_list(stage->store->tree_fd, &keys);

        if (r < 0)
                return failed(stage->store, r, "list", "tree", e);
        for (char **key = keys; r >= 0 && *key; key++)
                if (!strv_contains(keep, key_of(*key)))
                        r = drop_tree(stage, *key, removed, e);
        return r;
}

/* Nobody else is at work: all of cas/tmp but our own stage was left behind. */
static int drop_stages(const StoreStage *stage, Error *e) {
        const Store *store = stage->store;
        _cleanup_(strv_freep) Strv names = NULL;
        int r = dir_list(store->tmp_fd, &names);

        if (r < 0)
                return failed(store, r, "list", "tmp", e);
        for (char **name = names; *name; name++) {
                r = strcmp(*name, stage->name) == 0 ? 0 : tree_remove_at(store->tmp_fd, *name);
                if (r < 0)
                        return failed(store, r, "remove what was left in", "tmp", e);
        }
        return 0;
}

/* Files without a lock on them; whoever waits for one looks whether it is still there. */
static int drop_locks(const Store *store, Error *e) {
        _cleanup_(strv_freep) Strv names = NULL;
        int r = dir_list(store->locks_fd, &names);

        if (r < 0)
                return failed(store, r, "list", "locks", e);
        for (char **name = names; *name; name++) {
                _cleanup_(fd_closep) int lock = store_lock_tree(store, *name, false);

                if (lock >= 0 && unlinkat(store->locks_fd, *name, 0) < 0 && errno != ENOENT)
                        return failed(store, -errno, "remove a file of", "locks", e);
        }
        return 0;
}

/* One directory of blobs, "ALGORITHM/XX". */
static int list_blobs(int fd, const char *algorithm, StoreSweep *sweep) {
        _cleanup_(strv_freep) Strv names = NULL;
        int r = dir_list(fd, &names);

        for (char **name = names; r >= 0 && *name; name++) {
                _cleanup_(freep) char *text = NULL;
                OciDigest digest;

                if (asprintf(&text, "%s:%s", algorithm, *name) < 0) {
                        text = NULL;
                        return -ENOMEM;
                }
                if (oci_digest_parse(text, &digest, NULL) >= 0)
                        r = store_sweep_add(sweep, text);
        }
        return r;
}

static int list_algorithm(int fd, const char *algorithm, StoreSweep *sweep) {
        _cleanup_(strv_freep) Strv names = NULL;
        int r = dir_list(fd, &names);

        for (char **name = names; r >= 0 && *name; name++) {
                _cleanup_(fd_closep) int inner = dir_open_at(fd, *name);

                r = inner < 0 ? inner : list_blobs(inner, algorithm, sweep);
        }
        return r;
}

/* Those with a row and no file are among them, too: the row goes. */
static int drop_blobs(const Store *store, Error *e) {
        _cleanup_(store_sweep_done) StoreSweep sweep = {};
        _cleanup_(store_rows_freep) StoreRows *rows = NULL;
        _cleanup_(strv_freep) Strv algorithms = NULL;
        int r = dir_list(store->blobs_fd, &algorithms);

        for (char **name = algorithms; r >= 0 && *name; name++) {
                _cleanup_(fd_closep) int fd = dir_open_at(store->blobs_fd, *name);

                r = fd < 0 ? fd : list_algorithm(fd, *name, &sweep);
        }
        if (r < 0)
                return failed(store, r, "list", "blobs", e);
        r = store_sql_query(store->sql, &rows, e, "SELECT digest FROM blob", "");
        while (r >= 0 && (r = store_rows_next(rows, e)) > 0)
                r = store_sweep_add(&sweep, store_rows_text(rows, 0));
        rows = store_rows_free(rows);
        return r < 0 ? r : store_sweep_blobs_locked(store, &sweep, e);
}

/* What file_write_at() leaves of answers when it is killed; who writes some now does without. */
static int drop_answers(const Store *store, Error *e) {
        _cleanup_(strv_freep) Strv names = NULL;
        int r = dir_list(store->cas_fd, &names);

        for (char **name = names; r >= 0 && *name; name++)
                if (text_after(*name, "." STORE_ANSWERS_FILE "."))
                        r = tree_remove_at(store->cas_fd, *name);
        return r < 0 ? failed(store, r, "remove what was left of", STORE_ANSWERS_FILE, e) : 0;
}

static int drop_rows(const Store *store, Error *e) {
        _cleanup_(store_sql_rollback) StoreTransaction transaction = {};
        static const char *const statements[] = {
                "DELETE FROM source WHERE images NOT IN (SELECT id FROM image)",
                "DELETE FROM stack WHERE key NOT IN (SELECT key FROM tree)",
                ("DELETE FROM partial WHERE diff NOT IN"
                 " (SELECT diff FROM layer WHERE diff IS NOT NULL)"),
        };
        int r = store_sql_begin(store->sql, false, &transaction, e);

        for (size_t i = 0; r >= 0 && i < N_ELEMENTS(statements); i++)
                r = store_sql_run(store->sql, e, statements[i], "");
        return r < 0 ? r : store_sql_commit(&transaction, e);
}

/* Rows of trees whose directory is gone, as after somebody removed it by hand. */
static int drop_tree_rows(StoreStage *stage, char *const *keep, Error *e) {
        const Store *store = stage->store;
        _cleanup_(store_rows_freep) StoreRows *rows = NULL;
        _cleanup_(strv_freep) Strv keys = NULL;
        int r = store_sql_query(store->sql, &rows, e, "SELECT key FROM tree", "");

        while (r >= 0 && (r = store_rows_next(rows, e)) > 0)
                if (!strv_contains(keep, store_rows_text(rows, 0)))
                        r = strv_append(&keys, store_rows_text(rows, 0));
        rows = store_rows_free(rows);
        for (char **key = keys; r >= 0 && key && *key; key++)
                if (faccessat(store->tree_fd, *key, F_OK, AT_SYMLINK_NOFOLLOW) < 0)
                        r = store_sql_run(store->sql, e, "DELETE FROM tree WHERE key = ?", "s",
                                          *key);
        return r < 0 ? r : 0;
}

int store_gc(Store *store, char *const *keep, Strv *ret_trees, Error *e) {
        _cleanup_(store_stage_done) StoreStage stage = STORE_STAGE_NULL;
        _cleanup_(strv_freep) Strv removed = NULL;
        int lock = -EBADF, r = 0;

        if (store->tree_fd < 0)
                return error_new(e, -EACCES, "only root can use trees");
        lock = store_lock_work(store, true, false);
        if (lock == -EWOULDBLOCK)
                return 0;
        if (lock < 0)
                return error_new(e, lock, "cannot lock the blobs");
        r = store_stage_open_locked(store, lock, &stage, e);
        if (r >= 0)
                r = drop_trees(&stage, keep, &removed, e);
        if (r >= 0)
                r = drop_tree_rows(&stage, keep, e);
        if (r >= 0)
                r = drop_stages(&stage, e);
        if (r >= 0)
                r = drop_answers(store, e);
        if (r >= 0)
                r = drop_blobs(store, e);
        if (r >= 0)
                r = drop_rows(store, e);
        if (r >= 0)
                r = store_used_sweep(store, e);
        if (r >= 0)
                r = drop_locks(store, e);
        if (r < 0)
                return r;
        *ret_trees = ptr_take(&removed);
        return 1;
}
