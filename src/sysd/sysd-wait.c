/* SPDX-License-Identifier: Apache-2.0 */
#include "sysd-wait.h"

#include <errno.h>
#include <poll.h>
#include <time.h>

#include "cleanup.h"
#include "clock.h"
#include "sysd-bus.h"
#include "sysd-watch.h"
#include "text.h"

#define USEC_PER_SEC ((uint64_t) 1000000)
#define STOP_TIMEOUT_USEC (300 * USEC_PER_SEC) /* thrice systemd's default for one unit */

/* A stop that is asked for may take the place of another job, whose end comes first. */
typedef struct Waiting {
        SysdJob job;
        char *result; /* NULL until it has ended */
        bool failed;  /* out of memory */
} Waiting;

static void waiting_done(Waiting *waiting) {
        sysd_job_done(&waiting->job);
        free(waiting->result);
}

static void on_job(const char *job, const char *result, void *userdata) {
        Waiting *waiting = userdata;

        if (!text_equal(job, waiting->job.path))
                return;
        waiting->result = strdup(result);
        waiting->failed = !waiting->result;
}

int sysd_stop_and_wait(sd_bus *bus, const char *unit, Error *e) {
        _cleanup_(sysd_watch_done) SysdWatch watch = {};
        _cleanup_(waiting_done) Waiting waiting = {};
        uint64_t deadline = clock_usec() + STOP_TIMEOUT_USEC;
        int r = sysd_watch_job(bus, unit, on_job, &waiting, &watch);

        if (r < 0)
                return error_wrap(e, r, "cannot follow the jobs of systemd");
        r = sysd_unit_job(bus, "StopUnit", unit, &waiting.job, e);
        if (r <= 0)
                return r;
        sysd_watch_trust(&watch, waiting.job.manager);
        while (!waiting.result && !waiting.failed) {
                uint64_t now = clock_usec();

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
        if (waiting.failed)
                return -ENOMEM;
        if (strcmp(waiting.result, "done") != 0)
                return error_new(e, -EIO, "unit '%s' did not stop: the job ended with '%s'", unit,
                                 waiting.result);
        return 0;
}

int sysd_pause(sd_bus *bus, int reader_fd, uint64_t usec, Error *e) {
        /* Of the reader only what comes unasked: POLLERR, POLLHUP. */
        struct pollfd fds[] = { {}, { .fd = reader_fd } };
        uint64_t since = clock_usec();

        for (;;) {
                uint64_t passed = clock_usec() - since;
                struct timespec left = {};
                int r = sd_bus_process(bus, NULL);

                if (r < 0)
                        return error_wrap(e, r, "lost the connection to systemd");
                if (r > 0)
                        continue;
                if (passed >= usec)
                        return 1;
                fds[0].fd = sd_bus_get_fd(bus);
                fds[0].events = (short) sd_bus_get_events(bus);
                left.tv_sec = (time_t) ((usec - passed) / USEC_PER_SEC);
                left.tv_nsec = (long) ((usec - passed) % USEC_PER_SEC * 1000);
                if (ppoll(fds, N_ELEMENTS(fds), &left, NULL) < 0 && errno != EINTR)
                        return -errno;
                if (fds[1].revents != 0)
                        return 0;
        }
}
