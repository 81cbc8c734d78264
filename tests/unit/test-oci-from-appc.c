/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "oci-config.h"
#include "oci-from-appc.h"

#define H64 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define LABEL(name, value) "{\"name\":\"" name "\",\"value\":\"" value "\"}"
#define IMAGE(more)                                                          \
        "{\"acKind\":\"ImageManifest\",\"acVersion\":\"0.8.11\",\"name\":\"" \
        "example.com/a\"" more "}"
#define TAIL "\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\"sha256:" H64 "\"]}}"

static int convert(const char *text, char **ret, Error *e) {
        _cleanup_(appc_image_freep) AppcImage *image = NULL;
        OciDigest diff = OCI_DIGEST_NULL;

        assert_int_equal(appc_image_parse(text, strlen(text), &image, NULL), 0);
        assert_int_equal(oci_digest_parse("sha256:" H64, &diff, NULL), 0);
        return oci_config_from_appc(image, &diff, ret, e);
}

static void makes_a_config_that_reads_back(void **state) {
        static const struct {
                const char *image, *want;
        } cases[] = {
                { IMAGE(",\"labels\":[" LABEL("os", "linux") "," LABEL("arch", "amd64") "]"),
                  "{\"architecture\":\"amd64\",\"os\":\"linux\"," TAIL },
                { IMAGE(",\"labels\":[" LABEL("os", "linux") "," LABEL("arch", "armv7l") "]"),
                  "{\"architecture\":\"arm\",\"variant\":\"v7\",\"os\":\"linux\"," TAIL },
                { IMAGE(",\"labels\":[" LABEL("os", "linux") "," LABEL("arch", "aarch64") "],\"annotations\":[" LABEL(
                          "created", "2015-10-31T22:22:56Z") "," LABEL("authors", "A <a@b>") "]"),
                  "{\"created\":\"2015-10-31T22:22:56Z\",\"author\":\"A \\u003ca@b\\u003e\","
                  "\"architecture\":\"arm64\",\"os\":\"linux\"," TAIL },
                { IMAGE(",\"labels\":[" LABEL("os", "linux") "," LABEL(
                          "arch",
                          "amd64") "],\"app\":{\"exec\":[\"/bin/a\",\"-x\"],\"user\":\"1\","
                                   "\"group\":\"staff\",\"workingDirectory\":\"/srv\","
                                   "\"environment\":[" LABEL("A", "a=b") "," LABEL(
                                           "B",
                                           "") "],\"mountPoints\":[{\"name\":\"d\",\"path\":\"/data\"},"
                                               "{\"name\":\"e\",\"path\":\"/data\"}],"
                                               "\"ports\":[{\"name\":\"p\",\"port\":80,\"protocol\":\"tcp\",\"count\":2},"
                                               "{\"name\":\"q\",\"port\":81,\"protocol\":\"tcp\"}],"
                                               "\"userLabels\":{\"l\":\"m\"}}"),
                  "{\"architecture\":\"amd64\",\"os\":\"linux\",\"config\":{\"User\":\"1:staff\","
                  "\"ExposedPorts\":{\"80/tcp\":{},\"81/tcp\":{}},\"Env\":[\"A=a=b\",\"B=\"],"
                  "\"Entrypoint\":[\"/bin/a\",\"-x\"],\"Volumes\":{\"/data\":{}},"
                  "\"WorkingDir\":\"/srv\",\"Labels\":{\"l\":\"m\"}}," TAIL },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                _cleanup_(oci_config_freep) OciConfig *config = NULL;
                _cleanup_(freep) char *text = NULL;

                print_message("# %s\n", cases[i].image);
                assert_int_equal(convert(cases[i].image, &text, NULL), 0);
                assert_string_equal(text, cases[i].want);
                assert_int_equal(oci_config_parse(text, strlen(text), &config, NULL), 0);
                assert_int_equal(config->n_diff_ids, 1);
        }
}

static void refuses_platforms_without_a_word(void **state) {
        static const char *const arches[] = { "aarch64_be", "armv7b" };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(arches); i++) {
                _cleanup_(error_done) Error e = ERROR_NULL;
                _cleanup_(freep) char *image = NULL;
                char *text = NULL;

                assert_true(asprintf(&image,
                                     IMAGE(",\"labels\":[" LABEL("os", "linux") "," LABEL(
                                             "arch", "%s") "]"),
                                     arches[i]) > 0);
                assert_int_equal(convert(image, &text, &e), -EOPNOTSUPP);
                assert_null(text);
                assert_non_null(strstr(error_cause(&e), arches[i]));
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(makes_a_config_that_reads_back),
                cmocka_unit_test(refuses_platforms_without_a_word),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
