/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Reading a pod's journal: while it runs and after. */

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "errors.h"

typedef struct SysdLogQuery {
        const char *app;    /* only this one's; NULL for all */
        bool with_names;    /* "TIME APP[PID]: MESSAGE" instead of the message alone */
        bool json;          /* each entry with all its fields, as "journalctl --output=json" */
        bool follow;        /* go on until @still_there says no */
        int64_t since_usec; /* since the epoch; 0 from the beginning */
        int64_t last;       /* only so many lines at the end; -1 for all */
        bool (*still_there)(void *userdata); /* asked when nothing came for a while */
        void *userdata;
} SysdLogQuery;

/**
 * sysd_logs_print() - print what a pod's apps wrote
 * @directory: of the pod's journal, as sysd_journal_directory() names it
 *
 * Returns: 0; -ENOENT when there is no such journal; a negative errno.
 */
int sysd_logs_print(const char *directory, const SysdLogQuery *query, FILE *out, Error *e);
