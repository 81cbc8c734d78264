/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <string.h>

#include "table.h"

static void expect(size_t n_columns, const char *const *cells, size_t n, const char *want) {
        _cleanup_(table_freep) Table *table = table_new(n_columns);
        _cleanup_(freep) char *text = NULL;
        size_t size = 0;
        FILE *out = open_memstream(&text, &size);

        assert_non_null(table);
        for (size_t i = 0; i < n; i++)
                assert_int_equal(table_add(table, cells[i]), 0);
        table_write(table, out);
        assert_int_equal(fclose(out), 0);
        assert_string_equal(text, want);
}

static void pads_with_tabs_to_multiples_of_eight(void **state) {
        static const char *const list[] = { "UUID",     "APP",   "IMAGE NAME", "6f0c58e1", "redis",
                                            "a.io/b:1", "abcde", "a-long-app", "x" };

        (void) state;
        expect(3, list, N_ELEMENTS(list),
               "UUID\t\tAPP\t\tIMAGE NAME\n"
               "6f0c58e1\tredis\t\ta.io/b:1\n"
               "abcde\t\ta-long-app\tx\n");
}

static void leaves_one_blank_at_least(void **state) {
        static const char *const seven[] = { "1234567", "x" }, *const eight[] = { "12345678", "x" };

        (void) state;
        expect(2, seven, 2, "1234567\tx\n");
        expect(2, eight, 2, "12345678\tx\n");
}

static void counts_characters_and_not_bytes(void **state) {
        static const char *const cells[] = { "\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc", "x",
                                             "12345", "y" };

        (void) state;
        expect(2, cells, N_ELEMENTS(cells),
               "\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\tx\n12345\ty\n");
}

static void takes_empty_cells(void **state) {
        static const char *const cells[] = { "a", "b", "", NULL, "", "" };

        (void) state;
        expect(2, cells, N_ELEMENTS(cells), "a\tb\n\t\n\t\n");
        expect(1, cells, 2, "a\nb\n");
        expect(2, cells, 0, "");
}

static void escapes_what_would_break_the_table(void **state) {
        static const char *const cells[] = { "a\tb", "c\nd\x1b[0m" };

        (void) state;
        expect(2, cells, 2, "a\\x09b\tc\\x0ad\\x1b[0m\n");
}

static void formats_and_grows(void **state) {
        _cleanup_(table_freep) Table *table = table_new(2);
        _cleanup_(freep) char *text = NULL;
        size_t size = 0, lines = 0;
        FILE *out = open_memstream(&text, &size);

        (void) state;
        for (int i = 0; i < 1000; i++) {
                assert_int_equal(table_addf(table, "%d", i), 0);
                assert_int_equal(table_add(table, "x"), 0);
        }
        table_write(table, out);
        assert_int_equal(fclose(out), 0);
        for (const char *p = text; *p; p++)
                lines += *p == '\n';
        assert_int_equal(lines, 1000);
        assert_non_null(strstr(text, "999\tx\n"));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(pads_with_tabs_to_multiples_of_eight),
                cmocka_unit_test(leaves_one_blank_at_least),
                cmocka_unit_test(counts_characters_and_not_bytes),
                cmocka_unit_test(takes_empty_cells),
                cmocka_unit_test(escapes_what_would_break_the_table),
                cmocka_unit_test(formats_and_grows),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
