/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <stdio.h>

#include "oci-manifest.h"
#include "oci-save.h"

#define A64 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define A1024 A64 A64 A64 A64 A64 A64 A64 A64 A64 A64 A64 A64 A64 A64 A64 A64
#define PATH(path) "[{\"Config\":\"" path "\",\"RepoTags\":null,\"Layers\":[]}]"
#define LAYER(path) "[{\"Config\":\"c.json\",\"Layers\":[\"" path "\"]}]"

static void refuses_what_is_no_list_of_images(void **state) {
        static const struct {
                const char *text;
                int want;
        } cases[] = {
                { "", -EBADMSG },
                { "null", -EINVAL },
                { "{}", -EINVAL },
                { "[null]", -EINVAL },
                { "[[]]", -EINVAL },
                { "[{}]", -EINVAL },
                { "[]]", -EBADMSG },
                { "[{\"Layers\":[]}]", -EINVAL },
                { "[{\"Config\":\"a\"}]", -EINVAL },
                { "[{\"config\":\"a\",\"Layers\":[]}]", -EINVAL },
                { "[{\"Config\":null,\"Layers\":[]}]", -EINVAL },
                { "[{\"Config\":\"a\",\"Layers\":\"b\"}]", -EINVAL },
                { "[{\"Config\":\"a\",\"Layers\":{}}]", -EINVAL },
                { "[{\"Config\":\"a\",\"Layers\":[null]}]", -EINVAL },
                { "[{\"Config\":\"a\",\"Layers\":[],\"RepoTags\":\"b\"}]", -EINVAL },
                { "[{\"Config\":\"a\",\"Layers\":[],\"RepoTags\":[1]}]", -EINVAL },
                { "[{\"Config\":\"a\",\"Config\":\"b\",\"Layers\":[]}]", -EBADMSG },
                { PATH(""), -EINVAL },
                { PATH("/"), -EINVAL },
                { PATH("/etc/passwd"), -EINVAL },
                { PATH("."), -EINVAL },
                { PATH(".."), -EINVAL },
                { PATH("../a"), -EINVAL },
                { PATH("a/.."), -EINVAL },
                { PATH("a/../b"), -EINVAL },
                { PATH("./a"), -EINVAL },
                { PATH("a//b"), -EINVAL },
                { PATH("a/"), -EINVAL },
                { PATH("a\\u0000b"), -EBADMSG },
                { PATH("a" A1024), -EINVAL },
                { LAYER("../../layer.tar"), -EINVAL },
                { LAYER("/layer.tar"), -EINVAL },
                { LAYER(""), -EINVAL },
                { "[{\"Config\":\"a\",\"Layers\":[\"b\",\"..\"]}]", -EINVAL },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                _cleanup_(error_done) Error e = ERROR_NULL;
                OciSave *save = NULL;

                print_message("# %s\n", cases[i].text);
                assert_int_equal(oci_save_parse(cases[i].text, strlen(cases[i].text), &save, &e),
                                 cases[i].want);
                assert_non_null(error_cause(&e));
                assert_null(save);
        }
}

static void takes_paths_below_the_root(void **state) {
        static const char *const cases[] = {
                PATH("a.json"),      PATH("blobs/sha256/" A64),
                PATH("..a/...b/.c"), LAYER("id/layer.tar"),
                PATH(A1024),         "[]",
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                _cleanup_(oci_save_freep) OciSave *save = NULL;

                print_message("# %s\n", cases[i]);
                assert_int_equal(oci_save_parse(cases[i], strlen(cases[i]), &save, NULL), 0);
        }
}

static void finds_the_image_that_is_meant(void **state) {
        static const char one[] =
                "[{\"Config\":\"a\",\"RepoTags\":null,\"Layers\":null,\"Parent\":\"x\"}]";
        static const char several[] =
                "[{\"Config\":\"a\",\"RepoTags\":[\"x.y/a:1\",\"busybox:latest\"],\"Layers\":[]},"
                "{\"Config\":\"b\",\"RepoTags\":[\"no such thing\",\"docker.io/library/b:2\"],"
                "\"Layers\":[\"l\",\"m\"]},{\"Config\":\"c\",\"Layers\":[]}]";
        static const struct {
                const char *text, *selector, *config;
                int want;
        } cases[] = {
                { one, NULL, "a", 0 },
                { one, "@0", "a", 0 },
                { several, "x.y/a:1", "a", 0 },
                { several, "busybox", "a", 0 },
                { several, "docker.io/library/busybox:latest", "a", 0 },
                { several, "b:2", "b", 0 },
                { several, "@2", "c", 0 },
                { several, NULL, NULL, -EINVAL },
                { several, "b", NULL, -ENOENT },
                { several, "a:1", NULL, -ENOENT },
                { several, "x.y/a", NULL, -ENOENT },
                { several, "@3", NULL, -ENOENT },
                { several, "@", NULL, -EINVAL },
                { several, "@x", NULL, -EINVAL },
                { several, "", NULL, -EINVAL },
                { several, "no such thing", NULL, -EINVAL },
                { "[]", NULL, NULL, -ENOENT },
                { "[]", "a", NULL, -ENOENT },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                _cleanup_(oci_save_freep) OciSave *save = NULL;
                _cleanup_(error_done) Error e = ERROR_NULL;
                const OciSaveImage *image = NULL;

                print_message("# %s\n", cases[i].selector ? cases[i].selector : "(none)");
                assert_int_equal(oci_save_parse(cases[i].text, strlen(cases[i].text), &save, NULL),
                                 0);
                assert_int_equal(oci_save_select(save, cases[i].selector, &image, &e),
                                 cases[i].want);
                assert_int_equal(!!image, cases[i].want == 0);
                if (image)
                        assert_string_equal(image->config, cases[i].config);
                else
                        assert_non_null(error_cause(&e));
        }
}

static int parse_many(const char *before, const char *item, const char *after, size_t n) {
        _cleanup_(oci_save_freep) OciSave *save = NULL;
        _cleanup_(freep) char *text = NULL;
        size_t size = 0;
        FILE *out = open_memstream(&text, &size);

        fputs(before, out);
        for (size_t i = 0; i < n; i++)
                fprintf(out, "%s%s", i ? "," : "", item);
        fputs(after, out);
        fclose(out);
        return oci_save_parse(text, size, &save, NULL);
}

static void bounds_size_and_counts(void **state) {
        static const char layers[] = "[{\"Config\":\"a\",\"Layers\":[";
        static const char image[] = "{\"Config\":\"a\",\"Layers\":[]}";
        _cleanup_(oci_save_freep) OciSave *save = NULL;
        char *large = malloc(OCI_SAVE_SIZE_MAX + 1);

        (void) state;
        assert_int_equal(parse_many(layers, "\"l\"", "]}]", OCI_LAYERS_MAX), 0);
        assert_int_equal(parse_many(layers, "\"l\"", "]}]", OCI_LAYERS_MAX + 1), -ERANGE);
        assert_int_equal(parse_many("[", image, "]", OCI_SAVE_IMAGES_MAX), 0);
        assert_int_equal(parse_many("[", image, "]", OCI_SAVE_IMAGES_MAX + 1), -ERANGE);

        assert_non_null(large);
        memset(large, ' ', OCI_SAVE_SIZE_MAX + 1);
        memcpy(large, "[]", 2);
        assert_int_equal(oci_save_parse(large, OCI_SAVE_SIZE_MAX + 1, &save, NULL), -EMSGSIZE);
        assert_int_equal(oci_save_parse(large, OCI_SAVE_SIZE_MAX, &save, NULL), 0);
        free(large);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(refuses_what_is_no_list_of_images),
                cmocka_unit_test(takes_paths_below_the_root),
                cmocka_unit_test(finds_the_image_that_is_meant),
                cmocka_unit_test(bounds_size_and_counts),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
