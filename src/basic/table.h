/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Tables as the original printed them (Go's tabwriter: cells padded with TABs to multiples of 8,
 * at least one blank between): scripts split its columns at runs of TABs. */

#include <stdio.h>

#include "cleanup.h"

typedef struct Table Table;

Table *table_new(size_t n_columns);
Table *table_free(Table *table);
DEFINE_CLEANUP(Table, table_free);

/* Appends a cell; rows end by themselves when they are full. NULL is an empty cell.
 * Returns 0; -ENOMEM. */
int table_add(Table *table, const char *cell);
int table_addf(Table *table, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Foreign characters that a terminal would obey are escaped. */
void table_write(const Table *table, FILE *out);
