/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* libsqlite3, loaded when the index is opened: to load it and what it needs takes as long as to ask it
 * what `rkt run` wants to know, and most verbs want nothing. */

#include <sqlite3.h>

#include "errors.h"

#define STORE_SQLITE_FUNCTIONS(_) \
        _(bind_int64)             \
        _(bind_text)              \
        _(busy_timeout)           \
        _(changes)                \
        _(clear_bindings)         \
        _(close_v2)               \
        _(column_count)           \
        _(column_int64)           \
        _(column_text)            \
        _(column_type)            \
        _(db_config)              \
        _(errmsg)                 \
        _(exec)                   \
        _(extended_result_codes)  \
        _(finalize)               \
        _(open_v2)                \
        _(prepare_v2)             \
        _(reset)                  \
        _(sql)                    \
        _(step)                   \
        _(system_errno)           \
        _(wal_checkpoint_v2)      \
        _(wal_hook)

/* sqlite3_open_v2() is ->open_v2, and so on. */
typedef struct StoreSqlite {
#define STORE_SQLITE_FIELD(name) __typeof__(sqlite3_##name) *name;
        STORE_SQLITE_FUNCTIONS(STORE_SQLITE_FIELD)
#undef STORE_SQLITE_FIELD
} StoreSqlite;

/* @ret: for as long as the process lives. Returns 0; -ELIBACC. */
int store_sqlite_load(const StoreSqlite **ret, Error *e);
