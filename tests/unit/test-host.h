/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A fake host's systemd, for the code under test to connect to. */

#include <systemd/sd-event.h>
#include <time.h>

#include "fake-systemd.h"
#include "sysd-bus.h"
#include "test-dir.h"

#define LOOP_SECONDS 20

typedef struct TestHost {
        TestDir dir;
        FakeSystemd *fake;
        sd_event *event;
} TestHost;

static inline int test_host_open(void **state) {
        TestHost *host = calloc(1, sizeof(TestHost));
        char *path = NULL;

        assert_non_null(host);
        test_dir_open(&host->dir);
        assert_true(asprintf(&path, "%s/bus", host->dir.path) > 0);
        host->fake = fake_systemd_new(path);
        fake_use_socket(path);
        free(path);
        assert_true(sd_event_new(&host->event) >= 0);
        *state = host;
        return 0;
}

static inline int test_host_close(void **state) {
        TestHost *host = *state;

        sd_event_unref(host->event);
        fake_systemd_free(host->fake);
        test_dir_done(&host->dir);
        free(host);
        return 0;
}

#define test_on_host(name) cmocka_unit_test_setup_teardown(name, test_host_open, test_host_close)

static inline uint64_t test_now_usec(void) {
        struct timespec ts;

        (void) clock_gettime(CLOCK_MONOTONIC, &ts);
        return (uint64_t) ts.tv_sec * 1000000 + (uint64_t) ts.tv_nsec / 1000;
}

/* Runs the loop until there is something in @slot. */
static inline void run_until(sd_event *event, const bool *slot) {
        uint64_t deadline = test_now_usec() + (uint64_t) LOOP_SECONDS * 1000000;

        while (!*slot) {
                uint64_t now = test_now_usec();

                if (now >= deadline)
                        fail_msg("nothing happened in time");
                assert_true(sd_event_run(event, deadline - now) >= 0);
        }
}
