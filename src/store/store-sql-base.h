/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The two files that know sqlite: connections and transactions (store-sql.c), statements and their rows
 * (store-rows.c). */

#include "store-sql.h"
#include "store-sqlite.h"

/* Statements that are kept for when they are asked again: a look at one image asks fewer. */
#define STORE_SQL_KEPT_MAX 16

struct StoreSql {
        StoreSqlOptions options;
        char *path;                /* what its own points to */
        const StoreSqlite *sqlite; /* NULL: not loaded */
        sqlite3 *db;               /* NULL: not open */
        sqlite3_stmt *kept[STORE_SQL_KEPT_MAX];
        unsigned next;   /* to make room when there is none */
        bool changed;    /* by us */
        int64_t version; /* of what others made of it, when we began to ask */
};

/* Opens it, if it is not. As store_sql_open(). */
int store_sql_connect(StoreSql *sql, Error *e);

/* What sqlite says, as an errno. */
int store_sql_failed(const StoreSql *sql, int code, Error *e);
