/* SPDX-License-Identifier: Apache-2.0 */
#include "sysd-watch.h"

#include <signal.h>
#include <stdio.h>

#include "test-host.h"
#include "text.h"

#define UNIT "rkt-pod-app.service"
#define OTHER "rkt-pod-other.service"

typedef struct Seen {
        char *text; /* every report, one a line */
        bool end;   /* "inactive" or a job's end was among them */
} Seen;

__attribute__((__format__(printf, 2, 3))) static void see(Seen *seen, const char *format, ...) {
        _cleanup_(freep) char *line = NULL, *before = seen->text;
        va_list ap;

        va_start(ap, format);
        assert_true(vasprintf(&line, format, ap) >= 0);
        va_end(ap);
        assert_true(asprintf(&seen->text, "%s%s\n", before ? before : "", line) > 0);
}

static void on_unit(const SysdUnitReport *report, void *userdata) {
        Seen *seen = userdata;
        const char *state = report->active_state;

        if (report->gone)
                see(seen, "gone");
        if (report->result)
                see(seen, "%s %d %d", report->result, report->main_code, report->main_status);
        if (state)
                see(seen, "%s job %u", state, report->job);
        seen->end = seen->end || (state && strcmp(state, "inactive") == 0);
}

static void on_job(const char *job, const char *result, void *userdata) {
        Seen *seen = userdata;

        see(seen, "%s %s", job, result);
        seen->end = true;
}

static sd_bus *connect(const TestHost *host) {
        sd_bus *bus = NULL;

        assert_int_equal(sysd_connect(&bus, NULL), 0);
        assert_true(sd_bus_attach_event(bus, host->event, SD_EVENT_PRIORITY_NORMAL) >= 0);
        return bus;
}

/* Everything sent before is on its way to us. */
static void settle(const TestHost *host, sd_bus *bus) {
        (void) host;
        assert_true(sd_bus_call_method(bus, SYSD_SERVICE, SYSD_PATH, SYSD_MANAGER, "RefUnit", NULL,
                                       NULL, "s", "none.service") < 0);
}

static const FakeState active = { .active_state = "active" };
static const FakeState inactive = { .active_state = "inactive" };

static void tells_each_change_of_its_unit_alone(void **state) {
        const TestHost *host = *state;
        const FakeState failed = { .active_state = "failed",
                                   .result = "exit-code",
                                   .main_code = CLD_EXITED,
                                   .main_status = 7 };
        const FakeState queued = { .active_state = "activating", .job = 12 };
        _cleanup_(sysd_watch_done) SysdWatch watch = {};
        sd_bus *bus = connect(host);
        Seen seen = {};

        assert_int_equal(sysd_watch_unit(bus, UNIT, on_unit, &seen, &watch), 0);
        settle(host, bus);
        fake_set_unit(host->fake, OTHER, &active);
        fake_set_unit(host->fake, UNIT, &queued);
        fake_set_unit(host->fake, UNIT, &active);
        fake_set_unit(host->fake, OTHER, &failed);
        fake_set_unit(host->fake, UNIT, &failed);
        fake_set_unit(host->fake, UNIT, &inactive);
        run_until(host->event, &seen.end);
        assert_string_equal(seen.text, "activating job 12\nactive job 0\nexit-code 1 7\n"
                                       "failed job 0\ninactive job 0\n");
        free(seen.text);
        sysd_watch_done(&watch);
        sd_bus_flush_close_unref(bus);
}

static void believes_nobody_but_the_manager(void **state) {
        const TestHost *host = *state;
        const FakeState forged = { .active_state = "failed",
                                   .result = "exit-code",
                                   .main_code = CLD_EXITED,
                                   .main_status = 66 };
        _cleanup_(sysd_watch_done) SysdWatch watch = {};
        sd_bus *bus = connect(host);
        Seen seen = {};

        assert_int_equal(sysd_watch_unit(bus, UNIT, on_unit, &seen, &watch), 0);
        settle(host, bus);
        fake_forge_unit(host->fake, UNIT, &forged); /* before we know whom to believe */
        fake_set_unit(host->fake, UNIT, &active);
        fake_forge_unit(host->fake, UNIT, &forged); /* and after */
        fake_set_unit(host->fake, UNIT, &inactive);
        run_until(host->event, &seen.end);
        assert_string_equal(seen.text, "active job 0\ninactive job 0\n");
        free(seen.text);
        sysd_watch_done(&watch);
        sd_bus_flush_close_unref(bus);
}

static void who_is_trusted_is_not_asked_for(void **state) {
        const TestHost *host = *state;
        _cleanup_(sysd_watch_done) SysdWatch watch = {};
        sd_bus *bus = connect(host);
        Seen seen = {};

        assert_int_equal(sysd_watch_unit(bus, UNIT, on_unit, &seen, &watch), 0);
        sysd_watch_trust(&watch, ":1.1");
        sysd_watch_trust(&watch, NULL);
        settle(host, bus);
        fake_set_unit(host->fake, UNIT, &inactive);
        run_until(host->event, &seen.end);
        assert_int_equal(fake_count(host->fake, "GetNameOwner"), 0);
        free(seen.text);
        sysd_watch_done(&watch);
        sd_bus_flush_close_unref(bus);
}

static void knows_the_manager_again_after_a_reexecution(void **state) {
        const TestHost *host = *state;
        _cleanup_(sysd_watch_done) SysdWatch watch = {};
        sd_bus *bus = connect(host);
        Seen seen = {};

        assert_int_equal(sysd_watch_unit(bus, UNIT, on_unit, &seen, &watch), 0);
        sysd_watch_trust(&watch, ":1.1");
        settle(host, bus);
        fake_set_unit(host->fake, UNIT, &active);
        fake_reexec(host->fake);
        fake_set_unit(host->fake, UNIT, &inactive);
        run_until(host->event, &seen.end);
        assert_string_equal(seen.text, "active job 0\ninactive job 0\n");
        assert_int_equal(fake_count(host->fake, "GetNameOwner"), 1);
        assert_string_equal(watch.manager, ":1.2");
        free(seen.text);
        sysd_watch_done(&watch);
        sd_bus_flush_close_unref(bus);
}

static void a_message_that_cannot_be_read_changes_nothing(void **state) {
        const TestHost *host = *state;
        _cleanup_(sysd_watch_done) SysdWatch watch = {};
        sd_bus *bus = connect(host);
        Seen seen = {};

        assert_int_equal(sysd_watch_unit(bus, UNIT, on_unit, &seen, &watch), 0);
        settle(host, bus);
        fake_send_rubbish(host->fake, UNIT);
        fake_set_unit(host->fake, UNIT, &inactive);
        run_until(host->event, &seen.end);
        assert_string_equal(seen.text, "inactive job 0\n");
        free(seen.text);
        sysd_watch_done(&watch);
        sd_bus_flush_close_unref(bus);
}

static void asking_tells_state_and_result_together(void **state) {
        const TestHost *host = *state;
        const FakeState ended = { .active_state = "inactive",
                                  .result = "signal",
                                  .main_code = CLD_KILLED,
                                  .main_status = SIGKILL };
        _cleanup_(sysd_watch_done) SysdWatch watch = {};
        sd_bus *bus = connect(host);
        Seen seen = {};

        fake_set_unit_quietly(host->fake, UNIT, &ended);
        assert_int_equal(sysd_watch_unit(bus, UNIT, on_unit, &seen, &watch), 0);
        assert_int_equal(sysd_watch_refresh(&watch), 0);
        assert_int_equal(sysd_watch_refresh(&watch), 0); /* is asked once */
        run_until(host->event, &seen.end);
        assert_string_equal(seen.text, "signal 2 9\ninactive job 0\n");
        assert_int_equal(fake_count(host->fake, "GetAll " UNIT), 1);
        assert_string_equal(watch.manager, ":1.1");
        assert_false(watch.unanswered);
        free(seen.text);
        sysd_watch_done(&watch);
        sd_bus_flush_close_unref(bus);
}

/* systemd makes an empty unit of any name it is asked about. */
static void a_unit_that_is_gone_is_not_taken_for_a_success(void **state) {
        const TestHost *host = *state;
        _cleanup_(sysd_watch_done) SysdWatch watch = {};
        sd_bus *bus = connect(host);
        Seen seen = {};

        assert_int_equal(sysd_watch_unit(bus, UNIT, on_unit, &seen, &watch), 0);
        assert_int_equal(sysd_watch_refresh(&watch), 0);
        run_until(host->event, &seen.end);
        assert_string_equal(seen.text, "gone\ninactive job 0\n");
        free(seen.text);
        sysd_watch_done(&watch);
        sd_bus_flush_close_unref(bus);
}

static void no_answer_is_not_the_end_of_the_unit(void **state) {
        static const char *const errors[] = {
                "org.freedesktop.DBus.Error.NoReply",
                "org.freedesktop.DBus.Error.ServiceUnknown",
                "org.freedesktop.DBus.Error.AccessDenied",
                "org.freedesktop.DBus.Error.Timeout",
        };
        const TestHost *host = *state;

        for (size_t i = 0; i < N_ELEMENTS(errors); i++) {
                _cleanup_(sysd_watch_done) SysdWatch watch = {};
                sd_bus *bus = connect(host);
                Seen seen = {};

                fake_set_unit_quietly(host->fake, UNIT, &active);
                fake_refuse(host->fake, "GetAll", NULL, errors[i], "no");
                assert_int_equal(sysd_watch_unit(bus, UNIT, on_unit, &seen, &watch), 0);
                assert_int_equal(sysd_watch_refresh(&watch), 0);
                run_until(host->event, &watch.unanswered);
                assert_null(seen.text);
                assert_null(watch.question);
                fake_set_unit_quietly(host->fake, UNIT, &inactive);
                assert_int_equal(sysd_watch_refresh(&watch), 0); /* and may be asked again */
                run_until(host->event, &seen.end);
                assert_string_equal(seen.text, "inactive job 0\n");
                assert_false(watch.unanswered);
                free(seen.text);
                sysd_watch_done(&watch);
                sd_bus_flush_close_unref(bus);
        }
}

static void a_broken_connection_is_not_the_end_of_the_unit(void **state) {
        const TestHost *host = *state;
        _cleanup_(sysd_watch_done) SysdWatch watch = {};
        sd_bus *bus = connect(host);
        Seen seen = {};

        fake_set_unit_quietly(host->fake, UNIT, &active);
        fake_refuse(host->fake, "GetAll", NULL, NULL, NULL);
        assert_int_equal(sysd_watch_unit(bus, UNIT, on_unit, &seen, &watch), 0);
        assert_int_equal(sysd_watch_refresh(&watch), 0);
        assert_true(sd_bus_flush(bus) >= 0);
        fake_wait_for(host->fake, "GetAll", 1);
        fake_hang_up(host->fake, false);
        run_until(host->event, &watch.unanswered);
        assert_null(seen.text);
        sysd_watch_done(&watch);
        sd_bus_flush_close_unref(bus);
}

static void an_answer_that_nobody_waits_for_is_dropped(void **state) {
        const TestHost *host = *state;
        SysdWatch watch = {};
        sd_bus *bus = connect(host);
        Seen seen = {};

        fake_set_unit_quietly(host->fake, UNIT, &inactive);
        assert_int_equal(sysd_watch_unit(bus, UNIT, on_unit, &seen, &watch), 0);
        assert_int_equal(sysd_watch_refresh(&watch), 0);
        assert_true(sd_bus_flush(bus) >= 0);
        fake_wait_for(host->fake, "GetAll", 1);
        sysd_watch_done(&watch);
        settle(host, bus);
        while (sd_bus_process(bus, NULL) > 0)
                ;
        assert_null(seen.text);
        sd_bus_flush_close_unref(bus);
}

static void tells_the_end_of_its_units_jobs_alone(void **state) {
        const TestHost *host = *state;
        _cleanup_(sysd_watch_done) SysdWatch one = {};
        _cleanup_(sysd_watch_done) SysdWatch two = {};
        sd_bus *bus = connect(host);
        Seen first = {}, second = {};

        assert_int_equal(sysd_watch_job(bus, UNIT, on_job, &first, &one), 0);
        assert_int_equal(sysd_watch_job(bus, OTHER, on_job, &second, &two), 0);
        settle(host, bus);
        fake_end_job(host->fake, "third.service", "/job/1", "done");
        fake_forge_job(host->fake, UNIT, "/job/2", "done");
        fake_end_job(host->fake, UNIT, "/job/2", "failed");
        fake_forge_job(host->fake, OTHER, "/job/3", "failed");
        fake_end_job(host->fake, OTHER, "/job/3", "done");
        run_until(host->event, &second.end);
        assert_string_equal(first.text, "/job/2 failed\n");
        assert_string_equal(second.text, "/job/3 done\n");
        free(first.text);
        free(second.text);
        sysd_watch_done(&one);
        sysd_watch_done(&two);
        sd_bus_flush_close_unref(bus);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                test_on_host(tells_each_change_of_its_unit_alone),
                test_on_host(believes_nobody_but_the_manager),
                test_on_host(who_is_trusted_is_not_asked_for),
                test_on_host(knows_the_manager_again_after_a_reexecution),
                test_on_host(a_message_that_cannot_be_read_changes_nothing),
                test_on_host(asking_tells_state_and_result_together),
                test_on_host(a_unit_that_is_gone_is_not_taken_for_a_success),
                test_on_host(no_answer_is_not_the_end_of_the_unit),
                test_on_host(a_broken_connection_is_not_the_end_of_the_unit),
                test_on_host(an_answer_that_nobody_waits_for_is_dropped),
                test_on_host(tells_the_end_of_its_units_jobs_alone),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
