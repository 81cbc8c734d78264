/* SPDX-License-Identifier: Apache-2.0 */
#include "test-json.h"

#include "appc-quantity.h"
#include "text.h"

static void writes_the_canonical_form(void **state) {
        static const struct {
                const char *text, *want;
                int64_t value, milli;
        } cases[] = {
                { "0", "0", 0, 0 },
                { "00", "0", 0, 0 },
                { "-0", "0", 0, 0 },
                { ".", "0", 0, 0 },
                { "-.", "0", 0, 0 },
                { "+", "0", 0, 0 },
                { "-", "0", 0, 0 },
                { "e3", "0", 0, 0 },
                { "0e99", "0", 0, 0 },
                { "0.0", "0", 0, 0 },
                { "Ki", "0", 0, 0 },
                { "0Ki", "0", 0, 0 },
                { "m", "0", 0, 0 },
                { "5", "5", 5, 5000 },
                { "1.", "1.", 1, 1000 },
                { "+1", "+1", 1, 1000 },
                { "007", "007", 7, 7000 },
                { ".5", "500m", 1, 500 },
                { "0.500", "500m", 1, 500 },
                { "1.5", "1500m", 2, 1500 },
                { "1.500", "1.500", 2, 1500 },
                { "-1.5", "-1500m", -2, -1500 },
                { "500m", "500m", 1, 500 },
                { "1500m", "1500m", 2, 1500 },
                { "1000m", "1", 1, 1000 },
                { "1m", "1m", 1, 1 },
                { "0.1m", "100u", 1, 1 },
                { "1u", "1u", 1, 1 },
                { "1n", "1n", 1, 1 },
                { "0.1n", "1n", 1, 1 },
                { "-0.1n", "-1n", -1, -1 },
                { "3.001n", "4n", 1, 1 },
                { "-3.001n", "-4n", -1, -1 },
                { "1e-100", "1e-9", 1, 1 },
                { "1e-9999999999", "1e-9", 1, 1 },
                { "0.1e-9223372036854775807", "1e-9", 1, 1 },
                { "0e9223372036854775807", "0", 0, 0 },
                { "0.0000000000000000000000000000000000000000001", "1n", 1, 1 },
                { "1k", "1k", 1000, 1000000 },
                { "1000M", "1G", 1000000000, INT64_C(1000000000000) },
                { "1E", "1E", INT64_C(1000000000000000000), INT64_MAX },
                { "1E3", "1E3", 1000, 1000000 },
                { "1e3", "1e3", 1000, 1000000 },
                { "1E5", "100e3", 100000, 100000000 },
                { "1.5e3", "1500", 1500, 1500000 },
                { "100000e-2", "1e3", 1000, 1000000 },
                { "5e0", "5e0", 5, 5000 },
                { "1e+3", "1e+3", 1000, 1000000 },
                { "12e-3", "12e-3", 1, 12 },
                { "1Ki", "1Ki", 1024, 1024000 },
                { "+1Ki", "+1Ki", 1024, 1024000 },
                { "-1Ki", "-1Ki", -1024, -1024000 },
                { "8Ki", "8Ki", 8192, 8192000 },
                { "1024Mi", "1Gi", 1073741824, INT64_C(1073741824000) },
                { "1.5Gi", "1536Mi", 1610612736, INT64_C(1610612736000) },
                { "1.5Ki", "1536", 1536, 1536000 },
                { "125952Ki", "123Mi", 128974848, INT64_C(128974848000) },
                { "123Mi", "123Mi", 128974848, INT64_C(128974848000) },
                { "128974848", "128974848", 128974848, INT64_C(128974848000) },
                { ".001Ki", "1024m", 2, 1024 },
                { "0.5Ki", "512", 512, 512000 },
                { "0.000000000001Ki", "2n", 1, 1 },
                { "1.0001Ki", "1024102400u", 1025, 1024103 },
                { "3Pi", "3Pi", INT64_C(3) << 50, INT64_C(3377699720527872000) },
                { "+3Pi", "3Pi", INT64_C(3) << 50, INT64_C(3377699720527872000) },
                { "7Ei", "7Ei", INT64_C(7) << 60, INT64_MAX },
                { "8Ei", "9223372036854775807", INT64_MAX, INT64_MAX },
                { "9Ei", "9223372036854775807", INT64_MAX, INT64_MAX },
                { "-9Ei", "-9223372036854775807", -INT64_MAX, INT64_MIN },
                { "99999999999999999999999999999999999999999Ki", "9223372036854775807", INT64_MAX,
                  INT64_MAX },
                { "9223372036854775807", "9223372036854775807", INT64_MAX, INT64_MAX },
                { "-9223372036854775807", "-9223372036854775807", -INT64_MAX, INT64_MIN },
                { "9223372036854775806.999999999", "9223372036854775806999999999n", INT64_MAX,
                  INT64_MAX },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                _cleanup_(appc_quantity_done) AppcQuantity quantity = APPC_QUANTITY_NULL;

                print_message("# %s\n", cases[i].text);
                assert_int_equal(appc_quantity_parse(cases[i].text, &quantity, NULL), 0);
                assert_string_equal(quantity.text, cases[i].want);
                assert_true(appc_quantity_value(&quantity) == cases[i].value);
                assert_true(appc_quantity_milli(&quantity) == cases[i].milli);
        }
}

/* The canonical form names the same number, and is canonical. */
static void keeps_the_canonical_form(void **state) {
        static const char *const cases[] = { "1.5", "0.1m",   "1E5",     "-.001Ki",      "1000M",
                                             "8Ei", "1024Mi", "3.001n",  "9223372036.9", "12e-5",
                                             "0e5", "+3Pi",   "1.0001Ki" };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                _cleanup_(appc_quantity_done) AppcQuantity one = APPC_QUANTITY_NULL;
                _cleanup_(appc_quantity_done) AppcQuantity two = APPC_QUANTITY_NULL;

                assert_int_equal(appc_quantity_parse(cases[i], &one, NULL), 0);
                assert_int_equal(appc_quantity_parse(one.text, &two, NULL), 0);
                assert_string_equal(one.text, two.text);
                assert_true(one.nano == two.nano);
        }
}

static void refuses_what_is_no_quantity(void **state) {
        static const char suffix[] = "unable to parse quantity's suffix",
                          format[] = "quantities must match the regular expression",
                          range[] = "is out of range";
        static const struct {
                const char *text, *says;
                int want;
        } cases[] = {
                { "", format, -EINVAL },
                { " 1", format, -EINVAL },
                { "1 ", format, -EINVAL },
                { "1 Ki", format, -EINVAL },
                { "\t1", format, -EINVAL },
                { "1..2", format, -EINVAL },
                { "1.2.3", format, -EINVAL },
                { "0x10", format, -EINVAL },
                { "1,5", format, -EINVAL },
                { "1e5.5", format, -EINVAL },
                { "1e2e3", format, -EINVAL },
                { "true", format, -EINVAL },
                { "NaN", format, -EINVAL },
                { "inf", format, -EINVAL },
                { "1B", format, -EINVAL },
                { "1MB", format, -EINVAL },
                { "1MiB", format, -EINVAL },
                { "\xc2\xb5", format, -EINVAL },
                { "K", suffix, -EINVAL },
                { "16K", suffix, -EINVAL },
                { "1ki", suffix, -EINVAL },
                { "1mi", suffix, -EINVAL },
                { "1i", suffix, -EINVAL },
                { "1e", suffix, -EINVAL },
                { "e", suffix, -EINVAL },
                { "1e-", suffix, -EINVAL },
                { "1Ki5", suffix, -EINVAL },
                { "1kk", suffix, -EINVAL },
                { "1m5", suffix, -EINVAL },
                { "--1", suffix, -EINVAL },
                { "+-1", suffix, -EINVAL },
                { "1-1", suffix, -EINVAL },
                { "1e99999999999999999999", suffix, -EINVAL },
                { "12E", range, -ERANGE },
                { "10E", range, -ERANGE },
                { "1e19", range, -ERANGE },
                { "1e99", range, -ERANGE },
                { "-1e99", range, -ERANGE },
                { "1e9999999999", range, -ERANGE },
                { "100.00e9223372036854775807", range, -ERANGE },
                { "9223372036854775808", range, -ERANGE },
                { "-9223372036854775808", range, -ERANGE },
                { "9223372036854775807.0000000001", range, -ERANGE },
                { "99999999999999999999999999999999999999999999999999999999999", range, -ERANGE },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                _cleanup_(error_done) Error e = ERROR_NULL;
                AppcQuantity quantity = APPC_QUANTITY_NULL;

                print_message("# %s\n", cases[i].text);
                assert_int_equal(appc_quantity_parse(cases[i].text, &quantity, &e), cases[i].want);
                assert_null(quantity.text);
                expect_cause(&e, cases[i].says);
        }
}

static void refuses_longer_texts_than_a_number_needs(void **state) {
        char text[APPC_QUANTITY_LENGTH_MAX + 2] = "";
        _cleanup_(appc_quantity_done) AppcQuantity quantity = APPC_QUANTITY_NULL;

        (void) state;
        memset(text, '0', APPC_QUANTITY_LENGTH_MAX + 1);
        assert_int_equal(appc_quantity_parse(text, &quantity, NULL), -EINVAL);
        text[APPC_QUANTITY_LENGTH_MAX] = '\0';
        text[1] = '.';
        text[APPC_QUANTITY_LENGTH_MAX - 1] = '1';
        assert_int_equal(appc_quantity_parse(text, &quantity, NULL), 0);
        assert_string_equal(quantity.text, "1n");
}

static void reads_strings_and_bare_numbers(void **state) {
        static const struct {
                const char *json, *want;
                int r;
        } cases[] = {
                { "\"16M\"", "16M", 0 },
                { "\" 16M\\t\"", "16M", 0 },
                { "5", "5", 0 },
                { "-5", "-5", 0 },
                { "1.5", "1500m", 0 },
                { "1.5e3", "1500", 0 },
                { "1E3", "1E3", 0 },
                { "1e-07", "100e-9", 0 },
                { "0.000000000001", "1n", 0 },
                { "18446744073709551615", NULL, -ERANGE },
                { "9223372036854775807", "9223372036854775807", 0 },
                { "1e400", NULL, -ERANGE },
                { "\"\"", NULL, -EINVAL },
                { "\" \"", NULL, -EINVAL },
                { "\"1 6\"", NULL, -EINVAL },
                { "true", NULL, -EINVAL },
                { "null", NULL, -EINVAL },
                { "[]", NULL, -EINVAL },
                { "[5]", NULL, -EINVAL },
                { "{\"limit\":5}", NULL, -EINVAL },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                _cleanup_(appc_quantity_done) AppcQuantity quantity = APPC_QUANTITY_NULL;

                print_message("# %s\n", cases[i].json);
                assert_int_equal(read_text(cases[i].json, appc_quantity_read, &quantity, NULL),
                                 cases[i].r);
                assert_true(text_equal(quantity.text, cases[i].want));
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(writes_the_canonical_form),
                cmocka_unit_test(keeps_the_canonical_form),
                cmocka_unit_test(refuses_what_is_no_quantity),
                cmocka_unit_test(refuses_longer_texts_than_a_number_needs),
                cmocka_unit_test(reads_strings_and_bare_numbers),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
