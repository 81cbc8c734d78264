/* SPDX-License-Identifier: Apache-2.0 */
#include "test-dir.h"

#include <sys/stat.h>

#include "store-sql.h"

#define LOG_BYTES_MAX ((off_t) 128 * 4120) /* a frame of the log: a page and its header */

typedef struct Database {
        TestDir dir;
        char *path;
} Database;

static int open_sql(const char *path, bool read_only, StoreSql **ret) {
        const StoreSqlOptions options = { .path = path, .read_only = read_only };

        return store_sql_open(&options, ret, NULL);
}

static Database database_new(void) {
        _cleanup_(store_sql_freep) StoreSql *sql = NULL;
        Database db = {};

        test_dir_open(&db.dir);
        assert_true(asprintf(&db.path, "%s/db", db.dir.path) > 0);
        assert_int_equal(open_sql(db.path, false, &sql), 0);
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

        assert_int_equal(open_sql(db->path, false, &sql), 0);
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
        assert_int_equal(open_sql(db.path, false, &sql), 0);
        assert_int_equal(counted(sql, NULL), 300);
}

/* Who reads goes on with what was there when it began, and nobody waits for it. */
static void lets_a_reader_be(void **state) {
        _cleanup_(database_done) Database db = database_new();
        _cleanup_(store_sql_freep) StoreSql *sql = NULL;
        StoreRows *rows = NULL;

        (void) state;
        assert_int_equal(open_sql(db.path, true, &sql), 0);
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

static int64_t first_above(StoreSql *sql, StoreRows **ret, int64_t n) {
        assert_int_equal(
                store_sql_query(sql, ret, NULL, "SELECT n FROM t WHERE n > ? ORDER BY n", "i", n),
                0);
        assert_int_equal(store_rows_next(*ret, NULL), 1);
        return store_rows_int(*ret, 0);
}

/* A statement that is kept is as a new one: for who asks the same within the same, after an end before the
 * last row, after a failure, when the table is another one by now. */
static void asks_again_as_if_for_the_first_time(void **state) {
        _cleanup_(database_done) Database db = database_new();
        _cleanup_(store_sql_freep) StoreSql *sql = NULL, *other = NULL;
        StoreRows *outer = NULL, *inner = NULL;

        (void) state;
        assert_int_equal(open_sql(db.path, false, &sql), 0);
        assert_int_equal(open_sql(db.path, false, &other), 0);
        for (int64_t n = 1; n < 100; n++)
                assert_int_equal(store_sql_run(sql, NULL, "INSERT INTO t VALUES(?)", "i", n), 1);
        assert_int_equal(first_above(sql, &outer, 10), 11);
        assert_int_equal(first_above(sql, &inner, 50), 51);
        assert_int_equal(store_rows_next(outer, NULL), 1);
        assert_int_equal(store_rows_int(outer, 0), 12);
        outer = store_rows_free(outer);
        assert_int_equal(first_above(sql, &outer, 0), 1);
        assert_int_equal(store_rows_next(inner, NULL), 1);
        assert_int_equal(store_rows_int(inner, 0), 52);
        inner = store_rows_free(inner);
        outer = store_rows_free(outer);

        assert_int_equal(store_sql_run(other, NULL, "DELETE FROM t WHERE n < 40", ""), 40);
        assert_int_equal(first_above(sql, &outer, 0), 40);
        outer = store_rows_free(outer);
        assert_int_equal(store_sql_script(other, "CREATE UNIQUE INDEX i ON t(n)", NULL), 0);
        assert_int_equal(store_sql_run(sql, NULL, "INSERT INTO t VALUES(?)", "i", INT64_C(40)),
                         -EEXIST);
        assert_int_equal(store_sql_run(sql, NULL, "INSERT INTO t VALUES(?)", "i", INT64_C(39)), 1);
        assert_int_equal(first_above(sql, &outer, 0), 39);
        outer = store_rows_free(outer);

        for (int i = 0; i < 200; i++) {
                _cleanup_(freep) char *text = NULL;

                assert_true(asprintf(&text, "SELECT n + %d FROM t WHERE n = 40", i % 60) > 0);
                assert_int_equal(store_sql_query(sql, &outer, NULL, text, ""), 0);
                assert_int_equal(store_rows_next(outer, NULL), 1);
                assert_int_equal(store_rows_int(outer, 0), 40 + i % 60);
                outer = store_rows_free(outer);
        }
        assert_int_equal(store_sql_query(sql, &outer, NULL, "SELECT 1 WHERE ? IS NULL", "s", "x"),
                         0);
        assert_int_equal(store_rows_next(outer, NULL), 0);
        outer = store_rows_free(outer);
        assert_int_equal(store_sql_query(sql, &outer, NULL, "SELECT 1 WHERE ? IS NULL", "s", NULL),
                         0);
        assert_int_equal(store_rows_next(outer, NULL), 1);
        outer = store_rows_free(outer);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(keeps_the_log_short),
                cmocka_unit_test(lets_a_reader_be),
                cmocka_unit_test(asks_again_as_if_for_the_first_time),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
