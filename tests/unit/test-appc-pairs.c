/* SPDX-License-Identifier: Apache-2.0 */
#include "test-json.h"

#include "appc-pairs.h"
#include "text.h"

typedef struct Case {
        const char *json, *says; /* the cause of the refusal; NULL where it is accepted */
        int want;
} Case;

static void expect_verdicts(JsonReader read, const Case *cases, size_t n) {
        for (size_t i = 0; i < n; i++) {
                _cleanup_(error_done) Error e = ERROR_NULL;
                _cleanup_(appc_pairs_done) AppcPairs pairs = APPC_PAIRS_NULL;

                print_message("# %s\n", cases[i].json);
                assert_int_equal(read_text(cases[i].json, read, &pairs, &e), cases[i].want);
                expect_cause(&e, cases[i].says);
                if (cases[i].want < 0)
                        assert_int_equal(pairs.n, 0);
        }
}

/* What all lists of pairs have in common. */
static const Case list_cases[] = {
        { "null", NULL, 0 },
        { "[]", NULL, 0 },
        { "[{\"name\":\"a\",\"value\":\"\"}]", NULL, 0 },
        { "[{\"name\":\"a\"}]", NULL, 0 },
        { "[{\"name\":\"a\",\"value\":null}]", NULL, 0 },
        { "[{\"name\":\"a\",\"value\":\"x\",\"more\":[1,{}]}]", NULL, 0 },
        { "{}", "expected a list, found an object", -EINVAL },
        { "\"a\"", "expected a list, found a string", -EINVAL },
        { "[null]", "[0]: expected an object, found null", -EINVAL },
        { "[\"a=b\"]", "[0]: expected an object, found a string", -EINVAL },
        { "[[]]", "[0]: expected an object, found a list", -EINVAL },
        { "[{}]", "[0]: name: missing", -EINVAL },
        { "[{\"value\":\"x\"}]", "[0]: name: missing", -EINVAL },
        { "[{\"Name\":\"a\"}]", "[0]: name: missing", -EINVAL }, /* keys have one case */
        { "[{\"name\":null}]", "[0]: name: expected a string, found null", -EINVAL },
        { "[{\"name\":7}]", "[0]: name: expected a string, found an integer", -EINVAL },
        { "[{\"name\":\"\"}]", "[0]: name: ", -EINVAL },
        { "[{\"name\":\"a b\"}]", "[0]: name: ", -EINVAL },
        { "[{\"name\":\"a\",\"value\":7}]", "[0]: value: expected a string, found an integer",
          -EINVAL },
        { "[{\"name\":\"a\",\"value\":true}]", "[0]: value: ", -EINVAL },
        { "[{\"name\":\"a\",\"value\":{}}]", "[0]: value: ", -EINVAL },
        { "[{\"name\":\"a\",\"value\":\"1\"},{\"name\":\"b\"},{\"name\":\"a\",\"value\":\"2\"}]",
          "of name \"a\"", -EINVAL },
        { "[{\"name\":\"a\",\"value\":\"1\"},{\"name\":\"a\",\"value\":\"1\"}]", "of name \"a\"",
          -EINVAL },
};

static void reads_lists_of_pairs(void **state) {
        (void) state;
        expect_verdicts(appc_labels_read, list_cases, N_ELEMENTS(list_cases));
        expect_verdicts(appc_annotations_read, list_cases, N_ELEMENTS(list_cases));
        expect_verdicts(appc_environment_read, list_cases, N_ELEMENTS(list_cases));
}

static void checks_labels(void **state) {
        static const Case cases[] = {
                { "[{\"name\":\"version\",\"value\":\"1.0\"},{\"name\":\"x/y\",\"value\":\"z\"}]",
                  NULL, 0 },
                { "[{\"name\":\"os\",\"value\":\"linux\"},{\"name\":\"arch\",\"value\":\"amd64\"}]",
                  NULL, 0 },
                { "[{\"name\":\"arch\",\"value\":\"vax\"}]", NULL, 0 },
                { "[{\"name\":\"os\",\"value\":\"linux\"}]", NULL, 0 },
                { "[{\"name\":\"name\",\"value\":\"x\"}]", "invalid label name: \"name\"",
                  -EINVAL },
                { "[{\"name\":\"Version\",\"value\":\"x\"}]", "[0]: name: ACIdentifier must",
                  -EINVAL },
                { "[{\"name\":\"os\",\"value\":\"Linux\"}]", "bad os \"Linux\"", -EINVAL },
                { "[{\"name\":\"os\"}]", "bad os \"\"", -EINVAL },
                { "[{\"name\":\"arch\",\"value\":\"vax\"},{\"name\":\"os\",\"value\":\"linux\"}]",
                  "bad arch \"vax\" for linux", -EINVAL },
                { "[{\"name\":\"a\"},{\"name\":\"a\"}]", "duplicate labels of name \"a\"",
                  -EINVAL },
        };

        (void) state;
        expect_verdicts(appc_labels_read, cases, N_ELEMENTS(cases));
}

static void checks_environments(void **state) {
        static const Case cases[] = {
                { "[{\"name\":\"PATH\",\"value\":\"/bin:/usr/bin\"}]", NULL, 0 },
                { "[{\"name\":\"_\",\"value\":\"a\\nb\"},{\"name\":\"a.b-c\"}]", NULL, 0 },
                { "[{\"name\":\"Path\"},{\"name\":\"PATH\"}]", NULL, 0 },
                { "[{\"name\":\"1A\"}]",
                  "environment variable does not have valid identifier \"1A\"", -EINVAL },
                { "[{\"name\":\"A=B\"}]", "valid identifier \"A=B\"", -EINVAL },
                { "[{\"name\":\"A\"},{\"name\":\"A\"}]",
                  "duplicate environment variable of name \"A\"", -EINVAL },
        };

        (void) state;
        expect_verdicts(appc_environment_read, cases, N_ELEMENTS(cases));
}

static void tells_names_of_variables(void **state) {
        static const char *const good[] = { "A", "_", "a1", "A.B-C_D", "_0" };
        static const char *const bad[] = {
                "", "0", "-a", ".a", "A B", "A=", "A\n", "\xc3\xa9", "A$"
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(good); i++)
                assert_true(appc_environment_name_is_valid(good[i]));
        for (size_t i = 0; i < N_ELEMENTS(bad); i++)
                assert_false(appc_environment_name_is_valid(bad[i]));
}

static void expect_annotation(const char *name, const char *value, int want) {
        _cleanup_(appc_pairs_done) AppcPairs pairs = APPC_PAIRS_NULL;
        _cleanup_(error_done) Error e = ERROR_NULL;
        _cleanup_(freep) char *json = NULL;

        assert_true(asprintf(&json, "[{\"name\":\"%s\",\"value\":\"%s\"}]", name, value) > 0);
        print_message("# %s\n", json);
        assert_int_equal(read_text(json, appc_annotations_read, &pairs, &e), want);
        if (want < 0)
                expect_cause(&e, name);
}

static void checks_dates(void **state) {
        static const char *const good[] = {
                "2015-01-02T15:04:05Z",        "2015-01-02T15:04:05+01:00",
                "2015-01-02T15:04:05-23:59",   "2015-01-02T15:04:05.5Z",
                "2015-01-02T15:04:05,123Z",    "2015-01-02T15:04:05.1234567890123Z",
                "2015-01-02T5:04:05Z",         "2016-02-29T00:00:00Z",
                "2000-02-29T00:00:00Z",        "0000-01-01T00:00:00Z",
                "9999-12-31T23:59:59.999999Z",
        };
        static const char *const bad[] = {
                "",
                "now",
                "2015-01-02",
                "2015-01-02T15:04:05",
                "2015-01-02t15:04:05Z",
                "2015-01-02T15:04:05z",
                "2015-01-02 15:04:05Z",
                "2015-01-02T24:00:00Z",
                "2015-01-02T15:04:60Z",
                "2015-01-02T15:60:05Z",
                "2015-00-02T15:04:05Z",
                "2015-13-02T15:04:05Z",
                "2015-01-00T15:04:05Z",
                "2015-01-32T15:04:05Z",
                "2015-04-31T15:04:05Z",
                "2015-02-29T15:04:05Z",
                "1900-02-29T15:04:05Z",
                "2015-1-02T15:04:05Z",
                "2015-01-2T15:04:05Z",
                "15-01-02T15:04:05Z",
                "02015-01-02T15:04:05Z",
                "2015-01-02T15:4:05Z",
                "2015-01-02T15:04:5Z",
                "2015-01-02T15:04:05.Z",
                "2015-01-02T15:04:05+0100",
                "2015-01-02T15:04:05+01",
                "2015-01-02T15:04:05+1:00",
                "2015-01-02T15:04:05ZZ",
                "2015-01-02T15:04:05Z ",
                " 2015-01-02T15:04:05Z",
                "-2015-01-02T15:04:05Z",
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(good); i++)
                expect_annotation("created", good[i], 0);
        for (size_t i = 0; i < N_ELEMENTS(bad); i++)
                expect_annotation("created", bad[i], -EINVAL);
}

static void checks_addresses_of_pages(void **state) {
        static const char *const good[] = {
                "http://example.com",
                "https://example.com/a?b=%zz#c",
                "HTTP://x",
                "hTTps://example.com:8080",
                "http:",
                "https:",
                "http://example.com/%41",
        };
        static const char *const bad[] = {
                "",
                "example.com",
                "//example.com",
                "ftp://example.com",
                "javascript:alert(1)",
                "httpx://example.com",
                " http://example.com",
                "http//example.com",
                "http://exa mple.com",
                "http://example.com/%zz",
                "http://example.com/%4",
                "http://example.com/a\\u0001",
                "http://example.com/a\\n",
                "http://example.com/a\\u007f",
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(good); i++) {
                expect_annotation("homepage", good[i], 0);
                expect_annotation("documentation", good[i], 0);
        }
        for (size_t i = 0; i < N_ELEMENTS(bad); i++) {
                expect_annotation("homepage", bad[i], -EINVAL);
                expect_annotation("documentation", bad[i], -EINVAL);
        }
}

static void leaves_other_annotations_alone(void **state) {
        (void) state;
        expect_annotation("authors", "", 0);
        expect_annotation("appc.io/executor/supports-systemd-notify", "maybe", 0);
        expect_annotation("created/by", "now", 0);
}

static void reads_maps(void **state) {
        static const Case cases[] = {
                { "null", NULL, 0 },
                { "{}", NULL, 0 },
                { "{\"\":\"\",\"any key/at all\":\"x\"}", NULL, 0 },
                { "[]", "expected an object, found a list", -EINVAL },
                { "\"\"", "expected an object, found a string", -EINVAL },
                { "{\"a\":1}", "a: expected a string, found an integer", -EINVAL },
                { "{\"a\":null}", "a: expected a string, found null", -EINVAL },
                { "{\"a\":\"1\",\"b\":[]}", "b: expected a string, found a list", -EINVAL },
                { "{\"a\":{\"b\":\"c\"}}", "a: expected a string, found an object", -EINVAL },
        };

        (void) state;
        expect_verdicts(appc_user_map_read, cases, N_ELEMENTS(cases));
}

/* A document with @n pairs named a0, a1 and so on, as a list or as a map. */
static char *many(size_t n, bool as_map) {
        char *text = NULL;
        size_t size = 0;
        FILE *out = open_memstream(&text, &size);

        fputc(as_map ? '{' : '[', out);
        for (size_t i = 0; i < n; i++)
                fprintf(out, as_map ? "%s\"a%zu\":\"\"" : "%s{\"name\":\"a%zu\"}", i > 0 ? "," : "",
                        i);
        fputc(as_map ? '}' : ']', out);
        assert_int_equal(fclose(out), 0);
        return text;
}

static void bounds_how_many_there_are(void **state) {
        static const JsonReader readers[] = { appc_labels_read, appc_annotations_read,
                                              appc_environment_read, appc_user_map_read };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(readers); i++) {
                bool is_map = readers[i] == appc_user_map_read;
                _cleanup_(freep) char *fits = many(APPC_PAIRS_MAX, is_map);
                _cleanup_(freep) char *too_many = many(APPC_PAIRS_MAX + 1, is_map);
                _cleanup_(appc_pairs_done) AppcPairs pairs = APPC_PAIRS_NULL;

                assert_int_equal(read_text(fits, readers[i], &pairs, NULL), 0);
                assert_int_equal(pairs.n, APPC_PAIRS_MAX);
                assert_int_equal(read_text(too_many, readers[i], &pairs, NULL), -ERANGE);
                assert_int_equal(pairs.n, APPC_PAIRS_MAX); /* untouched */
        }
}

static void writes_lists_in_order_and_maps_sorted(void **state) {
        static const char list[] =
                "[{\"name\":\"b\",\"value\":\"<1>\"},{\"name\":\"a\",\"value\":\"\"}]";
        _cleanup_(appc_pairs_done) AppcPairs pairs = APPC_PAIRS_NULL;
        _cleanup_(freep) char *as_list = NULL, *as_map = NULL, *empty_list = NULL,
                              *empty_map = NULL;

        (void) state;
        empty_list = written(appc_pairs_write, &pairs);
        empty_map = written(appc_user_map_write, &pairs);
        assert_string_equal(empty_list, "[]");
        assert_string_equal(empty_map, "{}");
        assert_int_equal(read_text(list, appc_labels_read, &pairs, NULL), 0);
        as_list = written(appc_pairs_write, &pairs);
        as_map = written(appc_user_map_write, &pairs);
        assert_string_equal(as_list, "[{\"name\":\"b\",\"value\":\"\\u003c1\\u003e\"},"
                                     "{\"name\":\"a\",\"value\":\"\"}]");
        assert_string_equal(as_map, "{\"a\":\"\",\"b\":\"\\u003c1\\u003e\"}");
}

static void finds_sets_removes_copies_and_sorts(void **state) {
        _cleanup_(appc_pairs_done) AppcPairs pairs = APPC_PAIRS_NULL;
        _cleanup_(appc_pairs_done) AppcPairs copy = APPC_PAIRS_NULL;

        (void) state;
        assert_null(appc_pairs_get(&pairs, "a"));
        appc_pairs_remove(&pairs, "a");
        assert_int_equal(appc_pairs_set(&pairs, "c", "3"), 0);
        assert_int_equal(appc_pairs_set(&pairs, "a", "1"), 0);
        assert_int_equal(appc_pairs_set(&pairs, "b", "2"), 0);
        assert_int_equal(appc_pairs_set(&pairs, "a", "one"), 0);
        assert_int_equal(pairs.n, 3);
        assert_string_equal(pairs.items[1].name, "a"); /* replaced in its place */
        assert_string_equal(appc_pairs_get(&pairs, "a"), "one");
        assert_null(appc_pairs_get(&pairs, "A"));

        assert_int_equal(appc_pairs_copy(&pairs, &copy), 0);
        appc_pairs_remove(&pairs, "c");
        appc_pairs_remove(&pairs, "b");
        appc_pairs_remove(&pairs, "missing");
        assert_int_equal(pairs.n, 1);
        assert_string_equal(pairs.items[0].name, "a");

        appc_pairs_sort(&copy);
        assert_string_equal(copy.items[0].name, "a");
        assert_string_equal(copy.items[1].name, "b");
        assert_string_equal(copy.items[2].value, "3");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(reads_lists_of_pairs),
                cmocka_unit_test(checks_labels),
                cmocka_unit_test(checks_environments),
                cmocka_unit_test(tells_names_of_variables),
                cmocka_unit_test(checks_dates),
                cmocka_unit_test(checks_addresses_of_pages),
                cmocka_unit_test(leaves_other_annotations_alone),
                cmocka_unit_test(reads_maps),
                cmocka_unit_test(bounds_how_many_there_are),
                cmocka_unit_test(writes_lists_in_order_and_maps_sorted),
                cmocka_unit_test(finds_sets_removes_copies_and_sorts),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
