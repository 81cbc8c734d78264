/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "store-sql-base.h"

/* Writers take their turn; each holds the lock for milliseconds. */
#define BUSY_MSEC 30000
/* Whoever opens the database when nobody else has it reads the whole log: it must stay short. */
#define LOG_PAGES_MAX 100

static const struct {
        int code, r;
} codes[] = {
        { SQLITE_FULL, -ENOSPC },       { SQLITE_BUSY, -EBUSY },      { SQLITE_LOCKED, -EBUSY },
        { SQLITE_NOMEM, -ENOMEM },      { SQLITE_CORRUPT, -EUCLEAN }, { SQLITE_NOTADB, -EUCLEAN },
        { SQLITE_READONLY, -EROFS },    { SQLITE_PERM, -EACCES },     { SQLITE_CANTOPEN, -ENOENT },
        { SQLITE_CONSTRAINT, -EEXIST },
};

int store_sql_failed(const StoreSql *sql, int code, Error *e) {
        int r = -EIO;

        for (size_t i = 0; i < N_ELEMENTS(codes); i++)
                if ((code & 0xff) == codes[i].code)
                        r = codes[i].r;
        if (code == SQLITE_IOERR_WRITE && sql->sqlite->system_errno(sql->db) == ENOSPC)
                r = -ENOSPC;
        return error_new(e, r, "the image index: %s", sql->sqlite->errmsg(sql->db));
}

/* Changes with what others commit. */
static int read_version(StoreSql *sql, int64_t *ret, Error *e) {
        return store_sql_number(sql, "PRAGMA data_version", ret, e);
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

static int connect_to(StoreSql *sql, Error *e) {
        bool read_only = sql->options.read_only;
        int flags = read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
        int code = 0, r = store_sqlite_load(&sql->sqlite, e);

        if (r < 0)
                return r;
        code = sql->sqlite->open_v2(sql->options.path, &sql->db, flags | SQLITE_OPEN_NOMUTEX, NULL);
        if (code != SQLITE_OK)
                return sql->db ? store_sql_failed(sql, code, e) : -ENOMEM;
        (void) sql->sqlite->extended_result_codes(sql->db, 1);
        (void) sql->sqlite->busy_timeout(sql->db, BUSY_MSEC);
        /* The last one to leave would write the log back, and wait for the disk, who only looked as well. */
        (void) sql->sqlite->db_config(sql->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
        (void) sql->sqlite->wal_hook(sql->db, shorten_log, sql);
        (void) sql->sqlite->db_config(sql->db, SQLITE_DBCONFIG_ENABLE_FKEY, 1, NULL);
        (void) sql->sqlite->db_config(sql->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
        (void) sql->sqlite->db_config(sql->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
        r = store_sql_script(sql,
                             read_only ? "PRAGMA query_only=ON;"
                                       : "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
                             e);
        if (r >= 0 && sql->options.prepare)
                r = sql->options.prepare(sql, read_only, e);
        if (r >= 0 && sql->options.answers)
                r = read_version(sql, &sql->version, e);
        return r;
}

static void disconnect(StoreSql *sql) {
        if (!sql->db)
                return;
        for (size_t i = 0; i < STORE_SQL_KEPT_MAX; i++) {
                (void) sql->sqlite->finalize(sql->kept[i]);
                sql->kept[i] = NULL;
        }
        (void) sql->sqlite->close_v2(sql->db);
        sql->db = NULL;
}

/* A connection that failed half way is none: the next who asks hears why, too. */
int store_sql_connect(StoreSql *sql, Error *e) {
        int r = sql->db ? 0 : connect_to(sql, e);

        if (r < 0)
                disconnect(sql);
        return r;
}

int store_sql_open(const StoreSqlOptions *options, StoreSql **ret, Error *e) {
        _cleanup_(store_sql_freep) StoreSql *sql = calloc(1, sizeof(*sql));
        int r = 0;

        if (!sql) {
                (void) store_answers_free(options->answers);
                return -ENOMEM;
        }
        sql->options = *options;
        sql->options.path = sql->path = strdup(options->path);
        if (!sql->path)
                return -ENOMEM;
        r = options->answers && store_answers_hold(options->answers) ? 0
                                                                     : store_sql_connect(sql, e);
        if (r >= 0)
                *ret = ptr_take(&sql);
        return r;
}

/* What was answered is still so if nobody changed anything, which nobody can while we hold the lock. */
static void save_answers(StoreSql *sql) {
        const StoreAnswers *answers = sql->options.answers;
        int64_t version = 0;

        if (!answers || !sql->db || sql->options.read_only || sql->changed ||
            !store_answers_are_new(answers))
                return;
        (void) sql->sqlite->busy_timeout(sql->db, 0);
        if (store_sql_script(sql, "BEGIN IMMEDIATE", NULL) < 0)
                return;
        if (read_version(sql, &version, NULL) >= 0 && version == sql->version)
                (void) store_answers_save(answers);
        (void) store_sql_script(sql, "ROLLBACK", NULL);
}

StoreSql *store_sql_free(StoreSql *sql) {
        if (!sql)
                return NULL;
        save_answers(sql);
        if (sql->changed)
                store_sql_checkpoint(sql);
        disconnect(sql);
        (void) store_answers_free(sql->options.answers);
        free(sql->path);
        free(sql);
        return NULL;
}

void store_sql_checkpoint(StoreSql *sql) {
        if (!sql->db)
                return;
        (void) sql->sqlite->busy_timeout(sql->db, 0);
        (void) sql->sqlite->wal_checkpoint_v2(sql->db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL,
                                              NULL);
        (void) sql->sqlite->busy_timeout(sql->db, BUSY_MSEC);
}

int store_sql_script(StoreSql *sql, const char *text, Error *e) {
        int code = 0, r = store_sql_connect(sql, e);

        if (r < 0)
                return r;
        code = sql->sqlite->exec(sql->db, text, NULL, NULL, NULL);
        return code == SQLITE_OK ? 0 : store_sql_failed(sql, code, e);
}

static void set_lasting(StoreSql *sql, bool lasting) {
        (void) store_sql_script(
                sql, lasting ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=NORMAL", NULL);
}

int store_sql_begin(StoreSql *sql, bool lasting, StoreTransaction *ret, Error *e) {
        int r = 0;

        sql->changed = true;
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
        (void) transaction->sql->sqlite->exec(transaction->sql->db, "ROLLBACK", NULL, NULL, NULL);
        if (transaction->lasting)
                set_lasting(transaction->sql, false);
        transaction->sql = NULL;
}
