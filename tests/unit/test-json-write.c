/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <inttypes.h>
#include <string.h>

#include "cleanup.h"
#include "json-write.h"

typedef void (*Writes)(JsonWriter *w);

static char *output(Writes writes, bool pretty) {
        char *text = NULL;
        size_t size = 0;
        FILE *out = open_memstream(&text, &size);
        JsonWriter w = JSON_WRITER(out, pretty);

        assert_non_null(out);
        writes(&w);
        assert_int_equal(fclose(out), 0);
        return text;
}

static void expect(Writes writes, const char *compact, const char *pretty) {
        _cleanup_(freep) char *short_text = output(writes, false),
                              *long_text = output(writes, true);

        assert_string_equal(short_text, compact);
        assert_string_equal(long_text, pretty);
}

static void write_empty(JsonWriter *w) {
        json_write_begin(w, '[');
        json_write_begin(w, '{');
        json_write_end(w, '}');
        json_write_begin(w, '[');
        json_write_end(w, ']');
        json_write_end(w, ']');
}

static void write_nested(JsonWriter *w) {
        char *const list[] = { strdupa("x"), strdupa("y"), NULL };

        json_write_begin(w, '{');
        json_write_member_string(w, "a", "text");
        json_write_key(w, "b");
        json_write_strv(w, list);
        json_write_key(w, "c");
        json_write_begin(w, '{');
        json_write_member_bool(w, "yes", true);
        json_write_member_bool(w, "no", false);
        json_write_member_string(w, "none", NULL);
        json_write_end(w, '}');
        json_write_key(w, "d");
        json_write_strv(w, NULL);
        json_write_key(w, "e");
        json_write_raw(w, "[1,2]");
        json_write_end(w, '}');
}

static void write_numbers(JsonWriter *w) {
        json_write_begin(w, '[');
        json_write_i64(w, INT64_MIN);
        json_write_u64(w, UINT64_MAX);
        json_write_begin(w, '{');
        json_write_member_i64(w, "i", -1);
        json_write_member_u64(w, "u", 1);
        json_write_end(w, '}');
        json_write_null(w);
        json_write_end(w, ']');
}

static void separates_and_indents(void **state) {
        (void) state;
        expect(write_empty, "[{},[]]", "[\n\t{},\n\t[]\n]");
        expect(write_nested,
               "{\"a\":\"text\",\"b\":[\"x\",\"y\"],\"c\":{\"yes\":true,\"no\":false,"
               "\"none\":null},\"d\":[],\"e\":[1,2]}",
               "{\n\t\"a\": \"text\",\n\t\"b\": [\n\t\t\"x\",\n\t\t\"y\"\n\t],\n\t\"c\": {\n"
               "\t\t\"yes\": true,\n\t\t\"no\": false,\n\t\t\"none\": null\n\t},\n"
               "\t\"d\": [],\n\t\"e\": [1,2]\n}");
        expect(write_numbers, "[-9223372036854775808,18446744073709551615,{\"i\":-1,\"u\":1},null]",
               "[\n\t-9223372036854775808,\n\t18446744073709551615,\n\t{\n\t\t\"i\": -1,\n"
               "\t\t\"u\": 1\n\t},\n\tnull\n]");
}

static void escapes_as_go_does(void **state) {
        static const struct {
                const char *text, *want;
        } cases[] = {
                { "", "\"\"" },
                { "a/b", "\"a/b\"" },
                { "\"\\", "\"\\\"\\\\\"" },
                { "\n\r\t", "\"\\n\\r\\t\"" },
                { "\b\f\x01\x1f", "\"\\u0008\\u000c\\u0001\\u001f\"" },
                { "\x7f", "\"\x7f\"" },
                { "<a href=\"x\">&", "\"\\u003ca href=\\\"x\\\"\\u003e\\u0026\"" },
                { "\xe2\x80\xa7\xe2\x80\xa8\xe2\x80\xa9", "\"\xe2\x80\xa7\\u2028\\u2029\"" },
                { "gr\xc3\xbc\xc3\x9f \xf0\x9f\x98\x80",
                  "\"gr\xc3\xbc\xc3\x9f \xf0\x9f\x98\x80\"" },
                { "\xef\xbf\xbd", "\"\xef\xbf\xbd\"" }, /* was there: not escaped */
                { "a\xff", "\"a\\ufffd\"" },
                { "\xe2\x82", "\"\\ufffd\\ufffd\"" },
                { "\xed\xa0\x80x", "\"\\ufffd\\ufffd\\ufffdx\"" },
                { "\xc3\xa9\xc3\n<", "\"\xc3\xa9\\ufffd\\n\\u003c\"" },
                { "\xf0\x9f\x98", "\"\\ufffd\\ufffd\\ufffd\"" },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                _cleanup_(freep) char *text = NULL;
                size_t size = 0;
                FILE *out = open_memstream(&text, &size);
                JsonWriter w = JSON_WRITER(out, false);

                print_message("# %s\n", cases[i].want);
                json_write_string(&w, cases[i].text);
                assert_int_equal(fclose(out), 0);
                assert_string_equal(text, cases[i].want);
        }
}

static void write_odd_key(JsonWriter *w) {
        json_write_begin(w, '{');
        json_write_member_bool(w, "<\xff\"", true);
        json_write_end(w, '}');
}

static void escapes_keys_too(void **state) {
        (void) state;
        expect(write_odd_key, "{\"\\u003c\\ufffd\\\"\":true}",
               "{\n\t\"\\u003c\\ufffd\\\"\": true\n}");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(separates_and_indents),
                cmocka_unit_test(escapes_as_go_does),
                cmocka_unit_test(escapes_keys_too),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
