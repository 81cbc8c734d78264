/* SPDX-License-Identifier: Apache-2.0 */
#include "sysd-names.h"
#include "test.h"

static const Uuid pod = { "5bc080ca-1f2e-4d3b-9a6c-0123456789ab" };

static void names_follow_from_the_uuid(void **state) {
        SysdNames names;

        (void) state;
        sysd_names_init(&pod, &names);
        assert_string_equal(names.machine, "rkt-5bc080ca-1f2e-4d3b-9a6c-0123456789ab");
        assert_string_equal(names.slice, "machine-rkt-5bc080ca1f2e4d3b9a6c0123456789ab.slice");
        assert_string_equal(names.scope, "rkt-5bc080ca-1f2e-4d3b-9a6c-0123456789ab.scope");
        assert_string_equal(names.journal_namespace, "rkt-5bc080ca-1f2e-4d3b-9a6c-0123456789ab");
}

/* A dash in a slice's name nests it: the pod's own name must have none. */
static void a_pods_slice_lies_right_below_that_of_all_pods(void **state) {
        SysdNames names;

        (void) state;
        sysd_names_init(&pod, &names);
        assert_non_null(text_after(names.slice, "machine-rkt-"));
        assert_null(strchr(names.slice + strlen("machine-rkt-"), '-'));
}

/* machined takes host names for machines: 64 characters. */
static void a_machines_name_is_one_for_a_host(void **state) {
        SysdNames names;

        (void) state;
        sysd_names_init(&pod, &names);
        assert_true(strlen(names.machine) <= 64);
        assert_int_equal(
                names.machine[strspn(names.machine, "abcdefghijklmnopqrstuvwxyz0123456789-")],
                '\0');
}

static char *name_of_length(size_t n) {
        char *name = malloc(n + 1);

        assert_non_null(name);
        memset(name, 'a', n);
        name[n] = '\0';
        return name;
}

static void an_app_has_a_unit_below_its_pod(void **state) {
        static const struct {
                const char *app, *want;
        } cases[] = {
                { "redis", "rkt-5bc080ca-1f2e-4d3b-9a6c-0123456789ab-redis.service" },
                { "a", "rkt-5bc080ca-1f2e-4d3b-9a6c-0123456789ab-a.service" },
                { "web-1-2", "rkt-5bc080ca-1f2e-4d3b-9a6c-0123456789ab-web-1-2.service" },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                _cleanup_(freep) char *unit = NULL;

                assert_int_equal(sysd_app_unit(&pod, cases[i].app, &unit, NULL), 0);
                assert_string_equal(unit, cases[i].want);
        }
}

static void a_unit_name_is_as_long_as_systemd_takes_and_no_longer(void **state) {
        const size_t around = strlen("rkt-") + UUID_TEXT_LENGTH + strlen("-.service");
        _cleanup_(freep) char *longest = name_of_length(SYSD_UNIT_NAME_MAX - around);
        _cleanup_(freep) char *longer = name_of_length(SYSD_UNIT_NAME_MAX - around + 1);
        _cleanup_(freep) char *unit = NULL, *none = NULL;
        _cleanup_(error_done) Error e = ERROR_NULL;

        (void) state;
        assert_int_equal(sysd_app_unit(&pod, longest, &unit, &e), 0);
        assert_int_equal(strlen(unit), SYSD_UNIT_NAME_MAX);
        assert_int_equal(sysd_app_unit(&pod, longer, &none, &e), -ENAMETOOLONG);
        assert_null(none);
        assert_non_null(strstr(error_cause(&e), "256 characters"));
        assert_non_null(strstr(error_cause(&e), "--name"));
        assert_int_equal(sysd_app_unit(&pod, longer, &none, NULL), -ENAMETOOLONG);
}

/* The names are those that "systemd-escape --path --suffix=mount" tells. */
static void a_mount_has_the_unit_that_systemd_makes_of_it(void **state) {
        static const struct {
                const char *path, *want;
        } cases[] = {
                { "/", "-.mount" },
                { "/a/b-c", "a-b\\x2dc.mount" },
                { "/.x/y z/.q", "\\x2ex-y\\x20z-.q.mount" },
                { "/var/lib/\303\244_:1", "var-lib-\\xc3\\xa4_:1.mount" },
        };
        _cleanup_(freep) char *long_path = name_of_length(SYSD_UNIT_NAME_MAX), *none = NULL;

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                _cleanup_(freep) char *unit = NULL;

                assert_int_equal(sysd_mount_unit(cases[i].path, &unit), 0);
                assert_string_equal(unit, cases[i].want);
        }
        long_path[0] = '/';
        assert_int_equal(sysd_mount_unit(long_path, &none), -ENAMETOOLONG);
        assert_null(none);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(names_follow_from_the_uuid),
                cmocka_unit_test(a_pods_slice_lies_right_below_that_of_all_pods),
                cmocka_unit_test(a_machines_name_is_one_for_a_host),
                cmocka_unit_test(an_app_has_a_unit_below_its_pod),
                cmocka_unit_test(a_unit_name_is_as_long_as_systemd_takes_and_no_longer),
                cmocka_unit_test(a_mount_has_the_unit_that_systemd_makes_of_it),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
