/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <errno.h>

#include "fetch-http.h"
#include "text.h"

static void tells_how_long_an_answer_is_fresh(void **state) {
        static const struct {
                const char *text;
                int64_t want;
        } cases[] = {
                { NULL, 0 },
                { "", 0 },
                { "max-age=10", 10 },
                { "Max-Age=10", 10 },
                { "public, max-age=3600", 3600 },
                { "public,max-age=3600,must-revalidate", 3600 },
                { "max-age=0", 0 },
                { "max-age=5, no-cache", 0 },
                { "no-store, max-age=5", 5 },
                { "max-age=5, max-age=7", 7 },
                { "max-age=99999999999999999999", 31536000 },
                { "max-age=010", 0 },
                { "max-age=-1", 0 },
                { "max-age=1.5", 0 },
                { "max-age=", 0 },
                { "max-age=\"5\"", 0 },
                { "max-age = 5", 0 },
                { "s-maxage=5", 0 },
                { "x-max-age=5", 0 },
                { ",,, ,", 0 },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                print_message("# %s\n", cases[i].text ? cases[i].text : "(none)");
                assert_int_equal(fetch_http_max_age(cases[i].text), cases[i].want);
        }
}

static void reads_dates(void **state) {
        static const struct {
                const char *text;
                int want;
                int64_t seconds;
        } cases[] = {
                { "Sun, 06 Nov 1994 08:49:37 GMT", 0, 784111777 },
                { "Thu, 01 Jan 1970 00:00:00 GMT", 0, 0 },
                { "Wed, 31 Dec 1969 23:59:59 GMT", 0, -1 },
                { "Thu, 29 Feb 2024 12:00:00 GMT", 0, 1709208000 },
                { "Sat, 31 Dec 2016 23:59:60 GMT", 0, 1483228799 },
                { "Thu, 29 Feb 2023 12:00:00 GMT", -EINVAL, 0 },
                { "Sun, 31 Jun 2023 12:00:00 GMT", -EINVAL, 0 },
                { "Sun, 00 Nov 1994 08:49:37 GMT", -EINVAL, 0 },
                { "Sun, 06 Nov 1994 24:00:00 GMT", -EINVAL, 0 },
                { "Sun, 06 Nov 1994 08:60:37 GMT", -EINVAL, 0 },
                { "Sun, 06 Nov 1994 08:49:61 GMT", -EINVAL, 0 },
                { "Sun, 06 nov 1994 08:49:37 GMT", -EINVAL, 0 },
                { "Sun, 06 anF 1994 08:49:37 GMT", -EINVAL, 0 },
                { "Sun, 06 Nov 1994 08:49:37 UTC", -EINVAL, 0 },
                { "Sun, 06 Nov 1994 08:49:37 GMT ", -EINVAL, 0 },
                { "Sun, 6 Nov 1994 08:49:37 GMT", -EINVAL, 0 },
                { "Sunday, 06-Nov-94 08:49:37 GMT", -EINVAL, 0 },
                { "Sun Nov  6 08:49:37 1994", -EINVAL, 0 },
                { "", -EINVAL, 0 },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                int64_t seconds = 0;

                print_message("# %s\n", cases[i].text);
                assert_int_equal(fetch_http_date(cases[i].text, &seconds), cases[i].want);
                assert_int_equal(seconds, cases[i].seconds);
        }
}

static void reads_when_to_try_again(void **state) {
        static const struct {
                const char *text;
                int want;
                int64_t seconds;
        } cases[] = {
                { "0", 0, 0 },
                { "120", 0, 120 },
                { "99999999999999999999", 0, INT32_MAX },
                { "Sun, 06 Nov 1994 08:49:37 GMT", 0, 37 },
                { "Sun, 06 Nov 1994 08:48:00 GMT", 0, 0 },
                { "-1", -EINVAL, 0 },
                { "1.5", -EINVAL, 0 },
                { "", -EINVAL, 0 },
                { "soon", -EINVAL, 0 },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                int64_t seconds = 0;

                print_message("# %s\n", cases[i].text);
                assert_int_equal(fetch_http_retry_after(cases[i].text, 784111740, &seconds),
                                 cases[i].want);
                assert_int_equal(seconds, cases[i].seconds);
        }
}

static void reads_ranges(void **state) {
        static const struct {
                const char *text;
                int want;
                FetchRange range;
        } cases[] = {
                { "bytes 0-9/10", 0, { 0, 9, 10 } },
                { "Bytes 5-9/10", 0, { 5, 9, 10 } },
                { "bytes 5-9/*", 0, { 5, 9, UINT64_MAX } },
                { "bytes 9-9/10", 0, { 9, 9, 10 } },
                { "bytes 9-8/10", -EINVAL, {} },
                { "bytes 0-10/10", -EINVAL, {} },
                { "bytes */10", -EINVAL, {} },
                { "bytes 0-9", -EINVAL, {} },
                { "bytes 0-9/", -EINVAL, {} },
                { "bytes 0-9/10x", -EINVAL, {} },
                { "bytes -9/10", -EINVAL, {} },
                { "bytes 0-/10", -EINVAL, {} },
                { "bytes +0-9/10", -EINVAL, {} },
                { "bytes 0-99999999999999999999/*", -EINVAL, {} },
                { "bytes=0-9/10", -EINVAL, {} },
                { "items 0-9/10", -EINVAL, {} },
                { "", -EINVAL, {} },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                FetchRange range = {};

                print_message("# %s\n", cases[i].text);
                assert_int_equal(fetch_http_content_range(cases[i].text, &range), cases[i].want);
                assert_memory_equal(&range, &cases[i].range, sizeof(range));
        }
}

static void knows_entity_tags(void **state) {
        static const struct {
                const char *text;
                bool valid, strong;
        } cases[] = {
                { "\"abc\"", true, true },     { "\"\"", true, true },
                { "W/\"abc\"", true, false },  { "w/\"abc\"", false, false },
                { "abc", false, false },       { "\"abc", false, false },
                { "abc\"", false, false },     { "\"", false, false },
                { "\"a\"b\"", false, false },  { "\"a b\"", false, false },
                { "\"a\r\n\"", false, false }, { "\"\xc3\xa9\"", false, false },
                { "", false, false },          { "W/", false, false },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                print_message("# %s\n", cases[i].text);
                assert_int_equal(fetch_http_etag_is_valid(cases[i].text), cases[i].valid);
                assert_int_equal(fetch_http_etag_is_strong(cases[i].text), cases[i].strong);
        }
        assert_true(fetch_http_value_is_valid("Accept: a, b;q=1"));
        assert_false(fetch_http_value_is_valid("a\nb"));
        assert_false(fetch_http_value_is_valid("\xc3\xa9"));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(tells_how_long_an_answer_is_fresh),
                cmocka_unit_test(reads_dates),
                cmocka_unit_test(reads_when_to_try_again),
                cmocka_unit_test(reads_ranges),
                cmocka_unit_test(knows_entity_tags),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
