/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <errno.h>

#include "fetch-wait.h"

typedef struct Other {
        unsigned n_tries, n_told;
        unsigned busy; /* tries */
        int end;
} Other;

static int try(void *userdata) {
        Other *other = userdata;

        return other->n_tries++ < other->busy ? -EWOULDBLOCK : other->end;
}

static void tell(void *userdata) {
        Other *other = userdata;

        other->n_told++;
}

static void tells_of_a_wait_again_and_again(void **state) {
        static const struct {
                unsigned busy, again_msec, told;
                int end;
        } cases[] = {
                { 0, 0, 0, 0 },  { 0, 0, 0, -EIO }, { 1, 0, 1, 3 },      { 5, 0, 1, 0 },
                { 5, 40, 3, 0 }, { 6, 40, 3, 0 },   { 2, 1, 2, -EINTR },
        };

        (void) state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                Other other = { .busy = cases[i].busy, .end = cases[i].end };
                FetchWait wait = { .try = try,
                                   .userdata = &other,
                                   .waiting = tell,
                                   .waiting_userdata = &other,
                                   .again_msec = cases[i].again_msec };

                assert_int_equal(fetch_wait(&wait), cases[i].end);
                assert_int_equal(other.n_tries, cases[i].busy + 1);
                assert_int_equal(other.n_told, cases[i].told);
                wait.waiting = NULL;
                assert_int_equal(fetch_wait(&wait), cases[i].end);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = { cmocka_unit_test(tells_of_a_wait_again_and_again) };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
