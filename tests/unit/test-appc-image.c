/* SPDX-License-Identifier: Apache-2.0 */
#include "test-data.h"
#include "test-json.h"

#include <time.h>

#include "appc-image.h"

#define IMAGE(members) \
        "{\"acKind\":\"ImageManifest\",\"acVersion\":\"0.8.11\",\"name\":\"a\"" members "}"

typedef struct Case {
        const char *json, *says; /* the cause of the refusal; NULL where it is accepted */
        int want;
} Case;

static void expect_verdicts(const Case *cases, size_t n) {
        for (size_t i = 0; i < n; i++) {
                _cleanup_(error_done) Error e = ERROR_NULL;
                _cleanup_(appc_image_freep) AppcImage *image = NULL;

                print_message("# %s\n", cases[i].json);
                assert_int_equal(appc_image_parse(cases[i].json, strlen(cases[i].json), &image, &e),
                                 cases[i].want);
                expect_cause(&e, cases[i].says);
                assert_int_equal(image != NULL, cases[i].want == 0);
        }
}

static void judges_what_every_manifest_has(void **state) {
        static const Case cases[] = {
                { IMAGE(""), NULL, 0 },
                { IMAGE(",\"more\":{\"x\":[1.5,null]},\"Name\":7"), NULL, 0 },
                { "", "line 1", -EBADMSG },
                { " ", "line 1", -EBADMSG },
                { "null", "expected an object, found null", -EINVAL },
                { "[]", "expected an object, found a list", -EINVAL },
                { "{}", "missing or bad ACKind (must be \"ImageManifest\")", -EINVAL },
                { "{\"acVersion\":\"0.8.11\",\"name\":\"a\"}", "missing or bad ACKind", -EINVAL },
                { "{\"acKind\":\"PodManifest\",\"acVersion\":\"0.8.11\",\"name\":\"a\"}",
                  "missing or bad ACKind", -EINVAL },
                { "{\"acKind\":\"imagemanifest\",\"acVersion\":\"0.8.11\",\"name\":\"a\"}",
                  "missing or bad ACKind", -EINVAL },
                { "{\"acKind\":\"\",\"acVersion\":\"0.8.11\",\"name\":\"a\"}",
                  "missing or bad ACKind", -EINVAL },
                { "{\"acKind\":null,\"acVersion\":\"0.8.11\",\"name\":\"a\"}",
                  "missing or bad ACKind", -EINVAL },
                { "{\"acKind\":[\"ImageManifest\"],\"acVersion\":\"0.8.11\",\"name\":\"a\"}",
                  "missing or bad ACKind", -EINVAL },
                { "{\"ackind\":\"ImageManifest\",\"acVersion\":\"0.8.11\",\"name\":\"a\"}",
                  "missing or bad ACKind", -EINVAL }, /* Go would take the key */
                { "{\"acKind\":\"ImageManifest\",\"name\":\"a\"}", "acVersion: missing", -EINVAL },
                { "{\"acKind\":\"ImageManifest\",\"acVersion\":1,\"name\":\"a\"}",
                  "acVersion: expected a string", -EINVAL },
                { "{\"acKind\":\"ImageManifest\",\"acVersion\":\"0.8.11\"}", "name: missing",
                  -EINVAL },
                { "{\"acKind\":\"ImageManifest\",\"acVersion\":\"0.8.11\",\"NAME\":\"a\"}",
                  "name: missing", -EINVAL },
                { "{\"acKind\":\"ImageManifest\",\"acVersion\":\"0.8.11\",\"name\":\"\"}",
                  "name: ACIdentifier cannot be empty", -EINVAL },
                { "{\"acKind\":\"ImageManifest\",\"acVersion\":\"0.8.11\",\"name\":null}",
                  "name: expected a string", -EINVAL },
                { "{\"acKind\":\"ImageManifest\",\"acVersion\":\"0.8.11\",\"name\":\"Ex:1\"}",
                  "name: ACIdentifier must contain", -EINVAL },
                { IMAGE(",\"name\":\"b\""), "a member's name is there twice", -EBADMSG },
                { IMAGE("") " x", "line 1", -EBADMSG },
                { IMAGE("") IMAGE(""), "line 1", -EBADMSG },
                { "\xef\xbb\xbf" IMAGE(""), "line 1", -EBADMSG },
                { IMAGE(",\"x\":\"\xff\""), "document is not UTF-8", -EBADMSG },
                { IMAGE(",\"pathWhitelist\":[\"/a\",\"\",\"../x\"]"), NULL, 0 },
                { IMAGE(",\"pathWhitelist\":null"), NULL, 0 },
                { IMAGE(",\"pathWhitelist\":[1]"), "pathWhitelist: [0]: expected a string",
                  -EINVAL },
                { IMAGE(",\"pathWhitelist\":\"/a\""), "pathWhitelist: expected a list", -EINVAL },
                { IMAGE(",\"app\":null,\"labels\":null,\"annotations\":null,"
                        "\"dependencies\":null"),
                  NULL, 0 },
                { IMAGE(",\"app\":{}"), "app: user is required", -EINVAL },
                { IMAGE(",\"app\":[]"), "app: expected an object", -EINVAL },
                { IMAGE(",\"labels\":[{\"name\":\"os\",\"value\":\"x\"}]"), "labels: bad os \"x\"",
                  -EINVAL },
                { IMAGE(",\"annotations\":[{\"name\":\"created\",\"value\":\"\"}]"),
                  "annotations: created: ", -EINVAL },
        };

        (void) state;
        expect_verdicts(cases, N_ELEMENTS(cases));
}

static void normalizes_versions(void **state) {
        static const struct {
                const char *text, *want; /* NULL where it is refused */
        } cases[] = {
                { "0.8.11", "0.8.11" },
                { "01.2.3", "1.2.3" },
                { "1.2.3-", "1.2.3" },
                { "1.2.3+", "1.2.3" },
                { "1.2.3-+", "1.2.3" },
                { "0.0.0-x", "0.0.0-x" },
                { "0.0.0+x", "0.0.0+x" },
                { "1.2.3-rc.1+git", "1.2.3-rc.1+git" },
                { "1.2.3+a b", "1.2.3+a b" },
                { "1.2.3+a-b+c", "1.2.3+a-b+c" },
                { "1.2.3-a-b", "1.2.3-a-b" },
                { "99.0.0", "99.0.0" },
                { "9223372036854775807.0.0", "9223372036854775807.0.0" },
                { "0.0.0", NULL },
                { "00.0.0-", NULL },
                { "0.0.0+", NULL },
                { "", NULL },
                { "1", NULL },
                { "1.2", NULL },
                { "1.2.3.4", NULL },
                { "v1.2.3", NULL },
                { "1.2.x", NULL },
                { "1..3", NULL },
                { ".2.3", NULL },
                { "1.2.", NULL },
                { " 1.2.3", NULL },
                { "1.2.3 ", NULL },
                { "-1.2.3", NULL },
                { "+1.2.3", NULL },
                { "1.2-3.4", NULL },
                { "9223372036854775808.0.0", NULL },
                { "1.2.99999999999999999999", NULL },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                _cleanup_(appc_image_freep) AppcImage *image = NULL;
                _cleanup_(freep) char *text = NULL;

                print_message("# %s\n", cases[i].text);
                assert_true(asprintf(&text,
                                     "{\"acKind\":\"ImageManifest\",\"acVersion\":\"%s\","
                                     "\"name\":\"a\"}",
                                     cases[i].text) > 0);
                assert_int_equal(appc_image_parse(text, strlen(text), &image, NULL),
                                 cases[i].want ? 0 : -EINVAL);
                if (cases[i].want)
                        assert_string_equal(image->ac_version, cases[i].want);
        }
}

static void judges_dependencies(void **state) {
        static const Case cases[] = {
                { IMAGE(",\"dependencies\":[{\"imageName\":\"b\"}]"), NULL, 0 },
                { IMAGE(",\"dependencies\":[{\"imageName\":\"b\"},{\"imageName\":\"b\"}]"), NULL,
                  0 },
                { IMAGE(",\"dependencies\":[{\"imageName\":\"b\",\"imageID\":\"sha512-zz\","
                        "\"labels\":[{\"name\":\"x\"}],\"size\":0}]"),
                  NULL, 0 },
                { IMAGE(",\"dependencies\":[{\"imageName\":\"b\",\"imageID\":null,\"size\":null}]"),
                  NULL, 0 },
                { IMAGE(",\"dependencies\":[{}]"), "dependencies: [0]: imageName: missing",
                  -EINVAL },
                { IMAGE(",\"dependencies\":[{\"imageName\":\"\"}]"),
                  "imageName: ACIdentifier cannot be empty", -EINVAL },
                { IMAGE(",\"dependencies\":[{\"app\":\"b\"}]"), "imageName: missing", -EINVAL },
                { IMAGE(",\"dependencies\":[{\"imageName\":\"b\",\"imageID\":\"\"}]"),
                  "imageID: \"\" is not of the form sha512-HASH", -EINVAL },
                { IMAGE(",\"dependencies\":[{\"imageName\":\"b\",\"imageID\":\"md5-a\"}]"),
                  "is not of the form sha512-HASH", -EINVAL },
                { IMAGE(",\"dependencies\":[{\"imageName\":\"b\",\"size\":-1}]"),
                  "size: number out of range", -ERANGE },
                { IMAGE(",\"dependencies\":[{\"imageName\":\"b\",\"size\":1.5}]"),
                  "size: expected an integer", -EINVAL },
                { IMAGE(",\"dependencies\":[{\"imageName\":\"b\",\"size\":\"1\"}]"),
                  "size: expected an integer", -EINVAL },
                { IMAGE(",\"dependencies\":[{\"imageName\":\"b\","
                        "\"labels\":[{\"name\":\"name\"}]}]"),
                  "labels: invalid label name", -EINVAL },
                { IMAGE(",\"dependencies\":[\"b\"]"), "expected an object", -EINVAL },
                { IMAGE(",\"dependencies\":{}"), "expected a list", -EINVAL },
        };

        (void) state;
        expect_verdicts(cases, N_ELEMENTS(cases));
}

static void tells_hashes_as_loosely_as_the_original(void **state) {
        static const char *const good[] = { "sha512-a", "sha512-...", "sha512-zz", "sha512-ABC",
                                            "sha512- " };
        static const char *const bad[] = { "",         "sha512",    "sha512-",   "sha512-a-b",
                                           "SHA512-a", "md5-a",     "sha256-a",  "-a",
                                           "sha512a",  " sha512-a", "sha512--a", "sha512:a" };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(good); i++)
                assert_true(appc_id_is_hash(good[i]));
        for (size_t i = 0; i < N_ELEMENTS(bad); i++)
                assert_false(appc_id_is_hash(bad[i]));
        assert_int_equal(APPC_KEY_LENGTH, 71);
}

static char *pretty(const AppcImage *image) {
        char *text = NULL;
        size_t size = 0;
        FILE *out = open_memstream(&text, &size);
        JsonWriter w = JSON_WRITER(out, true);

        appc_image_write(&w, image);
        fputc('\n', out);
        assert_int_equal(fclose(out), 0);
        return text;
}

/* The file is what the original would have written; the other one says the same in other words. */
static void writes_byte_for_byte_what_it_read(void **state) {
        static const char *const names[] = { "appc/image-full.json", "appc/image-other-hand.json" };
        size_t n_want = 0;
        _cleanup_(freep) char *want = test_data(names[0], &n_want);

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(names); i++) {
                size_t n = 0;
                _cleanup_(freep) char *text = test_data(names[i], &n), *indented = NULL,
                                      *compact = NULL, *same = NULL;
                _cleanup_(appc_image_freep) AppcImage *image = NULL;
                _cleanup_(appc_image_freep) AppcImage *again = NULL;

                assert_int_equal(appc_image_parse(text, n, &image, NULL), 0);
                indented = pretty(image);
                assert_string_equal(indented, want);
                compact = appc_image_format(image);
                assert_null(strpbrk(compact, "\n\t"));
                assert_int_equal(appc_image_parse(compact, strlen(compact), &again, NULL), 0);
                same = appc_image_format(again);
                assert_string_equal(same, compact);
        }
}

static void leaves_out_what_is_not_there(void **state) {
        static const char want[] =
                "{\"acKind\":\"ImageManifest\",\"acVersion\":\"0.8.11\",\"name\":\"a\"}";
        static const char all[] = IMAGE(",\"labels\":[],\"app\":null,\"annotations\":[],"
                                        "\"dependencies\":[],\"pathWhitelist\":[]");
        _cleanup_(appc_image_freep) AppcImage *image = NULL;
        _cleanup_(freep) char *text = NULL;

        (void) state;
        assert_int_equal(appc_image_parse(all, strlen(all), &image, NULL), 0);
        text = appc_image_format(image);
        assert_string_equal(text, want);
}

static void finds_all_that_a_full_manifest_holds(void **state) {
        size_t n = 0;
        _cleanup_(freep) char *text = test_data("appc/image-full.json", &n);
        _cleanup_(appc_image_freep) AppcImage *image = NULL;

        (void) state;
        assert_int_equal(appc_image_parse(text, n, &image, NULL), 0);
        assert_string_equal(image->name, "example.com/shop/web-frontend");
        assert_string_equal(appc_pairs_get(&image->labels, "version"), "2.4.1");
        assert_int_equal(strv_length(image->app->exec), 4);
        assert_string_equal(image->app->exec[3], "--motto=<\"fast\" & safe>");
        assert_int_equal(image->app->n_handlers, 2);
        assert_string_equal(image->app->handlers[0].exec[1], "--all");
        assert_string_equal(image->app->group, "/srv/www");
        assert_int_equal(image->app->n_supplementary_gids, 3);
        assert_int_equal(image->app->supplementary_gids[2], 65534);
        assert_string_equal(appc_pairs_get(&image->app->environment, "EMPTY"), "");
        assert_true(image->app->mount_points[0].read_only);
        assert_int_equal(image->app->ports[1].count, 100);
        assert_true(image->app->ports[0].socket_activated);
        assert_int_equal(image->app->isolators.n, 13);
        assert_string_equal(appc_pairs_get(&image->app->user_labels, "tier"), "front");
        assert_int_equal(image->n_dependencies, 2);
        assert_int_equal(strlen(image->dependencies[0].image_id), 135);
        assert_int_equal(image->dependencies[0].size, 22017258);
        assert_null(image->dependencies[1].image_id);
        assert_string_equal(image->path_whitelist[2], "/srv/www");
}

/* Cut anywhere, a manifest is refused, and nothing leaks. */
static void refuses_a_manifest_that_was_cut(void **state) {
        size_t n = 0;
        _cleanup_(freep) char *text = test_data("appc/image-full.json", &n);

        (void) state;
        while (text[n - 1] != '}')
                n--;
        for (size_t i = 0; i < n; i++) {
                _cleanup_(freep) char *piece = malloc(i + 1); /* shows reads beyond its end */
                AppcImage *image = NULL;

                memcpy(piece, text, i);
                assert_int_equal(appc_image_parse(piece, i, &image, NULL), -EBADMSG);
                assert_null(image);
        }
}

/* @head, then items made of @item and a running number up to almost 4 MiB, then @tail. */
static char *stuffed(const char *head, const char *item, const char *tail) {
        char *text = NULL;
        size_t size = 0;
        FILE *out = open_memstream(&text, &size);

        fputs(head, out);
        for (long i = 0; ftell(out) < (long) JSON_SIZE_MAX - 200; i++) {
                fprintf(out, "%s", i > 0 ? "," : "");
                for (const char *p = item; *p; p++)
                        if (*p == '#')
                                fprintf(out, "%ld", i);
                        else
                                fputc(*p, out);
        }
        fputs(tail, out);
        assert_int_equal(fclose(out), 0);
        return text;
}

/* The largest documents of each kind take well below a second of work, also under sanitizers. */
static void reads_or_refuses_the_largest_documents_in_time(void **state) {
        static const char start[] = "{\"acKind\":\"ImageManifest\",\"acVersion\":\"0.8.11\","
                                    "\"name\":\"a\",";
        static const struct {
                const char *key, *item, *tail;
                int want;
        } cases[] = {
                { "\"pathWhitelist\":[", "\"/usr/share/doc/#\"", "]}", 0 },
                { "\"pathWhitelist\":[", "\"\"", "]}", -EBADMSG }, /* too many values */
                { "\"app\":{\"user\":\"0\",\"group\":\"0\",\"exec\":[", "\"--option=value-#\"",
                  "]}}", 0 },
                { "\"labels\":[",
                  "{\"name\":\"label#\",\"value\":\"a long value for label #, "
                  "which fills the document\"}",
                  "]}", -ERANGE },
                { "\"labels\":[", "{\"name\":\"l#\"}", "]}", -EBADMSG }, /* too many objects */
                { "\"app\":{\"user\":\"0\",\"group\":\"0\",\"userLabels\":{",
                  "\"label #\":\"value\"", "}}}", -ERANGE },
                { "\"x\":{", "\"key#\":\"a value that nobody reads\"", "}}", 0 },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                _cleanup_(freep) char *head = NULL, *text = NULL;
                _cleanup_(appc_image_freep) AppcImage *image = NULL;
                clock_t before = 0;

                assert_true(asprintf(&head, "%s%s", start, cases[i].key) > 0);
                text = stuffed(head, cases[i].item, cases[i].tail);
                print_message("# %.80s\n", text);
                before = clock();
                assert_int_equal(appc_image_parse(text, strlen(text), &image, NULL), cases[i].want);
                assert_true(clock() - before < 5 * CLOCKS_PER_SEC);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(judges_what_every_manifest_has),
                cmocka_unit_test(normalizes_versions),
                cmocka_unit_test(judges_dependencies),
                cmocka_unit_test(tells_hashes_as_loosely_as_the_original),
                cmocka_unit_test(writes_byte_for_byte_what_it_read),
                cmocka_unit_test(leaves_out_what_is_not_there),
                cmocka_unit_test(finds_all_that_a_full_manifest_holds),
                cmocka_unit_test(refuses_a_manifest_that_was_cut),
                cmocka_unit_test(reads_or_refuses_the_largest_documents_in_time),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
