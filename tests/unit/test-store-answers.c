/* SPDX-License-Identifier: Apache-2.0 */
#include "test-dir.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "files.h"
#include "store-sql.h"

#define BOOT "8d0c2d1c-0000-4000-8000-123456789abc"
#define QUESTION "SELECT name, n, more FROM t WHERE n > ? AND name <> ? ORDER BY n"

typedef struct Index {
        TestDir dir;
        char *path;
} Index;

static StoreSql *open_in(const Index *index, const char *boot) {
        StoreSqlOptions options = { .path = index->path };
        StoreSql *sql = NULL;

        assert_int_equal(store_answers_open(index->dir.fd, boot, &options.answers), 0);
        assert_int_equal(store_sql_open(&options, &sql, NULL), 0);
        return sql;
}

static StoreSql *open_again(const Index *index) {
        return open_in(index, BOOT);
}

static Index index_new(void) {
        StoreSqlOptions options = {};
        StoreSql *sql = NULL;
        Index index = {};

        test_dir_open(&index.dir);
        assert_true(asprintf(&index.path, "%s/index.db", index.dir.path) > 0);
        options.path = index.path;
        assert_int_equal(store_sql_open(&options, &sql, NULL), 0);
        assert_int_equal(store_sql_script(sql,
                                          "CREATE TABLE t(name TEXT, n INTEGER, more TEXT);"
                                          "INSERT INTO t VALUES('one', 1, NULL), ('two', 2, NULL),"
                                          "('three', -3, NULL), ('', 9007199254740993, NULL);",
                                          NULL),
                         0);
        store_sql_checkpoint(sql);
        store_sql_free(sql);
        return index;
}

static void index_done(Index *index) {
        free(index->path);
        test_dir_done(&index->dir);
}

/* Until what changed last is told by its time. */
static void wait_a_moment(void) {
        usleep(60000);
}

/* Whether this process has the database open. */
static bool is_connected(const Index *index) {
        _cleanup_(fd_closep) int fd = dir_open_at(AT_FDCWD, "/proc/self/fd");
        char **names = NULL;
        bool found = false;

        assert_int_equal(dir_list(fd, &names), 0);
        for (char **name = names; *name; name++) {
                char path[PATH_MAX] = "";

                if (readlinkat(fd, *name, path, sizeof(path) - 1) > 0 &&
                    strcmp(path, index->path) == 0)
                        found = true;
                free(*name);
        }
        free(names);
        return found;
}

/* Asks, and wants these rows. */
static void expect_rows(StoreSql *sql, int64_t above, const char *but, const char *want) {
        _cleanup_(freep) char *text = NULL;
        StoreRows *rows = NULL;
        size_t n = 0;
        FILE *out = open_memstream(&text, &n);

        assert_int_equal(store_sql_recall(sql, &rows, NULL, QUESTION, "is", above, but), 0);
        while (store_rows_next(rows, NULL) > 0) {
                assert_null(store_rows_text(rows, 2));
                fprintf(out, "%s=%lld ", store_rows_text(rows, 0),
                        (long long) store_rows_int(rows, 1));
        }
        store_rows_free(rows);
        assert_int_equal(fclose(out), 0);
        assert_string_equal(text, want);
}

static void ask_once(const Index *index) {
        StoreSql *sql = open_again(index);

        expect_rows(sql, 0, "two", "one=1 =9007199254740993 ");
        store_sql_free(sql);
}

static void expect_kept(const Index *index, bool want) {
        StoreSql *sql = open_again(index);

        expect_rows(sql, 0, "two", "one=1 =9007199254740993 ");
        assert_int_equal(is_connected(index), !want);
        store_sql_free(sql);
}

static void change(const Index *index, const char *statement) {
        const StoreSqlOptions options = { .path = index->path };
        StoreSql *sql = NULL;

        assert_int_equal(store_sql_open(&options, &sql, NULL), 0);
        assert_true(store_sql_run(sql, NULL, statement, "") >= 0);
        store_sql_free(sql);
}

static void answers_again_without_the_database(void **state) {
        _cleanup_(index_done) Index index = index_new();
        StoreSql *sql = NULL;

        (void) state;
        wait_a_moment();
        ask_once(&index);
        sql = open_again(&index);
        expect_rows(sql, 0, "two", "one=1 =9007199254740993 ");
        expect_rows(sql, 0, "two", "one=1 =9007199254740993 ");
        assert_false(is_connected(&index));

        /* What was not asked before is asked now, and is kept with the other. */
        expect_rows(sql, 100000000000000000, "", "");
        assert_true(is_connected(&index));
        expect_rows(sql, -10, NULL, "");
        store_sql_free(sql);
        sql = open_again(&index);
        expect_rows(sql, 100000000000000000, "", "");
        expect_rows(sql, -10, NULL, "");
        expect_rows(sql, 0, "two", "one=1 =9007199254740993 ");
        assert_false(is_connected(&index));
        store_sql_free(sql);
}

static void keeps_all_rows_for_who_wanted_one(void **state) {
        _cleanup_(index_done) Index index = index_new();
        StoreSql *sql = NULL;
        StoreRows *rows = NULL;

        (void) state;
        wait_a_moment();
        sql = open_again(&index);
        assert_int_equal(store_sql_recall(sql, &rows, NULL, QUESTION, "is", INT64_C(0), "two"), 0);
        assert_int_equal(store_rows_next(rows, NULL), 1);
        store_rows_free(rows);
        store_sql_free(sql);
        expect_kept(&index, true);
}

static void any_change_ends_them(void **state) {
        _cleanup_(index_done) Index index = index_new();
        StoreSql *sql = NULL, *other = NULL;

        (void) state;
        wait_a_moment();
        ask_once(&index);
        expect_kept(&index, true);
        change(&index, "UPDATE t SET n = 0 WHERE name = 'one'");
        sql = open_again(&index);
        expect_rows(sql, 0, "two", "=9007199254740993 ");
        store_sql_free(sql);
        change(&index, "UPDATE t SET n = 1 WHERE name = 'one'");

        /* While others have it open, and the log is as long as it was. */
        wait_a_moment();
        ask_once(&index);
        sql = open_again(&index);
        other = open_again(&index);
        expect_rows(sql, 0, "two", "one=1 =9007199254740993 ");
        assert_false(is_connected(&index));
        assert_int_equal(store_sql_run(other, NULL, "DELETE FROM t WHERE name = 'one'", ""), 1);
        expect_rows(sql, 0, "two", "=9007199254740993 ");
        store_sql_free(other);
        store_sql_free(sql);
}

static void who_changes_something_asks_the_database(void **state) {
        _cleanup_(index_done) Index index = index_new();
        _cleanup_(store_sql_rollback) StoreTransaction transaction = {};
        StoreSql *sql = NULL;

        (void) state;
        wait_a_moment();
        ask_once(&index);
        sql = open_again(&index);
        assert_int_equal(store_sql_begin(sql, false, &transaction, NULL), 0);
        assert_int_equal(store_sql_run(sql, NULL, "DELETE FROM t WHERE name = 'one'", ""), 1);
        expect_rows(sql, 0, "two", "=9007199254740993 ");
        store_sql_rollback(&transaction);
        expect_rows(sql, 0, "two", "one=1 =9007199254740993 ");
        store_sql_free(sql);
        expect_kept(&index, true);
}

static void tells_why_it_cannot_ask(void **state) {
        _cleanup_(index_done) Index index = index_new();
        _cleanup_(error_done) Error e = ERROR_NULL;
        StoreTransaction transaction;
        StoreRows *rows = NULL;
        StoreSql *sql = NULL;

        (void) state;
        wait_a_moment();
        ask_once(&index);
        sql = open_again(&index);
        assert_int_equal(renameat(index.dir.fd, "index.db", index.dir.fd, "away"), 0);
        make_dir(index.dir.fd, "index.db");
        assert_int_equal(store_sql_begin(sql, true, &transaction, &e), -ENOENT);
        assert_string_equal(error_cause(&e), "the image index: unable to open database file");
        assert_true(store_sql_query(sql, &rows, NULL, "SELECT 1", "") < 0);
        store_sql_free(sql);
}

static void nothing_is_kept_of_what_may_be_old(void **state) {
        _cleanup_(index_done) Index index = index_new();
        StoreSql *sql = NULL, *other = NULL;

        (void) state;
        /* Another change in this moment would not show. */
        change(&index, "UPDATE t SET n = 7 WHERE name = 'two'");
        ask_once(&index);
        assert_int_equal(faccessat(index.dir.fd, "answers", F_OK, 0), -1);

        /* Something was committed since, and is already written back. */
        wait_a_moment();
        sql = open_again(&index);
        expect_rows(sql, 0, "two", "one=1 =9007199254740993 ");
        change(&index, "UPDATE t SET n = 5 WHERE name = 'one'");
        wait_a_moment();
        store_sql_free(sql);
        assert_int_equal(faccessat(index.dir.fd, "answers", F_OK, 0), -1);
        change(&index, "UPDATE t SET n = 1 WHERE name = 'one'");

        /* Something is about to be. */
        wait_a_moment();
        sql = open_again(&index);
        expect_rows(sql, 0, "two", "one=1 =9007199254740993 ");
        other = open_again(&index);
        {
                _cleanup_(store_sql_rollback) StoreTransaction transaction = {};

                assert_int_equal(store_sql_begin(other, true, &transaction, NULL), 0);
                store_sql_free(sql);
                assert_int_equal(faccessat(index.dir.fd, "answers", F_OK, 0), -1);
        }
        store_sql_free(other);

        /* There is a log, whatever is in it: here a reader keeps it. */
        sql = open_again(&index);
        {
                _cleanup_(store_rows_freep) StoreRows *rows = NULL;

                assert_int_equal(store_sql_query(sql, &rows, NULL, "SELECT n FROM t", ""), 0);
                assert_int_equal(store_rows_next(rows, NULL), 1);
                change(&index, "DELETE FROM t WHERE name = 'two'");
                wait_a_moment();
                ask_once(&index);
                assert_int_equal(faccessat(index.dir.fd, "answers", F_OK, 0), -1);
        }
        store_sql_free(sql);
}

static void another_boot_or_index_has_none(void **state) {
        _cleanup_(index_done) Index index = index_new();
        StoreSql *sql = NULL;

        (void) state;
        wait_a_moment();
        ask_once(&index);
        sql = open_in(&index, "8d0c2d1c-0000-4000-8000-123456789abd");
        assert_true(is_connected(&index));
        store_sql_free(sql);

        expect_kept(&index, true);
        assert_int_equal(fchmodat(index.dir.fd, "index.db", 0600, 0), 0);
        wait_a_moment();
        expect_kept(&index, false);
        expect_kept(&index, true);
        if (geteuid() == 0) {
                assert_int_equal(fchownat(index.dir.fd, "answers", 65534, 65534, 0), 0);
                expect_kept(&index, false);
        }
}

/* Root's own file; a disk may still give back anything. */
static void survives_a_damaged_file(void **state) {
        _cleanup_(index_done) Index index = index_new();
        _cleanup_(freep) char *good = NULL;
        size_t n = 0;

        (void) state;
        wait_a_moment();
        ask_once(&index);
        assert_int_equal(file_read_at(index.dir.fd, "answers", STORE_ANSWERS_MAX, &good, &n), 0);
        for (size_t i = 0; i < 2 * n; i++) {
                _cleanup_(freep) char *bad = malloc(n);
                size_t n_bad = i < n ? i : n;
                int r = 0;
                StoreRows *rows = NULL;
                StoreSql *sql = NULL;

                memcpy(bad, good, n);
                if (i >= n)
                        bad[i - n] = (char) (bad[i - n] ^ (i % 3 ? 0xff : 1));
                assert_int_equal(file_write_at(index.dir.fd, "answers", bad, n_bad, 0640, 0), 0);
                sql = open_again(&index);
                assert_int_equal(
                        store_sql_recall(sql, &rows, NULL, QUESTION, "is", INT64_C(0), "two"), 0);
                do {
                        (void) store_rows_text(rows, 0);
                        (void) store_rows_int(rows, 1);
                        (void) store_rows_text(rows, 15);
                        r = store_rows_next(rows, NULL);
                } while (r > 0);
                assert_int_equal(r, 0);
                store_rows_free(rows);
                assert_int_equal(unlinkat(index.dir.fd, "answers", 0), 0);
                store_sql_free(sql);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(answers_again_without_the_database),
                cmocka_unit_test(keeps_all_rows_for_who_wanted_one),
                cmocka_unit_test(any_change_ends_them),
                cmocka_unit_test(who_changes_something_asks_the_database),
                cmocka_unit_test(tells_why_it_cannot_ask),
                cmocka_unit_test(nothing_is_kept_of_what_may_be_old),
                cmocka_unit_test(another_boot_or_index_has_none),
                cmocka_unit_test(survives_a_damaged_file),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
