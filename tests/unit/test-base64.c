/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <errno.h>
#include <stdio.h>

#include "base64.h"
#include "text.h"

static void agrees_with_the_standard(void **state) {
        static const struct {
                const char *plain, *text;
        } cases[] = {
                { "", "" },
                { "f", "Zg==" },
                { "fo", "Zm8=" },
                { "foo", "Zm9v" },
                { "foob", "Zm9vYg==" },
                { "fooba", "Zm9vYmE=" },
                { "foobar", "Zm9vYmFy" },
                { "\xff\xff\xfe\xfb\xef", "///+++8=" },
                { "user:pass word", "dXNlcjpwYXNzIHdvcmQ=" },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                _cleanup_(freep) char *text = base64_encode(cases[i].plain, strlen(cases[i].plain));
                _cleanup_(freep) uint8_t *bytes = NULL;
                size_t n = 0;

                print_message("# %s\n", cases[i].text);
                assert_string_equal(text, cases[i].text);
                assert_int_equal(base64_decode(text, strlen(text), &bytes, &n), 0);
                assert_int_equal(n, strlen(cases[i].plain));
                assert_string_equal((char *) bytes, cases[i].plain);
        }
}

static void reads_what_people_write(void **state) {
        static const struct {
                const char *text, *plain;
        } cases[] = {
                { "Zg", "f" },
                { "Zm8", "fo" },
                { "Z g\n=\t=\r\n", "f" },
                { "Zm9v\nYmFy\n", "foobar" },
                { "\n\n", "" },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                _cleanup_(freep) uint8_t *bytes = NULL;
                size_t n = 0;

                assert_int_equal(base64_decode(cases[i].text, strlen(cases[i].text), &bytes, &n),
                                 0);
                assert_string_equal((char *) bytes, cases[i].plain);
        }
}

static void refuses_what_is_not_base64(void **state) {
        static const char *const cases[] = {
                "Z",       "Zm9vY", "Zg=",  "Zg===", "Zm8==", "=",     "====",    "Zg==Zg==",
                "Zg==\nZ", "Z=g=",  "Zm-v", "Zm_v",  "Zm9v!", "Zm9v=", "\x80mm9",
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                uint8_t *bytes = NULL;
                size_t n = 0;

                print_message("# %s\n", cases[i]);
                assert_int_equal(base64_decode(cases[i], strlen(cases[i]), &bytes, &n), -EBADMSG);
                assert_null(bytes);
        }
}

static void refuses_a_nul(void **state) {
        uint8_t *bytes = NULL;
        size_t n = 0;

        (void) state;
        assert_int_equal(base64_decode("Zm\0v", 4, &bytes, &n), -EBADMSG);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(agrees_with_the_standard),
                cmocka_unit_test(reads_what_people_write),
                cmocka_unit_test(refuses_what_is_not_base64),
                cmocka_unit_test(refuses_a_nul),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
