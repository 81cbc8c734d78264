/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "json-read.h"
#include "text.h"

/* D01, D03: two readers of one document never see two things. */
static void refuses_what_is_not_strict_json(void **state) {
        static const char *const cases[] = {
                "",
                " ",
                "{",
                "}",
                "{}{}",
                "{} x",
                "{\"a\":1,\"a\":2}",
                "{\"a\":{\"b\":1,\"b\":1}}",
                "[1,]",
                "{\"a\":1,}",
                "{'a':1}",
                "{a:1}",
                "nan",
                "NaN",
                "Infinity",
                "-Infinity",
                "TRUE",
                "tru",
                "truefalse",
                "01",
                "-",
                "1.",
                ".5",
                "+1",
                "1e",
                "1e+",
                "1e5.",
                "1e5e5",
                "-01",
                "1-",
                "[1,-]",
                "18446744073709551616",
                "-9223372036854775809",
                "{\"a\":99999999999999999999}",
                "\"\\x\"",
                "\"\\u12\"",
                "\"\\u0000\"",
                "\"\\ud800\"",
                "\"\\ud800x\"",
                "\"\\udc00\"",
                "\"\\ud800\\ud800\"",
                "\"a\nb\"",
                "\"unfinished",
                "\"unfinished\\",
                "\xef\xbb\xbf{}",
                "\"\xff\"",
                "\"\xed\xa0\x80\"",
                "\"\\\xc3\xbc\"",
                "\"\\\xf0\x9f\x90\xa7\"",
                "\xc3\xbc",
                "{\"a\":\xc3\xbc}",
                "/* comment */ {}",
                "[1 2]",
                "{\"a\" 1}",
                "{\"a\"::1}",
                "[1:2]",
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                _cleanup_(error_done) Error e = ERROR_NULL;
                Json *root = NULL;

                print_message("# %s\n", cases[i]);
                assert_int_equal(json_parse(cases[i], strlen(cases[i]), &root, &e), -EBADMSG);
                assert_null(root);
                assert_non_null(error_cause(&e));
        }
}

static void takes_what_is(void **state) {
        static const char *const cases[] = {
                "{}",
                " [ ] ",
                "null",
                "true",
                "-0",
                "0",
                "12",
                "1.5e3",
                "1e05",
                "1E-07",
                "1e999",
                "18446744073709551615",
                "-9223372036854775808",
                "99999999999999999999.0",
                "\"\\ud83d\\ude00\"",
                "{\"a\":{\"a\":1},\"b\":[{\"a\":\":\"}]}",
                "\"\\\\\\\"\"",
                "[null,false,\"\"]",
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                _cleanup_(json_freep) Json *root = NULL;

                print_message("# %s\n", cases[i]);
                assert_int_equal(json_parse(cases[i], strlen(cases[i]), &root, NULL), 0);
        }
}

/* D02, D06: before the parser sees it. */
static void bounds_depth_and_size(void **state) {
        char deep[2 * (JSON_DEPTH_MAX + 1) + 1];
        Json *root = NULL;
        char *large = NULL;

        (void) state;
        memset(deep, '[', JSON_DEPTH_MAX + 1);
        memset(deep + JSON_DEPTH_MAX + 1, ']', JSON_DEPTH_MAX + 1);
        assert_int_equal(json_parse(deep, 2 * (JSON_DEPTH_MAX + 1), &root, NULL), -EBADMSG);
        assert_int_equal(json_parse(deep + 1, 2 * JSON_DEPTH_MAX, &root, NULL), 0);
        json_free(root);
        root = NULL;

        large = malloc(JSON_SIZE_MAX + 1);
        assert_non_null(large);
        memset(large, ' ', JSON_SIZE_MAX + 1);
        assert_int_equal(json_parse(large, JSON_SIZE_MAX + 1, &root, NULL), -EMSGSIZE);
        free(large);
}

/* A document of @n times @item, with @separator in between and brackets around. */
static int parse_many(const char *item, char separator, size_t n) {
        _cleanup_(freep) char *text = malloc(n * (strlen(item) + 1) + 2);
        _cleanup_(json_freep) Json *root = NULL;
        char *end = text;

        assert_non_null(text);
        *end++ = '[';
        for (size_t i = 0; i < n; i++) {
                if (i > 0)
                        *end++ = separator;
                end = stpcpy(end, item);
        }
        *end++ = ']';
        return json_parse(text, (size_t) (end - text), &root, NULL);
}

/* D02: in width. */
static void bounds_what_the_tree_costs(void **state) {
        (void) state;
        assert_int_equal(parse_many("{}", ',', JSON_CONTAINERS_MAX - 1), 0);
        assert_int_equal(parse_many("{}", ',', JSON_CONTAINERS_MAX), -EBADMSG);
        assert_int_equal(parse_many("[]", ',', JSON_CONTAINERS_MAX), -EBADMSG);
        assert_int_equal(parse_many("1", ',', JSON_VALUES_MAX + 1), 0);
        assert_int_equal(parse_many("1", ',', JSON_VALUES_MAX + 2), -EBADMSG);
}

typedef struct Sample {
        char *name;
        Strv list;
        bool flag;
        int64_t number;
        uint64_t size;
} Sample;

static const JsonField sample_fields[] = {
        { "name", json_read_string, offsetof(Sample, name), JSON_REQUIRED },
        { "list", json_read_strv, offsetof(Sample, list), 0 },
        { "flag", json_read_bool, offsetof(Sample, flag), 0 },
        { "number", json_read_i64, offsetof(Sample, number), JSON_NULL_OK },
        { "size", json_read_u64, offsetof(Sample, size), 0 },
        {},
};

static void sample_done(Sample *sample) {
        free(sample->name);
        strv_free(sample->list);
}

static int read_sample(const char *text, Sample *ret, Error *e) {
        _cleanup_(json_freep) Json *root = NULL;
        int r = json_parse(text, strlen(text), &root, e);

        return r < 0 ? r : json_read_object(root, sample_fields, ret, e);
}

/* D01, D02, D04: names have one case, integers no fraction, and nothing is taken for something else. */
static void reads_by_table_and_converts_nothing(void **state) {
        static const struct {
                const char *text, *says;
                int want;
        } cases[] = {
                { "{}", "name: missing", -EINVAL },
                { "[]", "expected an object, found a list", -EINVAL },
                { "{\"name\":null}", "name: expected a string, found null", -EINVAL },
                { "{\"name\":7}", "name: expected a string, found an integer", -EINVAL },
                { "{\"name\":\"\",\"list\":[\"a\",1]}",
                  "list: [1]: expected a string, found an integer", -EINVAL },
                { "{\"name\":\"\",\"flag\":\"true\"}", "flag: expected a boolean, found a string",
                  -EINVAL },
                { "{\"name\":\"\",\"number\":1.0}",
                  "number: expected an integer, found a fractional number", -EINVAL },
                { "{\"name\":\"\",\"number\":9223372036854775808}", "number: number out of range",
                  -ERANGE },
                { "{\"name\":\"\",\"size\":-1}", "size: number out of range", -ERANGE },
                { "{\"name\":\"\",\"number\":1e999}",
                  "number: expected an integer, found a fractional number", -EINVAL },
                { "{\"NAME\":\"\"}", "name: missing", -EINVAL },
                { "{\"name\":\"\",\"number\":null,\"more\":{}}", NULL, 0 },
                { "{\"name\":\"x\",\"list\":null,\"flag\":true,\"number\":-5,\"size\":5}", NULL,
                  0 },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                _cleanup_(error_done) Error e = ERROR_NULL;
                _cleanup_(sample_done) Sample sample = {};

                print_message("# %s\n", cases[i].text);
                assert_int_equal(read_sample(cases[i].text, &sample, &e), cases[i].want);
                if (cases[i].says)
                        assert_string_equal(error_cause(&e), cases[i].says);
        }
}

static void keeps_text_beyond_ascii(void **state) {
        _cleanup_(error_done) Error e = ERROR_NULL;
        _cleanup_(sample_done) Sample sample = {};

        (void) state;
        assert_int_equal(
                read_sample("{\"name\":\"\xc3\xbc \\\\\xe2\x82\xac\xf0\x9f\x90\xa7\\u00fc\"}",
                            &sample, &e),
                0);
        assert_string_equal(sample.name, "\xc3\xbc \\\xe2\x82\xac\xf0\x9f\x90\xa7\xc3\xbc");
}

static void writes_values_as_go_does(void **state) {
        static const struct {
                const char *in, *compact, *pretty;
        } cases[] = {
                { "{ }", "{}", "{}" },
                { "[ ]", "[]", "[]" },
                { "{\"b\":[1,{\"c\":null}],\"a\":\"<&>\"}",
                  "{\"b\":[1,{\"c\":null}],\"a\":\"\\u003c\\u0026\\u003e\"}",
                  "{\n\t\"b\": [\n\t\t1,\n\t\t{\n\t\t\t\"c\": null\n\t\t}\n\t],\n"
                  "\t\"a\": \"\\u003c\\u0026\\u003e\"\n}" },
                { "\"\\u2028\\n\\u0001/\\\"\"", "\"\\u2028\\n\\u0001/\\\"\"", NULL },
                { "[1.50,-3,18446744073709551614,true]", "[1.50,-3,18446744073709551614,true]",
                  NULL },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++)
                for (int pretty = 0; pretty <= 1; pretty++) {
                        _cleanup_(json_freep) Json *root = NULL;
                        _cleanup_(freep) char *text = NULL;
                        size_t n = 0;
                        FILE *out = open_memstream(&text, &n);
                        JsonWriter w = JSON_WRITER(out, pretty);

                        assert_int_equal(json_parse(cases[i].in, strlen(cases[i].in), &root, NULL),
                                         0);
                        json_write_value(&w, root);
                        fclose(out);
                        if (!pretty)
                                assert_string_equal(text, cases[i].compact);
                        else if (cases[i].pretty)
                                assert_string_equal(text, cases[i].pretty);
                }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(refuses_what_is_not_strict_json),
                cmocka_unit_test(takes_what_is),
                cmocka_unit_test(bounds_depth_and_size),
                cmocka_unit_test(bounds_what_the_tree_costs),
                cmocka_unit_test(reads_by_table_and_converts_nothing),
                cmocka_unit_test(keeps_text_beyond_ascii),
                cmocka_unit_test(writes_values_as_go_does),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
