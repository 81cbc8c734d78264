/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <errno.h>
#include <string.h>

#include "cleanup.h"
#include "uuid.h"

static void takes_the_canonical_form_alone(void **state) {
        static const struct {
                const char *text;
                int want;
        } cases[] = {
                { "6f0c58e1-8c36-4d9c-9b8e-1a2b3c4d5e6f", 0 },
                { "6F0C58E1-8C36-4D9C-9B8E-1A2B3C4D5E6F", 0 },
                { "00000000-0000-0000-0000-000000000000", 0 },
                { "", -EINVAL },
                { NULL, -EINVAL },
                { "6f0c58e18c364d9c9b8e1a2b3c4d5e6f", -EINVAL },
                { "6f0c58e1-8c36-4d9c-9b8e-1a2b3c4d5e6", -EINVAL },
                { "6f0c58e1-8c36-4d9c-9b8e-1a2b3c4d5e6f0", -EINVAL },
                { "6f0c58e18-c36-4d9c-9b8e-1a2b3c4d5e6f", -EINVAL },
                { "6f0c58e1-8c36-4d9c-9b8e-1a2b3c4d5e6g", -EINVAL },
                { "6f0c58e1-8c36-4d9c-9b8e-1a2b3c4d5e-f", -EINVAL },
                { "{f0c58e1-8c36-4d9c-9b8e-1a2b3c4d5e6}", -EINVAL },
                { "../../../../../../../../etc/passwd-x", -EINVAL },
                { " f0c58e1-8c36-4d9c-9b8e-1a2b3c4d5e6f", -EINVAL },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                Uuid uuid = { "untouched" };

                print_message("# %s\n", cases[i].text ? cases[i].text : "(null)");
                assert_int_equal(uuid_parse(cases[i].text, &uuid), cases[i].want);
                assert_int_equal(uuid_is_valid(cases[i].text), cases[i].want == 0);
                if (cases[i].want < 0)
                        assert_string_equal(uuid.text, "untouched");
        }
}

static void writes_lower_case_plain_and_bytes(void **state) {
        static const uint8_t want[16] = { 0x6f, 0x0c, 0x58, 0xe1, 0x8c, 0x36, 0x4d, 0x9c,
                                          0x9b, 0x8e, 0x1a, 0x2b, 0x3c, 0x4d, 0x5e, 0xff };
        uint8_t bytes[16];
        char plain[33];
        Uuid uuid;

        (void) state;
        assert_int_equal(uuid_parse("6F0C58E1-8c36-4d9c-9B8E-1a2b3c4d5eff", &uuid), 0);
        assert_string_equal(uuid.text, "6f0c58e1-8c36-4d9c-9b8e-1a2b3c4d5eff");
        uuid_plain(&uuid, plain);
        assert_string_equal(plain, "6f0c58e18c364d9c9b8e1a2b3c4d5eff");
        uuid_bytes(&uuid, bytes);
        assert_memory_equal(bytes, want, sizeof(want));
}

static void makes_random_ones_of_version_4(void **state) {
        Uuid one, two;

        (void) state;
        for (int i = 0; i < 64; i++) {
                assert_int_equal(uuid_new(&one), 0);
                assert_int_equal(uuid_new(&two), 0);
                assert_true(uuid_is_valid(one.text));
                assert_int_equal(one.text[14], '4');
                assert_non_null(strchr("89ab", one.text[19]));
                assert_string_not_equal(one.text, two.text);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(takes_the_canonical_form_alone),
                cmocka_unit_test(writes_lower_case_plain_and_bytes),
                cmocka_unit_test(makes_random_ones_of_version_4),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
