/* SPDX-License-Identifier: Apache-2.0 */
#include "stats-samples.h"

#include <stdbool.h>

#include "test.h"

#define SECOND UINT64_C(1000000000)

static void the_first_round_compares_nothing(void **state) {
        _cleanup_(stats_samples_freep) StatsSamples *samples = stats_samples_new();
        uint64_t permille = 7;

        (void) state;
        assert_non_null(samples);
        assert_int_equal(stats_samples_add(samples, "a", 5 * SECOND, 9 * SECOND, &permille), 0);
        assert_int_equal(stats_samples_add(samples, "b", 0, 9 * SECOND, &permille), 0);
        assert_int_equal(permille, 7); /* untouched */
}

static void tells_how_busy_a_unit_was_since(void **state) {
        static const struct {
                uint64_t cpu_nsec, at_nsec;
                int want;
                uint64_t permille;
        } cases[] = {
                { SECOND, SECOND, 0, 0 },
                { SECOND + SECOND / 4, 2 * SECOND, 1, 250 },
                { 4 * SECOND + SECOND / 4, 4 * SECOND, 1, 1500 }, /* more than one processor */
                { 4 * SECOND + SECOND / 4, 5 * SECOND, 1, 0 },
                { SECOND, 6 * SECOND, 0, 0 }, /* started again */
                { SECOND + SECOND / 2, 7 * SECOND, 1, 500 },
                { 2 * SECOND, 7 * SECOND, 0, 0 }, /* no time between */
                { UINT64_MAX - 1, 8 * SECOND, 1, UINT64_C(18446744071710) },
        };
        _cleanup_(stats_samples_freep) StatsSamples *samples = stats_samples_new();

        (void) state;
        assert_non_null(samples);
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                uint64_t permille = 0;

                print_message("# round %zu\n", i);
                assert_int_equal(stats_samples_add(samples, "a", cases[i].cpu_nsec,
                                                   cases[i].at_nsec, &permille),
                                 cases[i].want);
                assert_int_equal(permille, cases[i].permille);
                stats_samples_turn(samples);
        }
}

/* Of forty units in each round, three go, three come, and the order is another one. */
static void finds_units_that_come_and_go_in_any_order(void **state) {
        _cleanup_(stats_samples_freep) StatsSamples *samples = stats_samples_new();

        (void) state;
        assert_non_null(samples);
        for (unsigned round = 0; round < 5; round++) {
                for (unsigned i = 0; i < 40; i++) {
                        unsigned number = 3 * round + (round % 2 ? 39 - i : i);
                        char unit[] = { (char) ('0' + number), '\0' };
                        uint64_t permille = 0;
                        bool known = round > 0 && number < 3 * (round - 1) + 40;

                        assert_int_equal(stats_samples_add(samples, unit, round * number * SECOND,
                                                           round * SECOND, &permille),
                                         known);
                        assert_int_equal(permille, known ? 1000 * number : 0);
                }
                stats_samples_turn(samples);
        }
}

static void what_was_not_seen_for_a_round_is_forgotten(void **state) {
        _cleanup_(stats_samples_freep) StatsSamples *samples = stats_samples_new();
        uint64_t permille = 0;

        (void) state;
        assert_non_null(samples);
        assert_int_equal(stats_samples_add(samples, "a", 0, SECOND, &permille), 0);
        stats_samples_turn(samples);
        stats_samples_turn(samples);
        assert_int_equal(stats_samples_add(samples, "a", SECOND, 2 * SECOND, &permille), 0);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(the_first_round_compares_nothing),
                cmocka_unit_test(tells_how_busy_a_unit_was_since),
                cmocka_unit_test(finds_units_that_come_and_go_in_any_order),
                cmocka_unit_test(what_was_not_seen_for_a_round_is_forgotten),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
