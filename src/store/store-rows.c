/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <string.h>

#include "store-sql-base.h"

struct StoreRows {
        StoreSql *sql;
        sqlite3_stmt *statement; /* NULL: recalled */
        StoreAnswer recalled;
        bool recording;
        StoreValues question, answer; /* that are to be kept */
};

/* Whoever takes one has it alone. NULL: none is kept of that text. */
static sqlite3_stmt *take_kept(StoreSql *sql, const char *text) {
        for (size_t i = 0; i < STORE_SQL_KEPT_MAX; i++)
                if (sql->kept[i] && strcmp(sql->sqlite->sql(sql->kept[i]), text) == 0)
                        return ptr_take(&sql->kept[i]);
        return NULL;
}

/* Ends its look at the database, too. */
static void keep(StoreSql *sql, sqlite3_stmt *statement) {
        size_t slot = 0;

        (void) sql->sqlite->reset(statement);
        (void) sql->sqlite->clear_bindings(statement);
        while (slot < STORE_SQL_KEPT_MAX && sql->kept[slot])
                slot++;
        if (slot == STORE_SQL_KEPT_MAX)
                slot = sql->next++ % STORE_SQL_KEPT_MAX;
        (void) sql->sqlite->finalize(sql->kept[slot]);
        sql->kept[slot] = statement;
}

static int bind(const StoreSqlite *sqlite, sqlite3_stmt *statement, const char *types, va_list ap) {
        int code = SQLITE_OK;

        for (int i = 0; code == SQLITE_OK && types[i]; i++)
                if (types[i] == 's')
                        code = sqlite->bind_text(statement, i + 1, va_arg(ap, const char *), -1,
                                                 SQLITE_TRANSIENT);
                else
                        code = sqlite->bind_int64(statement, i + 1, va_arg(ap, int64_t));
        return code;
}

static int
prepare(StoreSql *sql, StoreRows **ret, Error *e, const char *text, const char *types, va_list ap) {
        _cleanup_(store_rows_freep) StoreRows *rows = calloc(1, sizeof(*rows));
        int code = SQLITE_OK, r = store_sql_connect(sql, e);

        if (!rows)
                return -ENOMEM;
        if (r < 0)
                return r;
        rows->sql = sql;
        rows->statement = take_kept(sql, text);
        if (!rows->statement)
                code = sql->sqlite->prepare_v2(sql->db, text, -1, &rows->statement, NULL);
        if (code == SQLITE_OK)
                code = bind(sql->sqlite, rows->statement, types, ap);
        if (code != SQLITE_OK)
                return store_sql_failed(sql, code, e);
        *ret = ptr_take(&rows);
        return 0;
}

int store_sql_query(
        StoreSql *sql, StoreRows **ret, Error *e, const char *text, const char *types, ...) {
        va_list ap;
        int r = 0;

        va_start(ap, types);
        r = prepare(sql, ret, e, text, types, ap);
        va_end(ap);
        return r;
}

static int make_question(StoreValues *question, const char *text, const char *types, va_list ap) {
        int r = store_values_add_text(question, text);

        for (int i = 0; r >= 0 && types[i]; i++)
                r = types[i] == 's' ? store_values_add_text(question, va_arg(ap, const char *))
                                    : store_values_add_int(question, va_arg(ap, int64_t));
        return r;
}

/* Returns 1; 0 it has to be asked for. */
static int recall(StoreSql *sql, const StoreValues *question, StoreRows **ret) {
        StoreAnswer answer;

        if (sql->changed || !store_answers_find(sql->options.answers, question, &answer))
                return 0;
        *ret = calloc(1, sizeof(**ret));
        if (!*ret)
                return -ENOMEM;
        **ret = (StoreRows){ .sql = sql, .recalled = answer };
        return 1;
}

int store_sql_recall(
        StoreSql *sql, StoreRows **ret, Error *e, const char *text, const char *types, ...) {
        _cleanup_(store_values_done) StoreValues question = {};
        va_list ap;
        int r = 0, keepable = -ENOENT;

        if (sql->options.answers) {
                va_start(ap, types);
                keepable = make_question(&question, text, types, ap);
                va_end(ap);
        }
        if (keepable >= 0)
                r = recall(sql, &question, ret);
        if (r != 0)
                return r < 0 ? r : 0;
        va_start(ap, types);
        r = prepare(sql, ret, e, text, types, ap);
        va_end(ap);
        if (r >= 0 && keepable >= 0 && !sql->changed) {
                (*ret)->recording = true;
                (*ret)->question = struct_take(&question);
        }
        return r;
}

static int record_column(StoreRows *rows, int column) {
        int type = rows->sql->sqlite->column_type(rows->statement, column);

        if (type == SQLITE_INTEGER)
                return store_values_add_int(&rows->answer, store_rows_int(rows, column));
        if (type == SQLITE_TEXT || type == SQLITE_NULL)
                return store_values_add_text(&rows->answer, store_rows_text(rows, column));
        return -EOPNOTSUPP;
}

static void record(StoreRows *rows) {
        int n = rows->sql->sqlite->column_count(rows->statement);
        int r = store_values_add_columns(&rows->answer, (uint8_t) n);

        for (int i = 0; r >= 0 && i < n; i++)
                r = record_column(rows, i);
        rows->recording = r >= 0;
}

/* It was heard to its end. */
static void finish_recording(StoreRows *rows) {
        if (!rows->sql->changed)
                store_answers_add(rows->sql->options.answers, &rows->question, &rows->answer);
        rows->recording = false;
}

int store_rows_next(StoreRows *rows, Error *e) {
        int code = 0;

        if (!rows->statement)
                return store_answer_next(&rows->recalled);
        code = rows->sql->sqlite->step(rows->statement);
        if (rows->recording && code == SQLITE_ROW)
                record(rows);
        else if (rows->recording && code == SQLITE_DONE)
                finish_recording(rows);
        if (code == SQLITE_ROW)
                return 1;
        return code == SQLITE_DONE ? 0 : store_sql_failed(rows->sql, code, e);
}

/* Who has heard enough does not hear the end; the next one may want more. */
StoreRows *store_rows_free(StoreRows *rows) {
        if (!rows)
                return NULL;
        while (rows->recording && store_rows_next(rows, NULL) > 0)
                ;
        if (rows->statement)
                keep(rows->sql, rows->statement);
        store_values_done(&rows->question);
        store_values_done(&rows->answer);
        free(rows);
        return NULL;
}

const char *store_rows_text(StoreRows *rows, int column) {
        if (!rows->statement)
                return store_answer_text(&rows->recalled, (unsigned) column);
        return (const char *) rows->sql->sqlite->column_text(rows->statement, column);
}

int store_sql_number(StoreSql *sql, const char *text, int64_t *ret, Error *e) {
        _cleanup_(store_rows_freep) StoreRows *rows = NULL;
        int r = store_sql_query(sql, &rows, e, text, "");

        if (r >= 0)
                r = store_rows_next(rows, e);
        if (r > 0)
                *ret = store_rows_int(rows, 0);
        return r < 0 ? r : 0;
}

int64_t store_rows_int(StoreRows *rows, int column) {
        if (!rows->statement)
                return store_answer_int(&rows->recalled, (unsigned) column);
        return rows->sql->sqlite->column_int64(rows->statement, column);
}

int store_sql_run(StoreSql *sql, Error *e, const char *text, const char *types, ...) {
        _cleanup_(store_rows_freep) StoreRows *rows = NULL;
        va_list ap;
        int r = 0;

        sql->changed = true;
        va_start(ap, types);
        r = prepare(sql, &rows, e, text, types, ap);
        va_end(ap);
        if (r >= 0)
                r = store_rows_next(rows, e);
        return r < 0 ? r : sql->sqlite->changes(sql->db);
}
