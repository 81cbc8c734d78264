/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What systemd has counted for a unit. */

#include <stdint.h>
#include <systemd/sd-bus.h>

#include "errors.h"

#define SYSD_UNKNOWN UINT64_MAX /* not counted, by the kernel or by systemd's configuration */

typedef struct SysdStats {
        uint64_t at_nsec;                       /* when that was, CLOCK_MONOTONIC */
        uint64_t cpu_nsec;                      /* processor time, since the unit was started */
        uint64_t memory_bytes, tasks;           /* now */
        uint64_t io_read_bytes, io_write_bytes; /* since the unit was started */
        /* Unknown where there is no limit; of processor time: in each second. */
        uint64_t memory_limit_bytes, cpu_limit_usec, tasks_limit;
} SysdStats;

/**
 * sysd_stats_read() - ask for what a service has used
 *
 * Of a unit that is not there everything is unknown. Returns: 0; a negative errno.
 * Source: org.freedesktop.systemd1(5).
 */
int sysd_stats_read(sd_bus *bus, const char *unit, SysdStats *ret, Error *e);
