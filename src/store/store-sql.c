/* SPDX-License-Identifier: Apache-2.0 */
#include "store-sql.h"

#include <stdarg.h>
#include <string.h>

#include <sqlite3.h>

/* Writers take their turn; each holds the lock for milliseconds. */
#define BUSY_MSEC 30000
/* Whoever opens the database when nobody else has it reads the whole log: it must stay short. */
#define LOG_PAGES_MAX 100

/* Statements that are kept for when they are asked again: a look at one image asks fewer. */
#define KEPT_MAX 16

struct StoreSql {
        sqlite3 *db;
        sqlite3_stmt *kept[KEPT_MAX];
        unsigned next; /* to make room when there is none */
};

struct StoreRows {
        StoreSql *sql;
        sqlite3_stmt *statement;
};

static const struct {
        int sqlite, r;
} codes[] = {
        { SQLITE_FULL, -ENOSPC },       { SQLITE_BUSY, -EBUSY },      { SQLITE_LOCKED, -EBUSY },
        { SQLITE_NOMEM, -ENOMEM },      { SQLITE_CORRUPT, -EUCLEAN }, { SQLITE_NOTADB, -EUCLEAN },
        { SQLITE_READONLY, -EROFS },    { SQLITE_PERM, -EACCES },     { SQLITE_CANTOPEN, -ENOENT },
        { SQLITE_CONSTRAINT, -EEXIST },
};

static int failed(const StoreSql *sql, int code, Error *e) {
        int r = -EIO;

        for (size_t i = 0; i < N_ELEMENTS(codes); i++)
                if ((code & 0xff) == codes[i].sqlite)
                        r = codes[i].r;
        if (code == SQLITE_IOERR_WRITE && sqlite3_system_errno(sql->db) == ENOSPC)
                r = -ENOSPC;
        return error_new(e, r, "the image index: %s", sqlite3_errmsg(sql->db));
}

/* sqlite's own hook writes the log back, but only the same process would begin it anew then, and ours
 * end before they write again: it would grow for ever. */
static int shorten_log(void *userdata, sqlite3 *db, const char *name, int n_pages) {
        (void) db;
        (void) name;
        if (n_pages >= LOG_PAGES_MAX)
                store_sql_checkpoint(userdata);
        return SQLITE_OK;
}

int store_sql_open(const char *path, bool read_only, StoreSql **ret, Error *e) {
        _cleanup_(store_sql_freep) StoreSql *sql = calloc(1, sizeof(*sql));
        int flags = read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
        int code = 0, r = 0;

        if (!sql)
                return -ENOMEM;
        code = sqlite3_open_v2(path, &sql->db, flags | SQLITE_OPEN_NOMUTEX, NULL);
        if (code != SQLITE_OK)
                return sql->db ? failed(sql, code, e) : -ENOMEM;
        (void) sqlite3_extended_result_codes(sql->db, 1);
        (void) sqlite3_busy_timeout(sql->db, BUSY_MSEC);
        /* The last one to leave would write the log back, and wait for the disk. */
        (void) sqlite3_db_config(sql->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
        (void) sqlite3_wal_hook(sql->db, shorten_log, sql);
        (void) sqlite3_db_config(sql->db, SQLITE_DBCONFIG_ENABLE_FKEY, 1, NULL);
        (void) sqlite3_db_config(sql->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
        (void) sqlite3_db_config(sql->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
        r = store_sql_script(sql,
                             read_only ? "PRAGMA query_only=ON;"
                                       : "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
                             e);
        if (r < 0)
                return r;
        *ret = ptr_take(&sql);
        return 0;
}

StoreSql *store_sql_free(StoreSql *sql) {
        if (!sql)
                return NULL;
        for (size_t i = 0; i < KEPT_MAX; i++)
                (void) sqlite3_finalize(sql->kept[i]);
        (void) sqlite3_close_v2(sql->db);
        free(sql);
        return NULL;
}

void store_sql_checkpoint(StoreSql *sql) {
        (void) sqlite3_busy_timeout(sql->db, 0);
        (void) sqlite3_wal_checkpoint_v2(sql->db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
        (void) sqlite3_busy_timeout(sql->db, BUSY_MSEC);
}

int store_sql_script(StoreSql *sql, const char *text, Error *e) {
        int code = sqlite3_exec(sql->db, text, NULL, NULL, NULL);

        return code == SQLITE_OK ? 0 : failed(sql, code, e);
}

/* Whoever takes one has it alone. NULL: none is kept of that text. */
static sqlite3_stmt *take_kept(StoreSql *sql, const char *text) {
        for (size_t i = 0; i < KEPT_MAX; i++)
                if (sql->kept[i] && strcmp(sqlite3_sql(sql->kept[i]), text) == 0)
                        return ptr_take(&sql->kept[i]);
        return NULL;
}

/* Ends its look at the database, too. */
static void keep(StoreSql *sql, sqlite3_stmt *statement) {
        size_t slot = 0;

        (void) sqlite3_reset(statement);
        (void) sqlite3_clear_bindings(statement);
        while (slot < KEPT_MAX && sql->kept[slot])
                slot++;
        if (slot == KEPT_MAX)
                slot = sql->next++ % KEPT_MAX;
        (void) sqlite3_finalize(sql->kept[slot]);
        sql->kept[slot] = statement;
}

static int bind(sqlite3_stmt *statement, const char *types, va_list ap) {
        int code = SQLITE_OK;

        for (int i = 0; code == SQLITE_OK && types[i]; i++)
                if (types[i] == 's')
                        code = sqlite3_bind_text(statement, i + 1, va_arg(ap, const char *), -1,
                                                 SQLITE_TRANSIENT);
                else
                        code = sqlite3_bind_int64(statement, i + 1, va_arg(ap, int64_t));
        return code;
}

static int
prepare(StoreSql *sql, StoreRows **ret, Error *e, const char *text, const char *types, va_list ap) {
        _cleanup_(store_rows_freep) StoreRows *rows = calloc(1, sizeof(*rows));
        int code = SQLITE_OK;

        if (!rows)
                return -ENOMEM;
        rows->sql = sql;
        rows->statement = take_kept(sql, text);
        if (!rows->statement)
                code = sqlite3_prepare_v2(sql->db, text, -1, &rows->statement, NULL);
        if (code == SQLITE_OK)
                code = bind(rows->statement, types, ap);
        if (code != SQLITE_OK)
                return failed(sql, code, e);
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

StoreRows *store_rows_free(StoreRows *rows) {
        if (rows && rows->statement)
                keep(rows->sql, rows->statement);
        free(rows);
        return NULL;
}

int store_rows_next(StoreRows *rows, Error *e) {
        int code = sqlite3_step(rows->statement);

        if (code == SQLITE_ROW)
                return 1;
        return code == SQLITE_DONE ? 0 : failed(rows->sql, code, e);
}

const char *store_rows_text(StoreRows *rows, int column) {
        return (const char *) sqlite3_column_text(rows->statement, column);
}

int64_t store_rows_int(StoreRows *rows, int column) {
        return sqlite3_column_int64(rows->statement, column);
}

int store_sql_run(StoreSql *sql, Error *e, const char *text, const char *types, ...) {
        _cleanup_(store_rows_freep) StoreRows *rows = NULL;
        va_list ap;
        int r = 0;

        va_start(ap, types);
        r = prepare(sql, &rows, e, text, types, ap);
        va_end(ap);
        if (r >= 0)
                r = store_rows_next(rows, e);
        return r < 0 ? r : sqlite3_changes(sql->db);
}

static void set_lasting(StoreSql *sql, bool lasting) {
        (void) store_sql_script(
                sql, lasting ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=NORMAL", NULL);
}

int store_sql_begin(StoreSql *sql, bool lasting, StoreTransaction *ret, Error *e) {
        int r = 0;

        if (lasting)
                set_lasting(sql, true);
        r = store_sql_script(sql, "BEGIN IMMEDIATE", e);
        if (r < 0 && lasting)
                set_lasting(sql, false);
        *ret = (StoreTransaction){ .sql = r < 0 ? NULL : sql, .lasting = lasting };
        return r;
}

int store_sql_commit(StoreTransaction *transaction, Error *e) {
        int r = store_sql_script(transaction->sql, "COMMIT", e);

        if (r < 0)
                return r;
        if (transaction->lasting)
                set_lasting(transaction->sql, false);
        transaction->sql = NULL;
        return 0;
}

void store_sql_rollback(StoreTransaction *transaction) {
        if (!transaction->sql)
                return;
        (void) sqlite3_exec(transaction->sql->db, "ROLLBACK", NULL, NULL, NULL);
        if (transaction->lasting)
                set_lasting(transaction->sql, false);
        transaction->sql = NULL;
}
