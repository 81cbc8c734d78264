/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The tables of cas/index.db. Who keeps a table says what its columns mean. */

#include "store-sql.h"

/**
 * store_index_prepare() - make the tables, or see whether they are ours
 *
 * Returns: 0; -EOPNOTSUPP made by a newer rkt; -ENOENT there are none (read-only); as
 *          store_sql_query().
 */
int store_index_prepare(StoreSql *sql, bool read_only, Error *e);
