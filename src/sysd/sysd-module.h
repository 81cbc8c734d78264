/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What rkt itself uses of this room: a module that is loaded when a verb asks for it. libsystemd brings
 * seven more libraries, and to load them takes longer than all else that rkt does before stage1. */

#include "sysd-logs.h"
#include "sysd-names.h"
#include "sysd-stats.h"
#include "sysd-wait.h"

struct AppcIsolators;

typedef struct SysdModule {
        int (*connect)(sd_bus **ret, Error *e);
        sd_bus *(*disconnect)(sd_bus *bus); /* takes NULL; returns NULL */
        int (*stats_read)(sd_bus *bus, const char *unit, SysdStats *ret, Error *e);
        int (*pause)(sd_bus *bus, int reader_fd, uint64_t usec, Error *e);
        int (*update)(sd_bus *bus,
                      const char *unit,
                      const struct AppcIsolators *limits,
                      char *const *assignments,
                      Error *e); /* app_update() */
        int (*journal_directory)(const SysdNames *names, char **ret, Error *e);
        void (*journal_catch_up)(const SysdNames *names, int timeout_msec);
        int (*logs_print)(const char *directory, const SysdLogQuery *query, FILE *out, Error *e);
} SysdModule;

#define SYSD_MODULE_SYMBOL "sysd_module"

/* Returns: 0 and what stays until the process ends; -ELIBACC when it cannot be loaded. */
int sysd_module_load(const SysdModule **ret, Error *e);
