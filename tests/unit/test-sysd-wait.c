/* SPDX-License-Identifier: Apache-2.0 */
#include "sysd-wait.h"

#include <pthread.h>

#include "test-host.h"
#include "text.h"

#define UNIT "pod.slice"
#define JOB "/org/freedesktop/systemd1/job/1"

static sd_bus *connect(void) {
        sd_bus *bus = NULL;

        assert_int_equal(sysd_connect(&bus, NULL), 0);
        return bus;
}

static void returns_when_the_unit_has_stopped(void **state) {
        const TestHost *host = *state;
        sd_bus *bus = connect();

        fake_add_unit(host->fake, UNIT);
        assert_int_equal(sysd_stop_and_wait(bus, UNIT, NULL), 0);
        assert_int_equal(fake_count(host->fake, "StopUnit " UNIT " replace"), 1);
        assert_int_equal(fake_count(host->fake, "GetNameOwner"), 0);
        sd_bus_flush_close_unref(bus);
}

static void a_unit_that_is_not_there_has_stopped(void **state) {
        sd_bus *bus = connect();

        (void) state;
        assert_int_equal(sysd_stop_and_wait(bus, UNIT, NULL), 0);
        sd_bus_flush_close_unref(bus);
}

static void a_stop_that_fails_is_an_error(void **state) {
        static const char *const results[] = { "failed", "timeout", "canceled", "dependency" };
        const TestHost *host = *state;
        sd_bus *bus = connect();

        fake_add_unit(host->fake, UNIT);
        for (size_t i = 0; i < N_ELEMENTS(results); i++) {
                _cleanup_(error_done) Error e = ERROR_NULL;
                _cleanup_(freep) char *words = NULL;

                fake_job_result(host->fake, results[i]);
                assert_int_equal(sysd_stop_and_wait(bus, UNIT, &e), -EIO);
                assert_true(asprintf(&words,
                                     "unit '" UNIT "' did not stop: the job ended with '%s'",
                                     results[i]) > 0);
                assert_string_equal(error_cause(&e), words);
        }
        sd_bus_flush_close_unref(bus);
}

static void a_refusal_is_an_error(void **state) {
        const TestHost *host = *state;
        _cleanup_(error_done) Error e = ERROR_NULL;
        sd_bus *bus = connect();

        fake_add_unit(host->fake, UNIT);
        fake_refuse(host->fake, "StopUnit", NULL, SD_BUS_ERROR_ACCESS_DENIED, "no");
        assert_int_equal(sysd_stop_and_wait(bus, UNIT, &e), -EACCES);
        assert_string_equal(error_cause(&e), "systemd refused '" UNIT "': no");
        sd_bus_flush_close_unref(bus);
}

static void *end_jobs(void *userdata) {
        const TestHost *host = userdata;

        fake_wait_for(host->fake, "StopUnit", 1);
        fake_end_job(host->fake, UNIT, "/org/freedesktop/systemd1/job/99", "canceled");
        fake_end_job(host->fake, "other.slice", JOB, "done");
        fake_forge_job(host->fake, UNIT, JOB, "done");
        fake_end_job(host->fake, UNIT, JOB, "timeout");
        return NULL;
}

/* Of a job that the stop has pushed aside, of another unit, or of somebody else's making. */
static void the_end_of_another_job_is_not_waited_for(void **state) {
        TestHost *host = *state;
        _cleanup_(error_done) Error e = ERROR_NULL;
        sd_bus *bus = connect();
        pthread_t thread;

        fake_add_unit(host->fake, UNIT);
        fake_job_result(host->fake, NULL);
        assert_int_equal(pthread_create(&thread, NULL, end_jobs, host), 0);
        assert_int_equal(sysd_stop_and_wait(bus, UNIT, &e), -EIO);
        assert_non_null(strstr(error_cause(&e), "'timeout'"));
        assert_int_equal(pthread_join(thread, NULL), 0);
        sd_bus_flush_close_unref(bus);
}

static void *hang_up(void *userdata) {
        const TestHost *host = userdata;

        fake_wait_for(host->fake, "StopUnit", 1);
        fake_hang_up(host->fake, true);
        return NULL;
}

static void a_lost_connection_ends_the_wait(void **state) {
        TestHost *host = *state;
        _cleanup_(error_done) Error e = ERROR_NULL;
        sd_bus *bus = connect();
        pthread_t thread;

        fake_add_unit(host->fake, UNIT);
        fake_job_result(host->fake, NULL);
        assert_int_equal(pthread_create(&thread, NULL, hang_up, host), 0);
        assert_true(sysd_stop_and_wait(bus, UNIT, &e) < 0);
        assert_int_equal(pthread_join(thread, NULL), 0);
        sd_bus_close_unref(bus);
}

static void a_pause_lasts_as_long_as_it_is_read(void **state) {
        sd_bus *bus = connect();
        int fds[2];

        (void) state;
        assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
        assert_int_equal(sysd_pause(bus, fds[1], 20 * 1000, NULL), 1);
        assert_int_equal(sysd_pause(bus, -EBADF, 0, NULL), 1);
        close(fds[0]);
        assert_int_equal(sysd_pause(bus, fds[1], UINT64_MAX, NULL), 0);
        close(fds[1]);
        sd_bus_flush_close_unref(bus);
}

static void a_lost_connection_ends_a_pause(void **state) {
        TestHost *host = *state;
        _cleanup_(error_done) Error e = ERROR_NULL;
        sd_bus *bus = connect();

        assert_int_equal(sysd_pause(bus, -EBADF, 20 * 1000, &e), 1);
        fake_hang_up(host->fake, true);
        assert_true(sysd_pause(bus, -EBADF, UINT64_MAX, &e) < 0);
        assert_non_null(error_cause(&e));
        sd_bus_close_unref(bus);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                test_on_host(returns_when_the_unit_has_stopped),
                test_on_host(a_unit_that_is_not_there_has_stopped),
                test_on_host(a_stop_that_fails_is_an_error),
                test_on_host(a_refusal_is_an_error),
                test_on_host(the_end_of_another_job_is_not_waited_for),
                test_on_host(a_lost_connection_ends_the_wait),
                test_on_host(a_pause_lasts_as_long_as_it_is_read),
                test_on_host(a_lost_connection_ends_a_pause),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
