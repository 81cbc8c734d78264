/* SPDX-License-Identifier: Apache-2.0 */
#include "sysd-result.h"

#include <signal.h>

#include "cleanup.h"
#include "test.h"

#define FAILURE 254

static void one_number_stands_for_how_it_ended(void **state) {
        static const struct {
                const char *word;
                int code, status;
                bool failed;
                int want;
        } cases[] = {
                { "success", CLD_EXITED, 0, false, 0 },
                { "exit-code", CLD_EXITED, 7, true, 7 },
                { "exit-code", CLD_EXITED, 203, true, 203 },
                /* SuccessExitStatus=3, and the signals that count as success by themselves. */
                { "success", CLD_EXITED, 3, false, 3 },
                { "success", CLD_KILLED, SIGTERM, false, 0 },
                { "signal", CLD_KILLED, SIGKILL, true, 137 },
                { "core-dump", CLD_DUMPED, SIGSEGV, true, 139 },
                { "oom-kill", CLD_KILLED, SIGKILL, true, 137 },
                { "watchdog", CLD_KILLED, SIGABRT, true, 134 },
                /* Left before it was ready; ended in order, but too late. */
                { "protocol", CLD_EXITED, 0, true, FAILURE },
                { "timeout", CLD_EXITED, 0, true, FAILURE },
                { "timeout", CLD_KILLED, SIGKILL, true, 137 },
                /* Never ran. */
                { "success", 0, 0, false, 0 },
                { "resources", 0, 0, true, FAILURE },
                { "start-limit-hit", 0, 0, true, FAILURE },
                { "exec-condition", 0, 0, true, FAILURE },
                { "something-new", 0, 0, true, FAILURE },
                { "", 0, 0, true, FAILURE },
                { "something-new", CLD_EXITED, 5, true, 5 },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                const SysdUnitReport report = { .result = cases[i].word,
                                                .main_code = cases[i].code,
                                                .main_status = cases[i].status };
                SysdResult result = {};

                print_message("# %s %d %d\n", cases[i].word, cases[i].code, cases[i].status);
                sysd_result_take(&result, &report);
                assert_int_equal(sysd_result_is_failure(&result), cases[i].failed);
                assert_int_equal(sysd_result_exit_status(&result, FAILURE), cases[i].want);
        }
}

static void nothing_told_is_no_failure(void **state) {
        const SysdResult result = {};

        (void) state;
        assert_false(sysd_result_is_failure(&result));
        assert_int_equal(sysd_result_exit_status(&result, FAILURE), 0);
}

static void a_report_without_a_result_changes_nothing(void **state) {
        const SysdUnitReport first = { .result = "signal",
                                       .main_code = CLD_KILLED,
                                       .main_status = SIGKILL };
        const SysdUnitReport second = { .active_state = "inactive" };
        SysdResult result = {};

        (void) state;
        sysd_result_take(&result, &first);
        sysd_result_take(&result, &second);
        assert_string_equal(result.word, "signal");
        assert_int_equal(result.main_status, SIGKILL);
}

static void an_end_that_nobody_saw_is_a_failure(void **state) {
        const SysdUnitReport before = { .result = "success" };
        const SysdUnitReport gone = { .active_state = "inactive", .gone = true };
        SysdResult result = {};

        (void) state;
        sysd_result_take(&result, &before);
        sysd_result_take(&result, &gone);
        assert_string_equal(result.word, SYSD_UNSEEN);
        assert_true(sysd_result_is_failure(&result));
        assert_int_equal(sysd_result_exit_status(&result, FAILURE), FAILURE);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(one_number_stands_for_how_it_ended),
                cmocka_unit_test(nothing_told_is_no_failure),
                cmocka_unit_test(a_report_without_a_result_changes_nothing),
                cmocka_unit_test(an_end_that_nobody_saw_is_a_failure),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
