/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cleanup.h"
#include "network-list.h"

static void reads_names_and_arguments(void **state) {
        _cleanup_(network_list_done) NetworkList list = {};

        (void) state;
        assert_int_equal(network_list_parse("a,b:IP=1.2.3.4;K=v,c:IP=fd00::1,d-1.x_y", &list, NULL),
                         0);
        assert_int_equal(list.mode, NETWORK_SOME);
        assert_false(list.all);
        assert_int_equal(list.n, 4);
        assert_string_equal(list.items[0].name, "a");
        assert_null(list.items[0].args);
        assert_string_equal(list.items[1].name, "b");
        assert_string_equal(list.items[1].args, "IP=1.2.3.4;K=v");
        assert_string_equal(list.items[2].args, "IP=fd00::1");
        assert_string_equal(list.items[3].name, "d-1.x_y");
}

static void knows_the_special_names(void **state) {
        static const struct {
                const char *text;
                NetworkMode mode;
                bool all;
        } cases[] = {
                { "default", NETWORK_SOME, false },      { "host", NETWORK_HOST, false },
                { "none", NETWORK_NONE, false },         { "all", NETWORK_SOME, true },
                { "none,a", NETWORK_NONE, false },       { "a,host,none", NETWORK_HOST, false },
                { "none,host,all", NETWORK_HOST, true },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                _cleanup_(network_list_done) NetworkList list = {};

                print_message("# %s\n", cases[i].text);
                assert_int_equal(network_list_parse(cases[i].text, &list, NULL), 0);
                assert_int_equal(list.mode, cases[i].mode);
                assert_int_equal(list.all, cases[i].all);
        }
}

static void refuses_what_is_no_list(void **state) {
        static const char *const cases[] = {
                "",          ",",          "a,",      "a,,b",       "a,a",
                "a,b,a:K=v", ":K=v",       "a:",      "a:b",        "a:=v",
                "a:K=v;",    "a:K=v;;L=w", "a:K=v w", "a:K=v\nL=w", "host:K=v",
                "none:K=v",  "all:K=v",    "../a",    "a/b",        ".a",
                "-a",        "a b",        "a\n",     "\xc3\xa4",   "a:K=\x7f",
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                NetworkList list = {};

                print_message("# %s\n", cases[i]);
                assert_int_equal(network_list_parse(cases[i], &list, NULL), -EINVAL);
                assert_int_equal(list.n, 0); /* untouched on failure */
        }
}

static void bounds_how_many_there_are(void **state) {
        char text[8 * (NETWORK_MAX + 2)] = "n0";
        NetworkList list = {};
        size_t n = strlen(text);

        (void) state;
        for (unsigned i = 1; i < NETWORK_MAX; i++)
                n += (size_t) snprintf(text + n, sizeof(text) - n, ",n%u", i);
        assert_int_equal(network_list_parse(text, &list, NULL), 0);
        assert_int_equal(list.n, NETWORK_MAX);
        network_list_done(&list);
        (void) snprintf(text + n, sizeof(text) - n, ",more");
        assert_int_equal(network_list_parse(text, &list, NULL), -E2BIG);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(reads_names_and_arguments),
                cmocka_unit_test(knows_the_special_names),
                cmocka_unit_test(refuses_what_is_no_list),
                cmocka_unit_test(bounds_how_many_there_are),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
