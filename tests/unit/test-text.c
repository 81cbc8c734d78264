/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <errno.h>

#include "text.h"

static void tells_utf8_from_what_only_looks_like_it(void **state) {
        static const struct {
                const char *bytes;
                size_t n;
                bool want;
        } cases[] = {
                { "", 0, true },
                { "plain", 5, true },
                { "a\0b", 3, true },
                { "\xc3\xa9", 2, true },
                { "\xe2\x82\xac", 3, true },
                { "\xf0\x9f\x98\x80", 4, true },
                { "\xed\x9f\xbf", 3, true },     /* U+D7FF, below the surrogates */
                { "\xee\x80\x80", 3, true },     /* U+E000, above them */
                { "\xf4\x8f\xbf\xbf", 4, true }, /* U+10FFFF */
                { "\x80", 1, false },
                { "\xc3", 1, false },
                { "\xc3(", 2, false },
                { "\xc0\xaf", 2, false },     /* overlong "/" */
                { "\xe0\x80\xaf", 3, false }, /* the same in three */
                { "\xf0\x80\x80\xaf", 4, false },
                { "\xed\xa0\x80", 3, false },     /* U+D800 */
                { "\xed\xbf\xbf", 3, false },     /* U+DFFF */
                { "\xf4\x90\x80\x80", 4, false }, /* U+110000 */
                { "\xf8\x88\x80\x80\x80", 5, false },
                { "\xe2\x82", 2, false },
                { "\xe2\x82x", 3, false },
                { "\xfe", 1, false },
                { "\xff", 1, false },
                { "ok\xff", 3, false },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                print_message("# %zu\n", i);
                assert_int_equal(text_is_utf8(cases[i].bytes, cases[i].n), cases[i].want);
        }
}

static char *written(const char *text) {
        char *buffer = NULL;
        size_t size = 0;
        FILE *out = open_memstream(&buffer, &size);

        assert_non_null(out);
        text_write_escaped(out, text);
        assert_int_equal(fclose(out), 0);
        return buffer;
}

static void shows_control_characters_without_obeying_them(void **state) {
        static const struct {
                const char *text, *written, *escaped;
        } cases[] = {
                { "", "", "" },
                { "plain text", "plain text", "plain text" },
                { "gr\xc3\xbc\xc3\x9f", "gr\xc3\xbc\xc3\x9f", "gr\xc3\xbc\xc3\x9f" },
                { "two\nlines\tand", "two\nlines\tand", "two\\x0alines\\x09and" },
                { "\r", "\\x0d", "\\x0d" },
                { "\x1b[31mred\x1b]0;title\a", "\\x1b[31mred\\x1b]0;title\\x07",
                  "\\x1b[31mred\\x1b]0;title\\x07" },
                { "\x7f", "\\x7f", "\\x7f" },
                { "\xc2\x9b"
                  "31m",
                  "\\xc2\\x9b"
                  "31m",
                  "\\xc2\\x9b"
                  "31m" }, /* CSI as one character */
                { "\xc2\xa0", "\xc2\xa0", "\xc2\xa0" },
                { "\xff\xfe", "\\xff\\xfe", "\\xff\\xfe" },
                { "\xed\xa0\x80", "\\xed\\xa0\\x80", "\\xed\\xa0\\x80" },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                _cleanup_(freep) char *shown = written(cases[i].text);
                _cleanup_(freep) char *escaped = text_escape(cases[i].text);

                assert_string_equal(shown, cases[i].written);
                assert_string_equal(escaped, cases[i].escaped);
        }
}

static void compares_ends_of_texts(void **state) {
        (void) state;
        assert_string_equal(text_after("prefix-rest", "prefix-"), "rest");
        assert_string_equal(text_after("same", "same"), "");
        assert_string_equal(text_after("any", ""), "any");
        assert_null(text_after("pre", "prefix"));
        assert_null(text_after("", "x"));
        assert_null(text_after(NULL, "x"));
        assert_true(text_ends_with("image.aci", ".aci"));
        assert_true(text_ends_with(".aci", ".aci"));
        assert_true(text_ends_with("x", ""));
        assert_false(text_ends_with("aci", ".aci"));
        assert_false(text_ends_with("image.aci.asc", ".aci"));
        assert_true(text_is_empty(NULL));
        assert_true(text_is_empty(""));
        assert_false(text_is_empty(" "));
        assert_true(text_equal(NULL, NULL));
        assert_false(text_equal(NULL, ""));
        assert_false(text_equal("", NULL));
        assert_true(text_equal("a", "a"));
        assert_false(text_equal("a", "A"));
}

static void trims_white_space_at_both_ends(void **state) {
        static const struct {
                const char *text, *want;
        } cases[] = {
                { "", "" },
                { " \t\r\n\v\f", "" },
                { "x", "x" },
                { "  two words \n", "two words" },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                _cleanup_(freep) char *copy = strdup(cases[i].text);

                assert_non_null(copy);
                assert_string_equal(text_trim(copy), cases[i].want);
        }
}

static void writes_hexadecimal(void **state) {
        static const uint8_t bytes[] = { 0x00, 0x0f, 0xa0, 0xff };
        _cleanup_(freep) char *hex = text_hex(bytes, sizeof(bytes)), *none = text_hex(bytes, 0);

        (void) state;
        assert_string_equal(hex, "000fa0ff");
        assert_string_equal(none, "");
}

static void parses_digits_and_nothing_else(void **state) {
        static const struct {
                const char *text;
                uint64_t max;
                int want;
                uint64_t value;
        } cases[] = {
                { "0", UINT64_MAX, 0, 0 },
                { "007", UINT64_MAX, 0, 7 },
                { "18446744073709551615", UINT64_MAX, 0, UINT64_MAX },
                { "65535", 65535, 0, 65535 },
                { "65536", 65535, -ERANGE, 0 },
                { "18446744073709551616", UINT64_MAX, -ERANGE, 0 },
                { "18446744073709551625", UINT64_MAX, -ERANGE, 0 },
                { "99999999999999999999999999", UINT64_MAX, -ERANGE, 0 },
                { "", UINT64_MAX, -EINVAL, 0 },
                { NULL, UINT64_MAX, -EINVAL, 0 },
                { " 1", UINT64_MAX, -EINVAL, 0 },
                { "1 ", UINT64_MAX, -EINVAL, 0 },
                { "+1", UINT64_MAX, -EINVAL, 0 },
                { "-1", UINT64_MAX, -EINVAL, 0 },
                { "0x10", UINT64_MAX, -EINVAL, 0 },
                { "1e3", UINT64_MAX, -EINVAL, 0 },
                { "\xd9\xa3", UINT64_MAX, -EINVAL, 0 }, /* an Arabic three */
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                uint64_t value = 4711;

                print_message("# %s\n", cases[i].text ? cases[i].text : "(null)");
                assert_int_equal(text_parse_u64(cases[i].text, cases[i].max, &value),
                                 cases[i].want);
                assert_true(value == (cases[i].want == 0 ? cases[i].value : 4711));
        }
}

static void parses_booleans_as_go_does(void **state) {
        static const char *const yes[] = { "1", "t", "T", "TRUE", "true", "True" };
        static const char *const no[] = { "0", "f", "F", "FALSE", "false", "False" };
        static const char *const neither[] = { "",     "yes",   "no",  "on", "off",
                                               "tRUE", "2",     "01",  "y",  " true",
                                               "tr",   "truee", "fal", "-1", NULL };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(yes); i++) {
                assert_int_equal(text_parse_bool(yes[i]), 1);
                assert_int_equal(text_parse_bool(no[i]), 0);
        }
        for (size_t i = 0; i < N_ELEMENTS(neither); i++)
                assert_int_equal(text_parse_bool(neither[i]), -EINVAL);
}

static void keeps_long_lists(void **state) {
        _cleanup_(strv_freep) Strv list = NULL;
        char text[32];
        size_t n = 0;

        (void) state;
        while (n < 1000) {
                (void) snprintf(text, sizeof(text), "text %zu", n);
                assert_int_equal(strv_append_counted(&list, &n, text), 0);
                assert_int_equal(strv_length(list), n);
        }
        for (size_t i = 0; i < n; i++) {
                (void) snprintf(text, sizeof(text), "text %zu", i);
                assert_string_equal(list[i], text);
        }
}

static void keeps_lists(void **state) {
        _cleanup_(strv_freep) Strv list = NULL;
        _cleanup_(strv_freep) Strv copy = NULL;
        _cleanup_(freep) char *joined = NULL;

        (void) state;
        assert_int_equal(strv_length(NULL), 0);
        assert_false(strv_contains(NULL, "a"));
        assert_int_equal(strv_append(&list, "a"), 0);
        assert_int_equal(strv_appendf(&list, "%s-%d", "b", 2), 0);
        assert_int_equal(strv_push(&list, strdup("")), 0);
        assert_int_equal(strv_push(&list, NULL), -ENOMEM);
        assert_int_equal(strv_length(list), 3);
        assert_null(list[3]);
        assert_true(strv_contains(list, "b-2"));
        assert_false(strv_contains(list, "b"));

        assert_int_equal(strv_copy(list, &copy), 0);
        assert_int_equal(strv_length(copy), 3);
        assert_ptr_not_equal(copy[0], list[0]);
        joined = strv_join(copy, ", ");
        assert_string_equal(joined, "a, b-2, ");

        copy = strv_free(copy);
        assert_int_equal(strv_copy(NULL, &copy), 0);
        assert_null(copy);
}

static void splits_and_keeps_empty_pieces(void **state) {
        static const struct {
                const char *text, *want;
                size_t n;
        } cases[] = {
                { "", "[]", 1 },           { "a", "[a]", 1 },       { ",", "[][]", 2 },
                { "a,b", "[a][b]", 2 },    { ",a,", "[][a][]", 3 }, { "a,,b", "[a][][b]", 3 },
                { "a b;c", "[a b;c]", 1 },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                _cleanup_(strv_freep) Strv list = NULL;
                _cleanup_(freep) char *joined = NULL, *shown = NULL;

                assert_int_equal(strv_split(cases[i].text, ',', &list), 0);
                assert_int_equal(strv_length(list), cases[i].n);
                joined = strv_join(list, "][");
                assert_true(asprintf(&shown, "[%s]", joined) > 0);
                assert_string_equal(shown, cases[i].want);
        }
}

static void joins_nothing_to_nothing(void **state) {
        _cleanup_(freep) char *joined = strv_join(NULL, ",");

        (void) state;
        assert_string_equal(joined, "");
}

/* Half a million pieces: appending them one by one would take minutes. */
static void splits_and_copies_long_lists_in_no_time(void **state) {
        size_t n = 500000;
        _cleanup_(freep) char *text = malloc(n + 1);
        _cleanup_(strv_freep) Strv list = NULL;
        _cleanup_(strv_freep) Strv copy = NULL;

        (void) state;
        assert_non_null(text);
        memset(text, ',', n);
        text[n] = '\0';
        assert_int_equal(strv_split(text, ',', &list), 0);
        assert_int_equal(strv_copy(list, &copy), 0);
        assert_int_equal(strv_length(copy), n + 1);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(tells_utf8_from_what_only_looks_like_it),
                cmocka_unit_test(shows_control_characters_without_obeying_them),
                cmocka_unit_test(compares_ends_of_texts),
                cmocka_unit_test(trims_white_space_at_both_ends),
                cmocka_unit_test(writes_hexadecimal),
                cmocka_unit_test(parses_digits_and_nothing_else),
                cmocka_unit_test(parses_booleans_as_go_does),
                cmocka_unit_test(keeps_lists),
                cmocka_unit_test(keeps_long_lists),
                cmocka_unit_test(splits_and_keeps_empty_pieces),
                cmocka_unit_test(joins_nothing_to_nothing),
                cmocka_unit_test(splits_and_copies_long_lists_in_no_time),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
