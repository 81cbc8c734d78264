/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* How stats shows one round: a table, or a list of objects. */

#include "json-write.h"
#include "output-format.h"
#include "sysd-stats.h"
#include "table.h"
#include "uuid.h"

typedef struct StatsOutput {
        OutputFormat format;
        bool no_legend;
        bool full;  /* whole UUIDs, nanoseconds and bytes */
        bool share; /* the table has a column for it */
        Table *table;
        JsonWriter json;
} StatsOutput;

/* Begins a round that is written to @file (borrowed until stats_output_finish()). The settings above are
 * the caller's and stay. Returns 0; -ENOMEM. */
int stats_output_begin(StatsOutput *out, FILE *file);

/* One app. @permille: its share of a processor in thousandths; SYSD_UNKNOWN. Returns 0; -ENOMEM. */
int stats_output_add(StatsOutput *out,
                     const Uuid *uuid,
                     const char *app,
                     const SysdStats *stats,
                     uint64_t permille);

/* Ends the round. @write: false when it failed and nothing more is to be written. */
void stats_output_finish(StatsOutput *out, bool write);
