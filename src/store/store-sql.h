/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The one place that knows sqlite: connections, statements, transactions. */

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>

#include "cleanup.h"
#include "errors.h"
#include "store-answers.h"

typedef struct StoreSql StoreSql;
typedef struct StoreRows StoreRows;

typedef struct StoreSqlOptions {
        const char *path; /* made if missing, unless @read_only; borrowed for the call */
        bool read_only;
        int (*prepare)(StoreSql *sql, bool read_only, Error *e); /* when it is open; may be NULL */
        StoreAnswers *answers; /* of it; taken, in every case; NULL: none are kept */
} StoreSqlOptions;

/**
 * store_sql_open() - open a database, in WAL mode
 *
 * Where there are answers that hold, it is not opened before something else is asked.
 *
 * A power cut may undo the last commits, but never half of one, and commits cost no fsync: see
 * store_sql_begin() for those that must last.
 *
 * Returns: 0; -ENOENT, -EACCES, -EROFS; -EUCLEAN damaged; -EIO; -ELIBACC; -ENOMEM; what @prepare returns.
 *          Where it is not opened yet, these come when it is.
 */
int store_sql_open(const StoreSqlOptions *options, StoreSql **ret, Error *e);

/* Who changed something empties the log, and who asked something new keeps the answers. */
StoreSql *store_sql_free(StoreSql *sql);
DEFINE_CLEANUP(StoreSql, store_sql_free);

/* Writes the log back into the database and empties it, unless somebody reads or writes: then as far as
 * that goes, and the next one will. */
void store_sql_checkpoint(StoreSql *sql);

/* Several statements, without parameters. */
int store_sql_script(StoreSql *sql, const char *text, Error *e);

/**
 * store_sql_query() - begin reading rows
 * @types: one letter for each parameter that follows: 's' const char * (NULL is NULL), 'i' int64_t
 *
 * Returns: 0; -EBUSY; -ENOSPC; -EUCLEAN; -EIO; -ENOMEM.
 */
int store_sql_query(
        StoreSql *sql, StoreRows **ret, Error *e, const char *text, const char *types, ...);
StoreRows *store_rows_free(StoreRows *rows);
DEFINE_CLEANUP(StoreRows, store_rows_free);

/* As store_sql_query(), for few rows that are asked for often: an answer of before is given again as long as
 * nobody has changed anything. */
int store_sql_recall(
        StoreSql *sql, StoreRows **ret, Error *e, const char *text, const char *types, ...);

/* Returns 1 with a row; 0 at the end; a negative errno. */
int store_rows_next(StoreRows *rows, Error *e);
const char *store_rows_text(StoreRows *rows, int column); /* NULL for NULL; until the next row */
int64_t store_rows_int(StoreRows *rows, int column);

/* The one number that @text asks for. Returns as store_sql_query(). */
int store_sql_number(StoreSql *sql, const char *text, int64_t *ret, Error *e);

/* A statement without result. Returns the number of rows changed; as store_sql_query(). */
int store_sql_run(StoreSql *sql, Error *e, const char *text, const char *types, ...);

/* Undone when its scope is left without store_sql_commit(). */
typedef struct StoreTransaction {
        StoreSql *sql; /* NULL: none is open */
        bool lasting;
} StoreTransaction;

/* @lasting: with all that was committed before, it is on disk when store_sql_commit() returns. */
int store_sql_begin(StoreSql *sql, bool lasting, StoreTransaction *ret, Error *e);
int store_sql_commit(StoreTransaction *transaction, Error *e);
void store_sql_rollback(StoreTransaction *transaction);
