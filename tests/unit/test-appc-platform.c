/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <errno.h>

#include "appc-platform.h"
#include "text.h"

static void takes_the_pairs_that_appc_lists(void **state) {
        static const struct {
                const char *os, *arch;
                int want;
        } cases[] = {
                { NULL, NULL, 0 },
                { NULL, "anything", 0 },
                { NULL, "", 0 },
                { "linux", NULL, 0 },
                { "linux", "amd64", 0 },
                { "linux", "i386", 0 },
                { "linux", "aarch64", 0 },
                { "linux", "aarch64_be", 0 },
                { "linux", "armv6l", 0 },
                { "linux", "armv7l", 0 },
                { "linux", "armv7b", 0 },
                { "linux", "ppc64", 0 },
                { "linux", "ppc64le", 0 },
                { "linux", "s390x", 0 },
                { "linux", "riscv64", 0 },
                { "linux", "loongarch64", 0 },
                { "freebsd", "amd64", 0 },
                { "freebsd", "i386", 0 },
                { "freebsd", "arm", 0 },
                { "darwin", "x86_64", 0 },
                { "darwin", "i386", 0 },
                { "linux", "", -EINVAL },
                { "linux", "x86_64", -EINVAL },
                { "linux", "AMD64", -EINVAL },
                { "linux", "arm64", -EINVAL },
                { "linux", "arm", -EINVAL },
                { "linux", "mips", -EINVAL },
                { "freebsd", "riscv64", -EINVAL },
                { "darwin", "amd64", -EINVAL },
                { "", NULL, -EINVAL },
                { "Linux", "amd64", -EINVAL },
                { "windows", NULL, -EINVAL },
                { "plan9", "amd64", -EINVAL },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                print_message("# %zu\n", i);
                assert_int_equal(appc_platform_check(cases[i].os, cases[i].arch, NULL),
                                 cases[i].want);
        }
}

static void lists_what_would_have_been_right(void **state) {
        _cleanup_(error_done) Error os = ERROR_NULL, arch = ERROR_NULL;

        (void) state;
        assert_int_equal(appc_platform_check("beos", NULL, &os), -EINVAL);
        assert_string_equal(error_cause(&os),
                            "bad os \"beos\" (must be one of: [darwin freebsd linux])");
        assert_int_equal(appc_platform_check("freebsd", "vax", &arch), -EINVAL);
        assert_string_equal(error_cause(&arch),
                            "bad arch \"vax\" for freebsd (must be one of: [amd64 i386 arm])");
}

static void translates_from_go(void **state) {
        static const struct {
                const char *os, *arch, *variant, *want;
        } cases[] = {
                { "linux", "amd64", NULL, "amd64" },
                { "linux", "amd64", "v3", "amd64" },
                { "linux", "386", "", "i386" },
                { "linux", "arm64", "v8", "aarch64" },
                { "linux", "arm64", NULL, "aarch64" },
                { "linux", "arm", NULL, "armv6l" },
                { "linux", "arm", "", "armv6l" },
                { "linux", "arm", "6", "armv6l" },
                { "linux", "arm", "v6", "armv6l" },
                { "linux", "arm", "7", "armv7l" },
                { "linux", "arm", "v7", "armv7l" },
                { "linux", "ppc64", NULL, "ppc64" },
                { "linux", "ppc64le", "power9", "ppc64le" },
                { "linux", "s390x", NULL, "s390x" },
                { "linux", "riscv64", NULL, "riscv64" },
                { "linux", "loong64", NULL, "loongarch64" },
                { "freebsd", "amd64", NULL, "amd64" },
                { "freebsd", "386", NULL, "i386" },
                { "freebsd", "arm", "5", "arm" },
                { "darwin", "amd64", NULL, "x86_64" },
                { "darwin", "386", NULL, "i386" },
                { "linux", "arm", "v5", NULL },
                { "linux", "arm", "v8", NULL },
                { "linux", "arm", "vv7", NULL },
                { "linux", "mips", NULL, NULL },
                { "linux", "i386", NULL, NULL },
                { "linux", "", NULL, NULL },
                { "linux", NULL, NULL, NULL },
                { NULL, "amd64", NULL, NULL },
                { "windows", "amd64", NULL, NULL },
                { "darwin", "arm64", NULL, NULL },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                const char *arch = appc_arch_from_go(cases[i].os, cases[i].arch, cases[i].variant);

                print_message("# %zu\n", i);
                assert_true(text_equal(arch, cases[i].want));
        }
}

static void translates_to_go(void **state) {
        static const struct {
                const char *os, *arch, *want, *variant;
        } cases[] = {
                { "linux", "amd64", "amd64", NULL },
                { "linux", "i386", "386", NULL },
                { "linux", "aarch64", "arm64", NULL },
                { "linux", "armv6l", "arm", "v6" },
                { "linux", "armv7l", "arm", "v7" },
                { "linux", "s390x", "s390x", NULL },
                { "linux", "loongarch64", "loong64", NULL },
                { "freebsd", "i386", "386", NULL },
                { "darwin", "x86_64", "amd64", NULL },
                { "linux", "aarch64_be", NULL, NULL },
                { "linux", "armv7b", NULL, NULL },
                { "linux", "arm64", NULL, NULL },
                { "linux", "", NULL, NULL },
                { "windows", "amd64", NULL, NULL },
                { NULL, NULL, NULL, NULL },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                const char *variant = NULL;

                print_message("# %zu\n", i);
                assert_true(text_equal(appc_arch_to_go(cases[i].os, cases[i].arch, &variant),
                                       cases[i].want));
                assert_true(text_equal(variant, cases[i].variant));
        }
}

static void knows_the_machine_it_was_built_for(void **state) {
        (void) state;
        assert_int_equal(appc_platform_check("linux", appc_arch_host(), NULL), 0);
#ifdef __x86_64__
        assert_string_equal(appc_arch_host(), "amd64");
#endif
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(takes_the_pairs_that_appc_lists),
                cmocka_unit_test(lists_what_would_have_been_right),
                cmocka_unit_test(translates_from_go),
                cmocka_unit_test(translates_to_go),
                cmocka_unit_test(knows_the_machine_it_was_built_for),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
