/* SPDX-License-Identifier: Apache-2.0 */
#include "sysd-bus.h"

#include <signal.h>

#include "sysd-machine.h"
#include "test-host.h"
#include "text.h"

static sd_bus *connect(void) {
        sd_bus *bus = NULL;

        assert_int_equal(sysd_connect(&bus, NULL), 0);
        return bus;
}

static void a_host_without_systemd_is_told_at_once(void **state) {
        _cleanup_(error_done) Error e = ERROR_NULL;
        sd_bus *bus = NULL;

        (void) state;
        if (access("/run/systemd/system", F_OK) == 0)
                skip();
        assert_int_equal(sysd_connect(&bus, &e), -EHOSTDOWN);
        assert_null(bus);
        assert_non_null(strstr(error_cause(&e), "systemd is not running on this host"));
}

static void a_host_without_a_bus_is_an_error(void **state) {
        _cleanup_(error_done) Error e = ERROR_NULL;
        sd_bus *bus = NULL;

        (void) state;
        fake_use_socket("/nonexistent/bus");
        assert_int_equal(sysd_connect(&bus, &e), -ENOENT);
        assert_null(bus);
}

static void units_travel_together(void **state) {
        const TestHost *host = *state;
        _cleanup_(sysd_properties_done) SysdProperties slice = SYSD_PROPERTIES_NULL;
        _cleanup_(sysd_properties_done) SysdProperties scope = SYSD_PROPERTIES_NULL;
        const SysdUnit units[] = { { "pod.slice", &slice }, { "pod.scope", &scope } };
        _cleanup_(freep) char *calls = NULL, *first = NULL, *second = NULL;
        _cleanup_(sysd_job_done) SysdJob job = {};
        sd_bus *bus = connect();

        assert_int_equal(sysd_set_bool(&slice, "StopWhenUnneeded", true), 0);
        assert_int_equal(sysd_set_string(&scope, "Slice", "pod.slice"), 0);
        assert_int_equal(sysd_start_transient(bus, units, 2, &job, NULL), 0);
        calls = fake_calls(host->fake);
        first = fake_properties(host->fake, "pod.slice");
        second = fake_properties(host->fake, "pod.scope");
        assert_string_equal(calls, "StartTransientUnit pod.scope fail +pod.slice");
        assert_string_equal(first, "('StopWhenUnneeded',<b true>)");
        assert_string_equal(second, "('Slice',<s 'pod.slice'>)");
        assert_string_equal(job.path, "/org/freedesktop/systemd1/job/1");
        assert_string_equal(job.manager, ":1.1");
        assert_int_equal(sysd_start_transient(bus, units + 1, 1, NULL, NULL), 0);
        sd_bus_flush_close_unref(bus);
}

/* The errno decides, the manager's own words become the cause. */
static void a_refusal_says_what_systemd_says(void **state) {
        static const struct {
                const char *error, *text;
                int want;
                const char *words;
        } cases[] = {
                { "org.freedesktop.systemd1.UnitExists", "Unit pod.scope already exists.", -EEXIST,
                  "systemd refused 'pod.scope': Unit pod.scope already exists." },
                { "org.freedesktop.DBus.Error.PropertyReadOnly",
                  "Cannot set property Foo, or unknown property.", -EROFS,
                  "systemd refused 'pod.scope': Cannot set property Foo, or unknown property." },
                { "org.freedesktop.DBus.Error.InvalidArgs", "Invalid path", -EINVAL,
                  "systemd refused 'pod.scope': Invalid path" },
                { "org.freedesktop.DBus.Error.AccessDenied", "Permission denied", -EACCES,
                  "systemd refused 'pod.scope': Permission denied" },
                { "org.freedesktop.systemd1.SomethingNew", "\x1b[31mred", -EIO,
                  "systemd refused 'pod.scope': \x1b[31mred" },
                { "org.freedesktop.DBus.Error.NoReply", "Message recipient disconnected",
                  -ETIMEDOUT, "Connection timed out" },
                { "org.freedesktop.DBus.Error.ServiceUnknown", "The name is not activatable",
                  -EHOSTUNREACH, "No route to host" },
        };
        const TestHost *host = *state;
        const SysdProperties none = SYSD_PROPERTIES_NULL;
        const SysdUnit unit = { "pod.scope", &none };
        sd_bus *bus = connect();

        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                _cleanup_(error_done) Error e = ERROR_NULL;
                _cleanup_(sysd_job_done) SysdJob job = {};

                print_message("# %s\n", cases[i].error);
                fake_refuse(host->fake, "StartTransientUnit", NULL, cases[i].error, cases[i].text);
                assert_int_equal(sysd_start_transient(bus, &unit, 1, &job, &e), cases[i].want);
                assert_string_equal(error_cause(&e), cases[i].words);
                assert_null(job.path);
                fake_refuse(host->fake, "StartTransientUnit", NULL, cases[i].error, cases[i].text);
                assert_int_equal(sysd_start_transient(bus, &unit, 1, NULL, NULL), cases[i].want);
        }
        sd_bus_flush_close_unref(bus);
}

static void a_property_that_cannot_travel_names_its_unit(void **state) {
        const TestHost *host = *state;
        _cleanup_(sysd_properties_done) SysdProperties p = SYSD_PROPERTIES_NULL;
        const SysdUnit unit = { "pod.scope", &p };
        _cleanup_(error_done) Error e = ERROR_NULL;
        _cleanup_(freep) char *text = NULL;
        sd_bus *bus = connect();

        assert_int_equal(sysd_set_string(&p, "Description", "\xff"), 0);
        assert_true(sysd_start_transient(bus, &unit, 1, NULL, &e) < 0);
        text = error_format(&e, -EINVAL, false);
        assert_string_equal(text, "cannot put unit 'pod.scope' into a bus message: "
                                  "Invalid argument");
        assert_int_equal(fake_count(host->fake, "StartTransientUnit"), 0);
        sd_bus_flush_close_unref(bus);
}

static void a_connection_that_breaks_is_told_from_a_refusal(void **state) {
        const TestHost *host = *state;
        const SysdProperties none = SYSD_PROPERTIES_NULL;
        const SysdUnit unit = { "pod.scope", &none };
        _cleanup_(error_done) Error e = ERROR_NULL;
        _cleanup_(freep) char *text = NULL;
        sd_bus *bus = connect();
        int r = 0;

        assert_int_equal(sysd_start_transient(bus, &unit, 1, NULL, NULL), 0);
        fake_hang_up(host->fake, false);
        r = sysd_start_transient(bus, &unit, 1, NULL, &e);
        assert_true(r < 0);
        text = error_format(&e, r, false);
        assert_non_null(text_after(text, "systemd did not answer about 'pod.scope': "));
        sd_bus_close_unref(bus);
}

static void jobs_are_asked_for_and_their_units_missed(void **state) {
        const TestHost *host = *state;
        _cleanup_(freep) char *calls = NULL;
        _cleanup_(sysd_job_done) SysdJob job = {};
        _cleanup_(error_done) Error e = ERROR_NULL;
        sd_bus *bus = connect();

        fake_add_unit(host->fake, "a.service");
        assert_int_equal(sysd_unit_job(bus, "StopUnit", "a.service", &job, &e), 1);
        assert_string_equal(job.path, "/org/freedesktop/systemd1/job/1");
        assert_int_equal(sysd_unit_job(bus, "StopUnit", "b.service", NULL, &e), 0);
        assert_int_equal(sysd_unit_job_later(bus, "StopUnit", "c.service"), 0);
        assert_int_equal(sysd_unit_kill(bus, "a.service", SIGKILL, &e), 1);
        assert_int_equal(sysd_unit_kill(bus, "b.service", SIGTERM, &e), 0);
        fake_refuse(host->fake, "KillUnit", NULL, "System.Error.ESRCH", "No such process");
        assert_int_equal(sysd_unit_kill(bus, "a.service", SIGKILL, &e), 0);
        assert_null(error_cause(&e));
        fake_refuse(host->fake, "KillUnit", NULL, SD_BUS_ERROR_ACCESS_DENIED, "no");
        assert_int_equal(sysd_unit_kill(bus, "a.service", SIGKILL, &e), -EACCES);
        fake_refuse(host->fake, "StopUnit", NULL, SD_BUS_ERROR_ACCESS_DENIED, "no");
        assert_int_equal(sysd_unit_job(bus, "StopUnit", "a.service", NULL, &e), -EACCES);
        calls = fake_calls(host->fake);
        assert_string_equal(calls, "StopUnit a.service replace\nStopUnit b.service replace\n"
                                   "StopUnit c.service replace\nKillUnit a.service all 9\n"
                                   "KillUnit b.service all 15\nKillUnit a.service all 9\n"
                                   "KillUnit a.service all 9\nStopUnit a.service replace");
        sd_bus_flush_close_unref(bus);
}

static void an_answer_that_is_no_job_is_an_error(void **state) {
        const TestHost *host = *state;
        _cleanup_(sysd_job_done) SysdJob job = {};
        _cleanup_(error_done) Error e = ERROR_NULL;
        sd_bus *bus = connect();

        fake_add_unit(host->fake, "a.service");
        /* A call whose answer is empty. */
        assert_true(sysd_unit_job(bus, "RefUnit", "a.service", &job, &e) < 0);
        assert_null(job.path);
        sd_bus_flush_close_unref(bus);
}

/* An answer, and what it is. */
typedef struct Answer {
        bool called, taken;
} Answer;

static void on_registered(bool taken, void *userdata) {
        *(Answer *) userdata = (Answer){ true, taken };
}

/* An answer is one, and so is that none will come. */
static void whoever_waits_for_machined_is_called_back(void **state) {
        const TestHost *host = *state;
        const Uuid pod = { "5bc080ca-1f2e-4d3b-9a6c-0123456789ab" };
        SysdNames names;

        sysd_names_init(&pod, &names);
        for (unsigned i = 0; i < 3; i++) {
                sd_bus *bus = connect();
                sd_bus_slot *slot = NULL;
                bool breaks = i == 2;
                Answer answer = {};

                if (i > 0)
                        fake_refuse(host->fake, "RegisterMachine", NULL,
                                    breaks ? NULL : "org.freedesktop.machine1.MachineExists",
                                    breaks ? NULL : "already exists");
                assert_true(sd_bus_attach_event(bus, host->event, SD_EVENT_PRIORITY_NORMAL) >= 0);
                assert_int_equal(sysd_machine_register(bus, &names, &pod, "/root", getpid(),
                                                       on_registered, &answer, &slot),
                                 0);
                assert_true(sd_bus_flush(bus) >= 0);
                fake_wait_for(host->fake, "RegisterMachine org.freedesktop.machine1", i + 1);
                if (breaks)
                        fake_hang_up(host->fake, false);
                run_until(host->event, &answer.called);
                assert_int_equal(answer.taken, i == 1);
                sd_bus_slot_unref(slot);
                sd_bus_flush_close_unref(bus);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_host_without_systemd_is_told_at_once),
                cmocka_unit_test(a_host_without_a_bus_is_an_error),
                test_on_host(units_travel_together),
                test_on_host(a_refusal_says_what_systemd_says),
                test_on_host(a_property_that_cannot_travel_names_its_unit),
                test_on_host(a_connection_that_breaks_is_told_from_a_refusal),
                test_on_host(jobs_are_asked_for_and_their_units_missed),
                test_on_host(an_answer_that_is_no_job_is_an_error),
                test_on_host(whoever_waits_for_machined_is_called_back),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
