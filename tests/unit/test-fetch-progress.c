/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "fetch-progress.h"

#define MIB (UINT64_C(1024) * 1024)

typedef struct Step {
        int64_t msec;
        FetchEvent event;
} Step;

/* What is written for those steps, each about @label. Allocated. */
static char *
play(FetchProgressStyle style, unsigned columns, const char *label, const Step *steps, size_t n) {
        _cleanup_(fetch_progress_freep) FetchProgress *progress = NULL;
        char *text = NULL;
        size_t size = 0;
        FILE *out = open_memstream(&text, &size);

        assert_int_equal(fetch_progress_new(out, style, columns, &progress), 0);
        for (size_t i = 0; i < n; i++)
                fetch_progress_tell(progress, label, &steps[i].event, steps[i].msec);
        assert_int_equal(fclose(out), 0);
        return text;
}

#define EVENT(k, r, t) \
        { .id = 1, .kind = FETCH_EVENT_##k, .received = (r), .total = (t), .status = 200 }

static const Step download[] = {
        { 0, EVENT(HEAD, 0, 50 * 1024 * 1024) },
        { 1000, EVENT(PROGRESS, 10 * MIB, 50 * 1024 * 1024) },
        { 2000, EVENT(PROGRESS, 20 * MIB, 50 * 1024 * 1024) },
        { 5000, EVENT(DONE, 50 * MIB, 50 * 1024 * 1024) },
};

static void draws_bars_over_and_over(void **state) {
        _cleanup_(freep) char *text =
                play(FETCH_PROGRESS_BARS, 200, "ACI", download, N_ELEMENTS(download));

        (void) state;
        assert_non_null(strstr(text, "\r\033[KACI                 [>          "));
        assert_non_null(strstr(text, "\033[1A\r\033[KACI                 [======>"));
        assert_non_null(strstr(text, "20MiB/50MiB  10MiB/s  3s left\n"));
        assert_non_null(strstr(text, "\033[1A\r\033[JACI: 50MiB in 5.0 s\n"));
}

static void shows_what_is_small_when_it_takes_its_time(void **state) {
        static const Step steps[] = {
                { 0, EVENT(HEAD, 0, 100) },
                { 2000, EVENT(PROGRESS, 10, 100) },
                { 4000, EVENT(PROGRESS, 10, 100) },
                { 5000, EVENT(DONE, 100, 100) },
        };
        _cleanup_(freep) char *text =
                play(FETCH_PROGRESS_BARS, 200, "signature", steps, N_ELEMENTS(steps));
        const char *bar = strstr(text, "signature"), *next = bar ? strstr(bar, "[===>") : NULL;

        (void) state;
        assert_non_null(next);
        assert_null(strstr(next + 1, "[===>")); /* after two seconds there is none */
}

static void keeps_within_the_terminal(void **state) {
        _cleanup_(freep) char *text =
                play(FETCH_PROGRESS_BARS, 60, "ACI", download, N_ELEMENTS(download));

        (void) state;
        for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
                const char *shown = strstr(line, "\033[K");

                if (shown)
                        assert_true(strlen(shown + 3) < 60);
        }
}

static void writes_plain_lines_where_there_is_no_terminal(void **state) {
        static const Step slow[] = {
                { 0, EVENT(HEAD, 0, 50 * 1024 * 1024) },
                { 9000, EVENT(PROGRESS, 9 * MIB, 50 * 1024 * 1024) },
                { 10000, EVENT(PROGRESS, 10 * MIB, 50 * 1024 * 1024) },
                { 11000, EVENT(PROGRESS, 11 * MIB, 50 * 1024 * 1024) },
                { 50000, EVENT(DONE, 50 * MIB, 50 * 1024 * 1024) },
        };
        const unsigned columns[] = { 0, 20, 200 };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(columns); i++) {
                _cleanup_(freep) char *text =
                        play(i < 2 ? FETCH_PROGRESS_BARS : FETCH_PROGRESS_LINES, columns[i], "ACI",
                             slow, N_ELEMENTS(slow));

                assert_string_equal(text,
                                    "ACI: 10MiB/50MiB  1.0MiB/s  40s left\nACI: 50MiB in 50.0 s\n");
        }
}

static void says_nothing_where_nothing_is_to_be_said(void **state) {
        static const Step small[] = {
                { 0, EVENT(HEAD, 0, 1000) },
                { 2000, EVENT(DONE, 1000, 1000) },
        };
        static const Step failed[] = {
                { 0, EVENT(HEAD, 0, FETCH_SIZE_UNKNOWN) },
                { 1000,
                  { .id = 1,
                    .kind = FETCH_EVENT_DONE,
                    .received = MIB,
                    .error = -EIO,
                    .total = -1 } },
        };
        _cleanup_(freep) char *quiet =
                play(FETCH_PROGRESS_NONE, 80, "ACI", download, N_ELEMENTS(download));
        _cleanup_(freep) char *little =
                play(FETCH_PROGRESS_BARS, 80, "key", small, N_ELEMENTS(small));
        _cleanup_(freep) char *bad =
                play(FETCH_PROGRESS_LINES, 80, "ACI", failed, N_ELEMENTS(failed));

        (void) state;
        assert_string_equal(quiet, "");
        assert_string_equal(little, "");
        assert_string_equal(bad, "");
}

/* What a server says must not move the cursor. */
static void tells_why_it_tries_again_and_obeys_no_server(void **state) {
        char words[] = "gone\033[2J\r";
        const Step steps[] = {
                { 0,
                  { .id = 1,
                    .kind = FETCH_EVENT_RETRY,
                    .text = words,
                    .wait_msec = 1500,
                    .total = -1 } },
        };
        _cleanup_(freep) char *text = play(FETCH_PROGRESS_LINES, 80, "ACI", steps, 1);

        (void) state;
        assert_string_equal(text, "ACI: gone\\x1b[2J\\x0d; trying again in 1.5 s\n");
}

/* Numbers that no honest downloader tells. */
static void survives_any_numbers(void **state) {
        static const Step steps[] = {
                { 0, EVENT(PROGRESS, UINT64_C(1) << 62, 1) },
                { 1000, EVENT(PROGRESS, 0, INT64_MAX) },
                { 1900, EVENT(PROGRESS, 1, INT64_MAX) },
                { 2000, EVENT(PROGRESS, INT64_MAX, INT64_MAX) },
                { 3000, EVENT(PROGRESS, INT64_MAX, 0) },
                { 3000, EVENT(PROGRESS, 5 * MIB, FETCH_SIZE_UNKNOWN) },
                { 4000, EVENT(DONE, 0, 0) },
        };
        _cleanup_(freep) char *text =
                play(FETCH_PROGRESS_BARS, 80, "ACI", steps, N_ELEMENTS(steps));

        (void) state;
        assert_non_null(strstr(text, "ACI"));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(draws_bars_over_and_over),
                cmocka_unit_test(shows_what_is_small_when_it_takes_its_time),
                cmocka_unit_test(keeps_within_the_terminal),
                cmocka_unit_test(writes_plain_lines_where_there_is_no_terminal),
                cmocka_unit_test(says_nothing_where_nothing_is_to_be_said),
                cmocka_unit_test(tells_why_it_tries_again_and_obeys_no_server),
                cmocka_unit_test(survives_any_numbers),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
