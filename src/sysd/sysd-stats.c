/* SPDX-License-Identifier: Apache-2.0 */
#include "sysd-stats.h"

#include <errno.h>
#include <stddef.h>
#include <time.h>

#include "cleanup.h"
#include "sysd-bus.h"
#include "text.h"

static const struct {
        const char *name;
        size_t offset;
} counters[] = {
        { "CPUUsageNSec", offsetof(SysdStats, cpu_nsec) },
        { "MemoryCurrent", offsetof(SysdStats, memory_bytes) },
        { "MemoryMax", offsetof(SysdStats, memory_limit_bytes) },
        { "CPUQuotaPerSecUSec", offsetof(SysdStats, cpu_limit_usec) },
        { "TasksMax", offsetof(SysdStats, tasks_limit) },
        { "TasksCurrent", offsetof(SysdStats, tasks) },
        { "IOReadBytes", offsetof(SysdStats, io_read_bytes) },
        { "IOWriteBytes", offsetof(SysdStats, io_write_bytes) },
};

static uint64_t *counter_at(SysdStats *stats, size_t i) {
        return (uint64_t *) (void *) ((char *) stats + counters[i].offset);
}

static uint64_t *find_counter(SysdStats *stats, const char *name) {
        for (size_t i = 0; i < N_ELEMENTS(counters); i++)
                if (strcmp(counters[i].name, name) == 0)
                        return counter_at(stats, i);
        return NULL;
}

static int read_properties(sd_bus_message *answer, SysdStats *stats) {
        int r = sd_bus_message_enter_container(answer, 'a', "{sv}");

        while (r >= 0 && (r = sd_bus_message_enter_container(answer, 'e', "sv")) > 0) {
                const char *name = NULL;
                uint64_t *counter = NULL;

                r = sd_bus_message_read(answer, "s", &name);
                if (r >= 0)
                        counter = find_counter(stats, name);
                if (r >= 0)
                        r = counter ? sd_bus_message_read(answer, "v", "t", counter)
                                    : sd_bus_message_skip(answer, "v");
                if (r >= 0)
                        r = sd_bus_message_exit_container(answer);
        }
        return r;
}

static uint64_t now_nsec(void) {
        struct timespec ts = {};

        (void) clock_gettime(CLOCK_MONOTONIC, &ts);
        return (uint64_t) ts.tv_sec * UINT64_C(1000000000) + (uint64_t) ts.tv_nsec;
}

int sysd_stats_read(sd_bus *bus, const char *unit, SysdStats *ret, Error *e) {
        _cleanup_(sd_bus_error_free) sd_bus_error refusal = SD_BUS_ERROR_NULL;
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *answer = NULL;
        _cleanup_(freep) char *path = NULL;
        SysdStats stats = {};
        int r = sd_bus_path_encode(SYSD_PATH "/unit", unit, &path);

        if (r < 0)
                return r;
        for (size_t i = 0; i < N_ELEMENTS(counters); i++)
                *counter_at(&stats, i) = SYSD_UNKNOWN;
        r = sd_bus_call_method(bus, SYSD_SERVICE, path, "org.freedesktop.DBus.Properties", "GetAll",
                               &refusal, &answer, "s", "org.freedesktop.systemd1.Service");
        if (r < 0)
                return sysd_refusal(e, r, &refusal, unit);
        r = read_properties(answer, &stats);
        if (r < 0)
                return error_wrap(e, r, "cannot read what systemd says of %s", unit);
        stats.at_nsec = now_nsec();
        *ret = stats;
        return 0;
}
