/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <string.h>

#include "text-pool.h"

#define ROOMS 2000

/* Of all sizes, larger ones than the pool takes at a time among them. */
static size_t size_of(size_t i) {
        return i % 500 == 0 ? 100000 : i % 200;
}

static void what_is_in_it_stays(void **state) {
        _cleanup_(text_pool_done) TextPool pool = {};
        static char *rooms[ROOMS];

        (void) state;
        for (size_t i = 0; i < ROOMS; i++) {
                rooms[i] = text_pool_room(&pool, size_of(i));
                assert_non_null(rooms[i]);
                memset(rooms[i], (int) (i % 256), size_of(i));
        }
        for (size_t i = 0; i < ROOMS; i++)
                for (size_t k = 0; k < size_of(i); k++)
                        assert_int_equal((unsigned char) rooms[i][k], i % 256);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(what_is_in_it_stays),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
