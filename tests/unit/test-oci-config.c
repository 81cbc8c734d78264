/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <stdio.h>

#include "oci-config.h"
#include "oci-manifest.h"

#define H64 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define SHA "\"sha256:" H64 "\""
#define ROOTFS "\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[" SHA "]}"
#define PLATFORM "\"os\":\"linux\",\"architecture\":\"amd64\""
#define WITH(more) "{" PLATFORM "," ROOTFS "," more "}"
#define CONFIG(members) WITH("\"config\":{" members "}")

static void refuses_what_is_no_config(void **state) {
        static const struct {
                const char *text;
                int want;
        } cases[] = {
                { "", -EBADMSG },
                { "null", -EINVAL },
                { "[]", -EINVAL },
                { "{}", -EINVAL },
                { "{\"os\":\"linux\"," ROOTFS "}", -EINVAL },
                { "{\"architecture\":\"amd64\"," ROOTFS "}", -EINVAL },
                { "{\"os\":\"\",\"architecture\":\"amd64\"," ROOTFS "}", -EINVAL },
                { "{\"os\":\"linux\",\"architecture\":\"\"," ROOTFS "}", -EINVAL },
                { "{\"os\":null,\"architecture\":\"amd64\"," ROOTFS "}", -EINVAL },
                { "{\"os\":[],\"architecture\":\"amd64\"," ROOTFS "}", -EINVAL },
                { "{" PLATFORM "}", -EINVAL },
                { "{" PLATFORM ",\"rootfs\":null}", -EINVAL },
                { "{" PLATFORM ",\"rootfs\":[]}", -EINVAL },
                { "{" PLATFORM ",\"rootfs\":{}}", -EINVAL },
                { "{" PLATFORM ",\"rootfs\":{\"diff_ids\":[]}}", -EINVAL },
                { "{" PLATFORM ",\"rootfs\":{\"type\":null,\"diff_ids\":[]}}", -EINVAL },
                { "{" PLATFORM ",\"rootfs\":{\"type\":\"layers+base\",\"diff_ids\":[]}}",
                  -EOPNOTSUPP },
                { "{" PLATFORM ",\"rootfs\":{\"type\":\"Layers\",\"diff_ids\":[]}}", -EOPNOTSUPP },
                { "{" PLATFORM ",\"rootfs\":{\"type\":\"layers\",\"diff_ids\":{}}}", -EINVAL },
                { "{" PLATFORM ",\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\"" H64 "\"]}}",
                  -EINVAL },
                { "{" PLATFORM ",\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[" SHA ",null]}}",
                  -EINVAL },
                { "{" PLATFORM ",\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\"sha384:" H64
                  "\"]}}",
                  -EOPNOTSUPP },
                { WITH("\"variant\":7"), -EINVAL },
                { WITH("\"created\":0"), -EINVAL },
                { WITH("\"author\":[\"a\"]"), -EINVAL },
                { WITH("\"history\":{}"), -EINVAL },
                { WITH("\"config\":[]"), -EINVAL },
                { WITH("\"config\":\"\""), -EINVAL },
                { CONFIG("\"User\":1000"), -EINVAL },
                { CONFIG("\"WorkingDir\":[]"), -EINVAL },
                { CONFIG("\"StopSignal\":9"), -EINVAL },
                { CONFIG("\"Env\":\"A=1\""), -EINVAL },
                { CONFIG("\"Env\":{\"A\":\"1\"}"), -EINVAL },
                { CONFIG("\"Env\":[null]"), -EINVAL },
                { CONFIG("\"Env\":[\"A=\\u0000\"]"), -EBADMSG },
                { CONFIG("\"Cmd\":\"sh\""), -EINVAL },
                { CONFIG("\"Cmd\":[[\"sh\"]]"), -EINVAL },
                { CONFIG("\"Entrypoint\":{}"), -EINVAL },
                { CONFIG("\"ExposedPorts\":[\"80/tcp\"]"), -EINVAL },
                { CONFIG("\"Volumes\":[\"/data\"]"), -EINVAL },
                { CONFIG("\"Volumes\":\"/data\""), -EINVAL },
                { CONFIG("\"Labels\":[]"), -EINVAL },
                { CONFIG("\"Labels\":{\"a\":1}"), -EINVAL },
                { CONFIG("\"Labels\":{\"a\":null}"), -EINVAL },
                { CONFIG("\"Labels\":{\"a\":\"1\",\"a\":\"2\"}"), -EBADMSG },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                _cleanup_(error_done) Error e = ERROR_NULL;
                OciConfig *config = NULL;

                print_message("# %s\n", cases[i].text);
                assert_int_equal(
                        oci_config_parse(cases[i].text, strlen(cases[i].text), &config, &e),
                        cases[i].want);
                assert_non_null(error_cause(&e));
                assert_null(config);
        }
}

static void takes_null_for_absent(void **state) {
        static const char *const cases[] = {
                WITH("\"config\":null,\"created\":null,\"author\":null,\"history\":null,"
                     "\"variant\":null"),
                "{" PLATFORM ",\"rootfs\":{\"type\":\"layers\",\"diff_ids\":null}}",
                "{" PLATFORM ",\"rootfs\":{\"type\":\"layers\"},\"variant\":\"\"}",
                "{" PLATFORM "," ROOTFS "}",
        };
        static const char empty[] =
                CONFIG("\"User\":null,\"WorkingDir\":null,\"StopSignal\":null,\"Env\":null,"
                       "\"Cmd\":null,\"Entrypoint\":null,\"ExposedPorts\":null,\"Volumes\":null,"
                       "\"Labels\":null,\"Healthcheck\":7,\"OnBuild\":null");
        _cleanup_(oci_config_freep) OciConfig *last = NULL;

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                _cleanup_(oci_config_freep) OciConfig *config = NULL;

                print_message("# %s\n", cases[i]);
                assert_int_equal(oci_config_parse(cases[i], strlen(cases[i]), &config, NULL), 0);
                assert_null(config->execution);
                assert_null(config->variant);
                assert_null(config->created);
                assert_null(config->author);
                assert_int_equal(config->n_history, 0);
        }
        assert_int_equal(oci_config_parse(empty, strlen(empty), &last, NULL), 0);
        assert_non_null(last->execution);
        assert_null(last->execution->user);
        assert_int_equal(strv_length(last->execution->environment), 0);
        assert_int_equal(strv_length(last->execution->volumes), 0);
        assert_int_equal(last->execution->labels.n, 0);
}

static void reads_all_of_it(void **state) {
        static const char text[] =
                "{" PLATFORM "," ROOTFS ",\"variant\":\"v2\",\"created\":\"yesterday\","
                "\"author\":\"A\",\"history\":[{},{\"empty_layer\":true}],\"docker_version\":1,"
                "\"config\":{\"User\":\"u:g\",\"WorkingDir\":\"/w\",\"StopSignal\":\"SIGINT\","
                "\"Env\":[\"B=2\",\"A=1\"],\"Entrypoint\":[\"e\",\"\"],\"Cmd\":[\"c\"],"
                "\"ExposedPorts\":{\"80/tcp\":{},\"53/udp\":null,\"1\":7},"
                "\"Volumes\":{\"/z\":{},\"/a\":{}},\"Labels\":{\"z\":\"1\",\"a\":\"\"}}}";
        _cleanup_(oci_config_freep) OciConfig *config = NULL;
        _cleanup_(freep) char *ports = NULL, *volumes = NULL;

        (void) state;
        assert_int_equal(oci_config_parse(text, strlen(text), &config, NULL), 0);
        assert_string_equal(config->os, "linux");
        assert_string_equal(config->architecture, "amd64");
        assert_string_equal(config->variant, "v2");
        assert_string_equal(config->created, "yesterday");
        assert_string_equal(config->author, "A");
        assert_int_equal(config->n_history, 2);
        assert_int_equal(config->n_diff_ids, 1);
        assert_string_equal(config->diff_ids[0].text, "sha256:" H64);
        assert_string_equal(config->execution->user, "u:g");
        assert_string_equal(config->execution->working_directory, "/w");
        assert_string_equal(config->execution->stop_signal, "SIGINT");
        assert_string_equal(config->execution->environment[0], "B=2");
        assert_int_equal(strv_length(config->execution->entrypoint), 2);
        assert_int_equal(strv_length(config->execution->command), 1);
        ports = strv_join(config->execution->ports, " ");
        assert_string_equal(ports, "1 53/udp 80/tcp");
        volumes = strv_join(config->execution->volumes, " ");
        assert_string_equal(volumes, "/a /z");
        assert_string_equal(appc_pairs_get(&config->execution->labels, "z"), "1");
}

static void belongs_to_its_layers(void **state) {
        static const char text[] = "{" PLATFORM "," ROOTFS "}";
        _cleanup_(oci_config_freep) OciConfig *config = NULL;

        (void) state;
        assert_int_equal(oci_config_parse(text, strlen(text), &config, NULL), 0);
        assert_int_equal(oci_config_check_layers(config, 0, NULL), -EINVAL);
        assert_int_equal(oci_config_check_layers(config, 1, NULL), 0);
        assert_int_equal(oci_config_check_layers(config, 2, NULL), -EINVAL);
}

/* A config with @n times @item between @before and @after; a # in it becomes a number. */
static int parse_many(const char *before, const char *item, const char *after, size_t n) {
        _cleanup_(oci_config_freep) OciConfig *config = NULL;
        _cleanup_(freep) char *text = NULL;
        const char *mark = strchr(item, '#');
        size_t size = 0;
        FILE *out = open_memstream(&text, &size);

        fputs(before, out);
        for (size_t i = 0; i < n; i++) {
                fputs(i ? "," : "", out);
                if (mark)
                        fprintf(out, "%.*s%zu%s", (int) (mark - item), item, i, mark + 1);
                else
                        fputs(item, out);
        }
        fputs(after, out);
        fclose(out);
        return oci_config_parse(text, size, &config, NULL);
}

static void bounds_what_is_repeated(void **state) {
        static const struct {
                const char *before, *item, *after;
                size_t max;
        } cases[] = {
                { "{" PLATFORM ",\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[", SHA, "]}}",
                  OCI_LAYERS_MAX },
                { "{" PLATFORM "," ROOTFS ",\"history\":[", "{}", "]}", OCI_HISTORY_MAX },
                { "{" PLATFORM "," ROOTFS ",\"config\":{\"Env\":[", "\"A=#\"", "]}}",
                  OCI_STRINGS_MAX },
                { "{" PLATFORM "," ROOTFS ",\"config\":{\"Cmd\":[", "\"\"", "]}}",
                  OCI_STRINGS_MAX },
                { "{" PLATFORM "," ROOTFS ",\"config\":{\"Labels\":{", "\"l#\":\"\"", "}}}",
                  APPC_PAIRS_MAX },
                { "{" PLATFORM "," ROOTFS ",\"config\":{\"ExposedPorts\":{", "\"#\":{}", "}}}",
                  OCI_KEYS_MAX },
                { "{" PLATFORM "," ROOTFS ",\"config\":{\"Volumes\":{", "\"/#\":{}", "}}}",
                  OCI_KEYS_MAX },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                print_message("# %s\n", cases[i].before);
                assert_int_equal(
                        parse_many(cases[i].before, cases[i].item, cases[i].after, cases[i].max),
                        0);
                assert_int_equal(parse_many(cases[i].before, cases[i].item, cases[i].after,
                                            cases[i].max + 1),
                                 -ERANGE);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(refuses_what_is_no_config),
                cmocka_unit_test(takes_null_for_absent),
                cmocka_unit_test(reads_all_of_it),
                cmocka_unit_test(belongs_to_its_layers),
                cmocka_unit_test(bounds_what_is_repeated),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
