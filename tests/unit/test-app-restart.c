/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <errno.h>

#include "app-restart.h"

static void knows_three_policies(void **state) {
        (void) state;
        assert_int_equal(app_restart_policy_check("no", NULL), 0);
        assert_int_equal(app_restart_policy_check("on-failure", NULL), 0);
        assert_int_equal(app_restart_policy_check("always", NULL), 0);
        assert_int_equal(app_restart_policy_check("", NULL), -EINVAL);
        assert_int_equal(app_restart_policy_check("Always", NULL), -EINVAL);
        assert_int_equal(app_restart_policy_check("on-watchdog", NULL), -EINVAL);
}

static void reads_limits(void **state) {
        static const struct {
                const char *text;
                int want;
                AppRestartLimit limit;
        } cases[] = {
                { "5", 0, { 5, 0 } },
                { "0", 0, { 0, 0 } },
                { "3/1min", 0, { 3, 60000000 } },
                { "1/500ms", 0, { 1, 500000 } },
                { "", -EINVAL, {} },
                { "/5", -EINVAL, {} },
                { "5/", -EINVAL, {} },
                { "5/0", -EINVAL, {} },
                { "0/5", -EINVAL, {} },
                { "5/infinity", -EINVAL, {} },
                { "-1", -EINVAL, {} },
                { "4294967296", -EINVAL, {} },
                { "5/1min/2", -EINVAL, {} },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                AppRestartLimit limit = {};

                print_message("# %s\n", cases[i].text);
                assert_int_equal(app_restart_limit_parse(cases[i].text, &limit, NULL),
                                 cases[i].want);
                assert_int_equal(limit.starts, cases[i].limit.starts);
                assert_int_equal(limit.within_usec, cases[i].limit.within_usec);
        }
}

static void reads_delays(void **state) {
        uint64_t usec = 0;

        (void) state;
        assert_int_equal(app_restart_delay_parse("1s 500ms", &usec, NULL), 0);
        assert_int_equal(usec, 1500000);
        assert_int_equal(app_restart_delay_parse("soon", &usec, NULL), -EINVAL);
        assert_int_equal(app_restart_delay_parse("infinity", &usec, NULL), -EINVAL);
        assert_int_equal(usec, 1500000);
}

static void annotations_become_properties(void **state) {
        _cleanup_(sysd_properties_done) SysdProperties unit = SYSD_PROPERTIES_NULL;
        _cleanup_(sysd_properties_done) SysdProperties service = SYSD_PROPERTIES_NULL;
        _cleanup_(appc_pairs_done) AppcPairs pairs = APPC_PAIRS_NULL;
        _cleanup_(error_done) Error e = ERROR_NULL;

        (void) state;
        assert_int_equal(app_restart(&pairs, &unit, &service, &e), 0);
        assert_int_equal(unit.n + service.n, 0);
        assert_int_equal(appc_pairs_set(&pairs, APP_RESTART_ANNOTATION, "always"), 0);
        assert_int_equal(appc_pairs_set(&pairs, APP_RESTART_DELAY_ANNOTATION, "2s"), 0);
        assert_int_equal(appc_pairs_set(&pairs, APP_RESTART_LIMIT_ANNOTATION, "0"), 0);
        assert_int_equal(app_restart(&pairs, &unit, &service, &e), 0);
        assert_string_equal(sysd_property_get(&service, "Restart")->text, "always");
        assert_int_equal(sysd_property_get(&service, "RestartUSec")->number, 2000000);
        assert_int_equal(sysd_property_get(&unit, "StartLimitIntervalUSec")->number, 0);
        assert_null(sysd_property_get(&unit, "StartLimitBurst"));
        assert_int_equal(appc_pairs_set(&pairs, APP_RESTART_LIMIT_ANNOTATION, "many"), 0);
        assert_int_equal(app_restart(&pairs, &unit, &service, &e), -EINVAL);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(knows_three_policies),
                cmocka_unit_test(reads_limits),
                cmocka_unit_test(reads_delays),
                cmocka_unit_test(annotations_become_properties),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
