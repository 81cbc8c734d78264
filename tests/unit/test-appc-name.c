/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <errno.h>

#include "appc-name.h"
#include "text.h"

/* D05: the grammar, to the letter. */
static void takes_identifiers_and_names(void **state) {
        static const struct {
                const char *text;
                int identifier, name;
        } cases[] = {
                { "a", 0, 0 },
                { "0", 0, 0 },
                { "a-b", 0, 0 },
                { "a--b", 0, 0 }, /* the specification's expression has one separator at a time */
                { "example.com/app", 0, -EINVAL },
                { "a//b", 0, -EINVAL },
                { "a._-b", 0, -EINVAL },
                { "a~b", 0, -EINVAL },
                { "example.com/~user/a_b", 0, -EINVAL },
                { "", -EINVAL, -EINVAL },
                { "-", -EINVAL, -EINVAL },
                { "-a", -EINVAL, -EINVAL },
                { "a-", -EINVAL, -EINVAL },
                { "/a", -EINVAL, -EINVAL },
                { "a/", -EINVAL, -EINVAL },
                { "A", -EINVAL, -EINVAL },
                { "a:b", -EINVAL, -EINVAL },
                { "a b", -EINVAL, -EINVAL },
                { "a\n", -EINVAL, -EINVAL },
                { "a\x1b", -EINVAL, -EINVAL },
                { "caf\xc3\xa9", -EINVAL, -EINVAL },
                { "\xd0\xb0", -EINVAL, -EINVAL }, /* a Cyrillic "a" */
                { "a\xff", -EINVAL, -EINVAL },
                { "..", -EINVAL, -EINVAL },
                { "../a", -EINVAL, -EINVAL },
                { "a/../b", 0, -EINVAL }, /* an identifier is no path: who makes one of it checks */
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                print_message("# %s\n", cases[i].text);
                assert_int_equal(appc_identifier_check(cases[i].text, NULL), cases[i].identifier);
                assert_int_equal(appc_name_check(cases[i].text, NULL), cases[i].name);
        }
}

static void says_what_is_wrong_in_a_fixed_order(void **state) {
        static const struct {
                const char *text, *says;
        } cases[] = {
                { "", "ACName cannot be empty" },
                { "-A", "ACName must contain only lower case alphanumeric characters plus \"-\"" },
                { "-a", "ACName must start and end with only lower case alphanumeric characters" },
        };
        _cleanup_(error_done) Error last = ERROR_NULL;

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                _cleanup_(error_done) Error e = ERROR_NULL;

                assert_int_equal(appc_name_check(cases[i].text, &e), -EINVAL);
                assert_string_equal(error_cause(&e), cases[i].says);
        }
        assert_int_equal(appc_identifier_check("a:b", &last), -EINVAL);
        assert_string_equal(error_cause(&last),
                            "ACIdentifier must contain only lower case alphanumeric characters "
                            "plus \"-._~/\"");
}

static void has_no_limit_of_length(void **state) {
        _cleanup_(freep) char *text = calloc(1, 100001);

        (void) state;
        memset(text, 'a', 100000);
        assert_int_equal(appc_name_check(text, NULL), 0);
}

static void
expect_sanitized(int (*sanitize)(const char *, char **), const char *text, const char *want) {
        _cleanup_(freep) char *result = NULL;

        print_message("# %s\n", text);
        assert_int_equal(sanitize(text, &result), want ? 0 : -EINVAL);
        if (want)
                assert_string_equal(result, want);
        else
                assert_null(result);
}

static void sanitizes_to_the_nearest_valid_form(void **state) {
        static const struct {
                const char *text, *identifier, *name;
        } cases[] = {
                { "foo#", "foo", "foo" },
                { "-/app.name-test/-/", "app.name-test", "app-name-test" },
                { "Foo/Bar:1", "foo/bar_1", "foo-bar-1" },
                { "example.com/app_1", "example.com/app_1", "example-com-app-1" },
                { "a..b", "a..b", "a--b" },
                { "caf\xc3\xa9", "caf", "caf" },
                { "caf\xc3\xa9s", "caf_s", "caf-s" },
                { "a\xff\xfe"
                  "b",
                  "a__b", "a--b" },
                { "\xf0\x9f\x98\x80x", "x", "x" },
                { "a\xe2\x82", "a", "a" },
                { "80/tcp", "80/tcp", "80-tcp" },
                { "", NULL, NULL },
                { "-", NULL, NULL },
                { "###", NULL, NULL },
                { "\xc3\xa9", NULL, NULL },
                { "/", NULL, NULL },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                expect_sanitized(appc_identifier_sanitize, cases[i].text, cases[i].identifier);
                expect_sanitized(appc_name_sanitize, cases[i].text, cases[i].name);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(takes_identifiers_and_names),
                cmocka_unit_test(says_what_is_wrong_in_a_fixed_order),
                cmocka_unit_test(has_no_limit_of_length),
                cmocka_unit_test(sanitizes_to_the_nearest_valid_form),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
