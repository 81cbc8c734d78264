/* SPDX-License-Identifier: Apache-2.0 */
#include "test-dir.h"

#include <sys/stat.h>

#include "store-sql.h"

#define LOG_BYTES_MAX ((off_t) 128 * 4120) /* a frame of the log: a page and its header */

typedef struct Database {
        TestDir dir;
        char *path;
} Database;

static Database database_new(void) {
        _cleanup_(store_sql_freep) StoreSql *sql = NULL;
        Database db = {};

        test_dir_open(&db.dir);
        assert_true(asprintf(&db.path, "%s/db", db.dir.path) > 0);
        assert_int_equal(store_sql_open(db.path, false, &sql, NULL), 0);
        assert_int_equal(
                store_sql_script(sql, "CREATE TABLE t(n INTEGER); INSERT INTO t VALUES(0)", NULL),
                0);
        return db;
}

static void database_done(Database *db) {
        free(db->path);
        test_dir_done(&db->dir);
}

static off_t log_size(const Database *db) {
        struct stat st;

        assert_int_equal(fstatat(db->dir.fd, "db-wal", &st, 0), 0);
        return st.st_size;
}

/* As one `rkt run` after another does. */
static void write_once(const Database *db) {
        _cleanup_(store_sql_freep) StoreSql *sql = NULL;

        assert_int_equal(store_sql_open(db->path, false, &sql, NULL), 0);
        assert_int_equal(store_sql_run(sql, NULL, "UPDATE t SET n = n + 1", ""), 1);
}

static int64_t counted(StoreSql *sql, StoreRows **ret) {
        _cleanup_(store_rows_freep) StoreRows *rows = NULL;
        int64_t n = 0;

        assert_int_equal(store_sql_query(sql, &rows, NULL, "SELECT n FROM t", ""), 0);
        assert_int_equal(store_rows_next(rows, NULL), 1);
        n = store_rows_int(rows, 0);
        if (ret)
                *ret = ptr_take(&rows);
        return n;
}

/* Years of short processes: each reads the whole log as it begins. */
static void keeps_the_log_short(void **state) {
        _cleanup_(database_done) Database db = database_new();
        _cleanup_(store_sql_freep) StoreSql *sql = NULL;

        (void) state;
        for (unsigned i = 0; i < 300; i++) {
                write_once(&db);
                assert_true(log_size(&db) <= LOG_BYTES_MAX);
        }
        assert_int_equal(store_sql_open(db.path, false, &sql, NULL), 0);
        assert_int_equal(counted(sql, NULL), 300);
}

/* Who reads goes on with what was there when it began, and nobody waits for it. */
static void lets_a_reader_be(void **state) {
        _cleanup_(database_done) Database db = database_new();
        _cleanup_(store_sql_freep) StoreSql *sql = NULL;
        StoreRows *rows = NULL;

        (void) state;
        assert_int_equal(store_sql_open(db.path, true, &sql, NULL), 0);
        assert_int_equal(counted(sql, &rows), 0);
        for (unsigned i = 0; i < 200; i++)
                write_once(&db);
        assert_true(log_size(&db) > LOG_BYTES_MAX);
        store_rows_free(rows);
        assert_int_equal(counted(sql, NULL), 200);
        write_once(&db);
        assert_true(log_size(&db) <= LOG_BYTES_MAX);
        assert_int_equal(counted(sql, NULL), 201);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(keeps_the_log_short),
                cmocka_unit_test(lets_a_reader_be),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
