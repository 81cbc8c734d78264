/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <errno.h>
#include <string.h>

#include "cleanup.h"
#include "errors.h"

static void expect(const Error *e, int r, const char *brief, const char *full) {
        _cleanup_(freep) char *shown = error_format(e, r, false), *whole = error_format(e, r, true);

        assert_string_equal(shown, brief);
        assert_string_equal(whole, full);
}

static void shows_the_outermost_and_the_innermost(void **state) {
        _cleanup_(error_done) Error e = ERROR_NULL;

        (void) state;
        assert_int_equal(error_new(&e, -ENOENT, "no matches found for \"%s\"", "abc"), -ENOENT);
        expect(&e, -ENOENT, "no matches found for \"abc\"", "no matches found for \"abc\"");
        assert_int_equal(error_wrap(&e, -ENOENT, "unable to resolve UUID"), -ENOENT);
        expect(&e, -ENOENT, "unable to resolve UUID: no matches found for \"abc\"",
               "unable to resolve UUID\n  └─no matches found for \"abc\"");
        assert_int_equal(error_wrap(&e, -ENOENT, "problem retrieving pod"), -ENOENT);
        expect(&e, -ENOENT, "problem retrieving pod: no matches found for \"abc\"",
               "problem retrieving pod\n  └─unable to resolve UUID\n"
               "    └─no matches found for \"abc\"");
        assert_string_equal(error_cause(&e), "no matches found for \"abc\"");
}

static void names_the_errno_where_nobody_else_did(void **state) {
        _cleanup_(error_done) Error none = ERROR_NULL, wrapped = ERROR_NULL, prefixed = ERROR_NULL;

        (void) state;
        expect(&none, -EACCES, "Permission denied", "Permission denied");
        assert_null(error_cause(&none));
        assert_int_equal(error_wrap(&wrapped, -EACCES, "cannot open %s", "x"), -EACCES);
        expect(&wrapped, -EACCES, "cannot open x: Permission denied",
               "cannot open x\n  └─Permission denied");
        assert_int_equal(error_prefix(&prefixed, -EACCES, "file %d: ", 3), -EACCES);
        expect(&prefixed, -EACCES, "file 3: Permission denied", "file 3: Permission denied");
}

static void puts_the_place_in_front_of_the_cause(void **state) {
        _cleanup_(error_done) Error e = ERROR_NULL;

        (void) state;
        (void) error_new(&e, -EINVAL, "must be set");
        (void) error_wrap(&e, -EINVAL, "bad manifest");
        assert_int_equal(error_prefix(&e, -EINVAL, "name: "), -EINVAL);
        assert_int_equal(error_prefix(&e, -EINVAL, "[%d]: ", 2), -EINVAL);
        expect(&e, -EINVAL, "bad manifest: [2]: name: must be set",
               "bad manifest\n  └─[2]: name: must be set");
}

static void starts_over_even_from_its_own_words(void **state) {
        _cleanup_(error_done) Error e = ERROR_NULL;

        (void) state;
        (void) error_new(&e, -EINVAL, "first");
        (void) error_wrap(&e, -EINVAL, "second");
        assert_int_equal(error_new(&e, -EIO, "not %s", error_cause(&e)), -EIO);
        expect(&e, -EIO, "not first", "not first");
}

static void escapes_what_a_terminal_would_obey(void **state) {
        _cleanup_(error_done) Error e = ERROR_NULL;

        (void) state;
        (void) error_new(&e, -EINVAL, "bad name \"%s\"", "\x1b[2J\xff");
        expect(&e, -EINVAL, "bad name \"\\x1b[2J\\xff\"", "bad name \"\\x1b[2J\\xff\"");
}

static void does_without_a_place_for_words(void **state) {
        (void) state;
        assert_int_equal(error_new(NULL, -EIO, "x"), -EIO);
        assert_int_equal(error_wrap(NULL, -EIO, "x"), -EIO);
        assert_int_equal(error_prefix(NULL, -EIO, "x"), -EIO);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(shows_the_outermost_and_the_innermost),
                cmocka_unit_test(names_the_errno_where_nobody_else_did),
                cmocka_unit_test(puts_the_place_in_front_of_the_cause),
                cmocka_unit_test(starts_over_even_from_its_own_words),
                cmocka_unit_test(escapes_what_a_terminal_would_obey),
                cmocka_unit_test(does_without_a_place_for_words),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
