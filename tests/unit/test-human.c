/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cleanup.h"
#include "human.h"

#define SECOND NSEC_PER_SEC
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

static void shows_times_in_the_zone_of_the_reader(void **state) {
        static const struct {
                int64_t nsec;
                const char *want;
        } cases[] = {
                { 1451743504 * SECOND, "2016-01-02 15:05:04 +0100 CET" },
                { 1451743504 * SECOND + 120000000, "2016-01-02 15:05:04.12 +0100 CET" },
                { 1451743504 * SECOND + 5000000, "2016-01-02 15:05:04.005 +0100 CET" },
                { 1451743504 * SECOND + 999999, "2016-01-02 15:05:04 +0100 CET" },
                { 1451743504 * SECOND + 999999999, "2016-01-02 15:05:04.999 +0100 CET" },
                { 1467468304 * SECOND, "2016-07-02 16:05:04 +0200 CEST" },
                { 1, "1970-01-01 01:00:00 +0100 CET" },
                { 0, "-" },
                { -1, "-" },
                { -5000000, "-" },
                { INT64_MIN, "-" },
                { INT64_MAX, "2262-04-12 01:47:16.854 +0200 CEST" },
        };

        (void) state;
        (void) setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
        tzset();
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                _cleanup_(freep) char *text = human_time(cases[i].nsec);

                assert_string_equal(text, cases[i].want);
        }
}

static void shows_times_to_the_nanosecond(void **state) {
        static const struct {
                int64_t nsec;
                const char *want;
        } cases[] = {
                { 1451732645 * SECOND + 123456789, "2016-01-02 11:04:05.123456789 +0000 UTC" },
                { 1451732645 * SECOND + 120000000, "2016-01-02 11:04:05.12 +0000 UTC" },
                { 1451732645 * SECOND + 1, "2016-01-02 11:04:05.000000001 +0000 UTC" },
                { 1451732645 * SECOND, "2016-01-02 11:04:05 +0000 UTC" },
                { 0, "-" },
        };

        (void) state;
        (void) setenv("TZ", "UTC", 1);
        tzset();
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                _cleanup_(freep) char *text = human_time_exact(cases[i].nsec);

                assert_string_equal(text, cases[i].want);
        }
}

static void shows_ages_in_the_largest_unit(void **state) {
        static const int64_t now = 2000000000 * SECOND;
        static const struct {
                int64_t age;
                const char *want;
        } cases[] = {
                { 0, "now" },
                { SECOND - 1, "now" },
                { SECOND, "1 second ago" },
                { 2 * SECOND - 1, "1 second ago" },
                { 2 * SECOND, "2 seconds ago" },
                { MINUTE - 1, "59 seconds ago" },
                { MINUTE, "1 minute ago" },
                { 2 * MINUTE, "2 minutes ago" },
                { HOUR - 1, "59 minutes ago" },
                { HOUR, "1 hour ago" },
                { 2 * HOUR, "2 hours ago" },
                { DAY - 1, "23 hours ago" },
                { DAY, "1 day ago" },
                { 2 * DAY, "2 days ago" },
                { 7 * DAY - 1, "6 days ago" },
                { 7 * DAY, "1 week ago" },
                { 14 * DAY, "2 weeks ago" },
                { 30 * DAY - 1, "4 weeks ago" },
                { 30 * DAY, "1 month ago" },
                { 60 * DAY, "2 months ago" },
                { 360 * DAY - 1, "11 months ago" },
                { 360 * DAY, "1 year ago" },
                { 540 * DAY - 1, "1 year ago" },
                { 540 * DAY, "2 years ago" },
                { 720 * DAY, "2 years ago" },
                { 3 * 360 * DAY, "3 years ago" },
                { 37 * 360 * DAY - 1, "36 years ago" },
                { 37 * 360 * DAY, "a long while ago" },
                { -5 * SECOND, "5 seconds from now" },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                _cleanup_(freep) char *text = human_age(now - cases[i].age, now);

                assert_string_equal(text, cases[i].want);
        }
}

static void shows_unknown_ages(void **state) {
        static const struct {
                int64_t nsec, now;
        } cases[] = {
                { 0, SECOND }, { -1, SECOND }, { INT64_MIN, INT64_MAX }, { INT64_MAX, INT64_MIN }
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                _cleanup_(freep) char *text = human_age(cases[i].nsec, cases[i].now);

                assert_string_equal(text, "a long while ago");
        }
}

static void shows_sizes(void **state) {
        static const struct {
                uint64_t bytes;
                const char *want;
        } cases[] = {
                { 0, "0B" },
                { 9, "9B" },
                { 10, "10B" },
                { 1023, "1023B" },
                { 1024, "1.0KiB" },
                { 1536, "1.5KiB" },
                { 10188, "9.9KiB" },
                { 10190, "10KiB" },
                { 10240, "10KiB" },
                { 1048575, "1024KiB" },
                { 1048576, "1.0MiB" },
                { 1572864, "1.5MiB" },
                { 12582912, "12MiB" },
                { UINT64_C(1) << 30, "1.0GiB" },
                { UINT64_C(1) << 60, "1.0EiB" },
                { UINT64_MAX, "16EiB" },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                _cleanup_(freep) char *text = human_size(cases[i].bytes);

                assert_string_equal(text, cases[i].want);
        }
}

static void shows_durations_as_go_does(void **state) {
        static const struct {
                int64_t nsec;
                const char *want;
        } cases[] = {
                { 0, "0s" },
                { 1, "1ns" },
                { 999, "999ns" },
                { 1100, "1.1\xc2\xb5s" },
                { 100000000, "100ms" },
                { 1500000, "1.5ms" },
                { 2000001, "2.000001ms" },
                { SECOND, "1s" },
                { SECOND + 500000000, "1.5s" },
                { 59 * SECOND + 123456789, "59.123456789s" },
                { MINUTE, "1m0s" },
                { MINUTE + 30 * SECOND, "1m30s" },
                { HOUR, "1h0m0s" },
                { 90 * MINUTE, "1h30m0s" },
                { 24 * HOUR, "24h0m0s" },
                { 100 * HOUR + 1, "100h0m0.000000001s" },
                { -1, "-1ns" },
                { -90 * SECOND, "-1m30s" },
                { INT64_MAX, "2562047h47m16.854775807s" },
                { INT64_MIN, "-2562047h47m16.854775808s" },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                _cleanup_(freep) char *text = human_duration(cases[i].nsec);

                assert_string_equal(text, cases[i].want);
        }
}

static void reads_durations_as_go_does(void **state) {
        static const struct {
                const char *text;
                int want;
                int64_t nsec;
        } cases[] = {
                { "0", 0, 0 },
                { "-0", 0, 0 },
                { "10s", 0, 10 * SECOND },
                { "+5s", 0, 5 * SECOND },
                { "-5s", 0, -5 * SECOND },
                { "1m30s", 0, 90 * SECOND },
                { "1.5h", 0, 90 * MINUTE },
                { ".5s", 0, SECOND / 2 },
                { "1.s", 0, SECOND },
                { "1h1m1s1ms1us1ns", 0, HOUR + MINUTE + SECOND + 1001001 },
                { "3\xc2\xb5s", 0, 3000 },
                { "3\xce\xbcs", 0, 3000 }, /* the Greek letter */
                { "0.3333333333333333333h", 0, INT64_C(1199999999999) },
                { "0.000000001h", 0, 3600 },
                { "1s1s", 0, 2 * SECOND },
                { "9223372036s", 0, INT64_C(9223372036) * SECOND },
                { "2562047h47m16.854775807s", 0, INT64_MAX },
                { "9223372037s", -ERANGE, 0 },
                { "2562047h47m16.854775808s", -ERANGE, 0 },
                { "99999999999999999999s", -ERANGE, 0 },
                { "", -EINVAL, 0 },
                { "3", -EINVAL, 0 },
                { "-", -EINVAL, 0 },
                { "s", -EINVAL, 0 },
                { ".", -EINVAL, 0 },
                { ".s", -EINVAL, 0 },
                { "+.s", -EINVAL, 0 },
                { "1d", -EINVAL, 0 },
                { "1 s", -EINVAL, 0 },
                { " 1s", -EINVAL, 0 },
                { "1s ", -EINVAL, 0 },
                { "1ss", -EINVAL, 0 },
                { "1M", -EINVAL, 0 },
                { "1m-30s", -EINVAL, 0 },
                { "1.5.5s", -EINVAL, 0 },
                { "00", -EINVAL, 0 },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                int64_t nsec = 4711;

                print_message("# %s\n", cases[i].text);
                assert_int_equal(human_parse_duration(cases[i].text, &nsec), cases[i].want);
                assert_true(nsec == (cases[i].want == 0 ? cases[i].nsec : 4711));
        }
}

static void reads_moments(void **state) {
        static const struct {
                const char *text;
                int want;
                int64_t nsec;
        } cases[] = {
                { "10s", 0, 999990 * SECOND },
                { "1h", 0, 996400 * SECOND },
                { "0", 0, 1000000 * SECOND },
                { "-5s", 0, 1000005 * SECOND },
                { "@0", 0, 0 },
                { "@1451746800", 0, 1451746800 * SECOND },
                { "2016-01-02", 0, 1451689200 * SECOND },
                { "2016-01-02 16:00", 0, 1451746800 * SECOND },
                { "2016-01-02 16:00:00", 0, 1451746800 * SECOND },
                { "2016-01-02T16:00:00", 0, 1451746800 * SECOND },
                { "2016-01-02T15:00:00Z", 0, 1451746800 * SECOND },
                { "2016-01-02T10:00:00-05:00", 0, 1451746800 * SECOND },
                { "2016-02-29", 0, 1456700400 * SECOND },
                { "", -EINVAL, 0 },
                { "yesterday", -EINVAL, 0 },
                { "10", -EINVAL, 0 },
                { "@", -EINVAL, 0 },
                { "@-1", -EINVAL, 0 },
                { "@1.5", -EINVAL, 0 },
                { "@99999999999999999999", -ERANGE, 0 },
                { "@9999999999999", -ERANGE, 0 },
                { "2016", -EINVAL, 0 },
                { "2016-13-01", -EINVAL, 0 },
                { "2015-02-29", -EINVAL, 0 },
                { "2016-04-31", -EINVAL, 0 },
                { "2016-01-02 24:01", -EINVAL, 0 },
                { "2016-01-02 16:00:00 ", -EINVAL, 0 },
                { "2016-01-02T16:00:00+1", -EINVAL, 0 },
                { "2016-01-02 and so on", -EINVAL, 0 },
        };

        (void) state;
        assert_int_equal(setenv("TZ", "CET-1", 1), 0);
        tzset();
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                int64_t nsec = 4711;

                print_message("# %s\n", cases[i].text);
                assert_int_equal(human_parse_time(cases[i].text, 1000000 * SECOND, &nsec),
                                 cases[i].want);
                assert_true(nsec == (cases[i].want == 0 ? cases[i].nsec : 4711));
        }
}

static void tells_the_time(void **state) {
        (void) state;
        assert_true(human_now() / SECOND >= time(NULL) - 1);
        assert_true(human_now() / SECOND <= time(NULL) + 1);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(shows_times_in_the_zone_of_the_reader),
                cmocka_unit_test(shows_times_to_the_nanosecond),
                cmocka_unit_test(shows_ages_in_the_largest_unit),
                cmocka_unit_test(shows_unknown_ages),
                cmocka_unit_test(shows_sizes),
                cmocka_unit_test(shows_durations_as_go_does),
                cmocka_unit_test(reads_durations_as_go_does),
                cmocka_unit_test(reads_moments),
                cmocka_unit_test(tells_the_time),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
