/* SPDX-License-Identifier: Apache-2.0 */
#include "sysd-module.h"

#include "app-update.h"
#include "sysd-bus.h"
#include "sysd-journal.h"
#include "sysd-stream.h"

__attribute__((visibility("default"))) extern const SysdModule sysd_module;

const SysdModule sysd_module = {
        .connect = sysd_connect,
        .disconnect = sd_bus_flush_close_unref,
        .stats_read = sysd_stats_read,
        .pause = sysd_pause,
        .update = app_update,
        .journal_directory = sysd_journal_directory,
        .journal_catch_up = sysd_journal_catch_up,
        .logs_print = sysd_logs_print,
};
