/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <errno.h>

#include "stage1-files.h"

static void mounts_what_the_modes_say(void **state) {
        static const struct {
                const char *modes;
                const char *sources[STAGE1_FILES_MAX];
                size_t n;
        } cases[] = {
                { NULL, {}, 0 },
                { "resolv=default,hosts=default", {}, 0 },
                { "resolv=none,hosts=default", {}, 0 },
                { "resolv=host,hosts=default", { "/etc/resolv.conf" }, 1 },
                { "resolv=host,hosts=host", { "/etc/resolv.conf", "/etc/hosts" }, 2 },
                { "resolv=default,hosts=stage0", { "stage1/rootfs/etc/rkt-hosts" }, 1 },
                { "resolv=stage0,hosts=host",
                  { "stage1/rootfs/etc/rkt-resolv.conf", "/etc/hosts" },
                  2 },
        };

        (void) state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                Stage1File files[STAGE1_FILES_MAX];
                size_t n = 99;

                print_message("# %s\n", cases[i].modes ? cases[i].modes : "(nothing)");
                assert_int_equal(stage1_files(cases[i].modes, NULL, files, &n, NULL), 0);
                assert_int_equal(n, cases[i].n);
                for (size_t j = 0; j < n; j++)
                        assert_string_equal(files[j].source, cases[i].sources[j]);
        }
}

static void refuses_modes_nobody_knows(void **state) {
        static const char *const cases[] = {
                "",
                ",",
                "resolv",
                "resolv=",
                "resolv=Host",
                "resolv=host,",
                "hosts=none",
                "resolv=/etc/shadow",
                "resolv=host hosts=host",
                "resolv=host,hosts=host,resolv=host",
                "resolv=host,resolv=stage0,hosts=host",
        };

        (void) state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                Stage1File files[STAGE1_FILES_MAX];
                size_t n = 99;

                print_message("# %s\n", cases[i]);
                assert_int_equal(stage1_files(cases[i], NULL, files, &n, NULL), -EINVAL);
                assert_int_equal(n, 99);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(mounts_what_the_modes_say),
                cmocka_unit_test(refuses_modes_nobody_knows),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
