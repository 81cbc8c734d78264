/* SPDX-License-Identifier: Apache-2.0 */
#include "sysd-wait.h"

#include <errno.h>
#include <time.h>

#include "sysd-bus.h"
#include "sysd-watch.h"

#define USEC_PER_SEC ((uint64_t) 1000000)
#define STOP_TIMEOUT_USEC (300 * USEC_PER_SEC) /* thrice systemd's default for one unit */

static void on_job(const char *result, void *userdata) {
        (void) result;
        *(bool *) userdata = true;
}

static uint64_t now_usec(void) {
        struct timespec ts = {};

        (void) clock_gettime(CLOCK_MONOTONIC, &ts);
        return (uint64_t) ts.tv_sec * USEC_PER_SEC + (uint64_t) ts.tv_nsec / 1000;
}

int sysd_stop_and_wait(sd_bus *bus, const char *unit, Error *e) {
        _cleanup_(sysd_watch_done) SysdWatch watch = {};
        uint64_t deadline = now_usec() + STOP_TIMEOUT_USEC;
        bool done = false;
        int r = sysd_watch_job(bus, unit, on_job, &done, &watch);

        if (r < 0)
                return error_wrap(e, r, "cannot follow the jobs of systemd");
        r = sysd_unit_job(bus, "StopUnit", unit, NULL, e);
        if (r <= 0)
                return r;
        while (!done) {
                uint64_t now = now_usec();

                r = sd_bus_process(bus, NULL);
                if (r < 0)
                        return error_wrap(e, r, "lost the connection to systemd");
                if (r > 0)
                        continue;
                if (now >= deadline)
                        return error_new(e, -ETIMEDOUT, "unit '%s' does not stop", unit);
                r = sd_bus_wait(bus, deadline - now);
                if (r < 0 && r != -EINTR)
                        return error_wrap(e, r, "lost the connection to systemd");
        }
        return 0;
}
