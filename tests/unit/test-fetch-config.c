/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch-config.h"

#include "test-dir.h"
#include "text.h"

#define AUTH(domain, user)                                                   \
        "{\"rktKind\":\"auth\",\"rktVersion\":\"v1\",\"domains\":[\"" domain \
        "\"],\"type\":\"basic\","                                            \
        "\"credentials\":{\"user\":\"" user "\",\"password\":\"p\"}}"
#define DOCKER(registry, user)                                                                 \
        "{\"rktKind\":\"dockerAuth\",\"rktVersion\":\"v1\",\"registries\":[\"" registry "\"]," \
        "\"credentials\":{\"user\":\"" user "\",\"password\":\"p\"}}"

static TestDir dir;
static char *directories[3];

static int set_up(void **state) {
        (void) state;
        test_dir_open(&dir);
        assert_true(asprintf(&directories[0], "%s/system", dir.path) > 0);
        assert_true(asprintf(&directories[1], "%s/local", dir.path) > 0);
        make_dir(dir.fd, "system");
        make_dir(dir.fd, "system/auth.d");
        make_dir(dir.fd, "local");
        make_dir(dir.fd, "local/auth.d");
        return 0;
}

static int tear_down(void **state) {
        (void) state;
        free(directories[0]);
        free(directories[1]);
        test_dir_done(&dir);
        return 0;
}

static void overrides_early_directories_by_late_ones(void **state) {
        _cleanup_(fetch_config_done) FetchConfig config = {};

        (void) state;
        make_file(dir.fd, "system/auth.d/a.json", AUTH("one.com", "system"));
        make_file(dir.fd, "system/auth.d/b.json", AUTH("two.com", "system"));
        make_file(dir.fd, "local/auth.d/a.json", AUTH("one.com", "local"));
        make_file(dir.fd, "local/auth.d/c.json", DOCKER("quay.io", "local"));
        assert_int_equal(fetch_config_read(directories, &config, NULL), 0);
        assert_string_equal(fetch_auths_find(&config.auths, "one.com")->user, "local");
        assert_string_equal(fetch_auths_find(&config.auths, "two.com")->user, "system");
        assert_string_equal(fetch_auths_find(&config.docker_auths, "quay.io")->user, "local");
        assert_null(fetch_auths_find(&config.auths, "quay.io"));
}

static void passes_over_what_is_no_configuration(void **state) {
        _cleanup_(fetch_config_done) FetchConfig config = {};

        (void) state;
        make_file(dir.fd, "local/auth.d/README", "nonsense");
        make_file(dir.fd, "local/auth.d/x.json.bak", "nonsense");
        make_dir(dir.fd, "local/auth.d/dir.json");
        make_file(dir.fd, "elsewhere", "nonsense");
        make_link(dir.fd, "local/auth.d/link.json", "../../elsewhere");
        assert_int_equal(mkfifoat(dir.fd, "local/auth.d/fifo.json", 0600), 0);
        make_file(dir.fd, "local/auth.d/z.json", AUTH("one.com", "z"));
        assert_int_equal(fetch_config_read(directories, &config, NULL), 0);
        assert_int_equal(config.auths.n, 1);
}

static void says_nothing_where_there_is_nothing(void **state) {
        _cleanup_(fetch_config_done) FetchConfig config = {};
        char none[] = "/nonexistent", *list[] = { none, NULL };

        (void) state;
        assert_int_equal(fetch_config_read(list, &config, NULL), 0);
        assert_int_equal(fetch_config_read(NULL, &config, NULL), 0);
        assert_int_equal(config.auths.n + config.docker_auths.n + config.rules.n, 0);
}

static void names_the_file_that_is_wrong(void **state) {
        static const struct {
                const char *text, *words;
                int want;
        } cases[] = {
                { "", "", -EBADMSG },
                { "nonsense", "", -EBADMSG },
                { "[]", "it is no JSON object", -EINVAL },
                { "{}", "no rktKind specified in \"", -EINVAL },
                { "{\"rktKind\":\"\",\"rktVersion\":\"v1\"}", "no rktKind specified in \"",
                  -EINVAL },
                { "{\"rktKind\":\"auth\"}", "no rktVersion specified in \"", -EINVAL },
                { "{\"rktKind\":\"auth\",\"rktVersion\":\"v2\"}",
                  "no parser available for configuration of kind \"auth\" and version \"v2\"",
                  -EINVAL },
                { "{\"rktKind\":\"paths\",\"rktVersion\":\"v1\"}", "\"auth\", \"dockerAuth\"",
                  -EINVAL },
                { "{\"rktKind\":1,\"rktVersion\":\"v1\"}", "bad.json", -EINVAL },
                { "{\"rktKind\":\"auth\",\"rktVersion\":\"v1\"}", "no domains specified", -EINVAL },
                { "{\"rktKind\":\"registry\",\"rktVersion\":\"v1\"}", "no registries specified",
                  -EINVAL },
                { AUTH("x.com", "u") " ", NULL, 0 },
                { AUTH("x.com", "a:b"), "", -EINVAL },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                _cleanup_(fetch_config_done) FetchConfig config = {};
                _cleanup_(error_done) Error e = ERROR_NULL;
                _cleanup_(freep) char *text = NULL;
                int r = 0;

                make_file(dir.fd, "local/auth.d/bad.json", cases[i].text);
                r = fetch_config_read(directories, &config, &e);
                text = error_format(&e, r, true);
                print_message("# %s\n", text);
                assert_int_equal(r, cases[i].want);
                if (cases[i].words)
                        assert_non_null(strstr(text, cases[i].words));
                assert_int_equal(unlinkat(dir.fd, "local/auth.d/bad.json", 0), 0);
        }
}

static void refuses_a_domain_twice_in_one_directory(void **state) {
        _cleanup_(fetch_config_done) FetchConfig config = {};
        _cleanup_(error_done) Error e = ERROR_NULL;

        (void) state;
        make_file(dir.fd, "local/auth.d/a.json", AUTH("one.com", "a"));
        make_file(dir.fd, "local/auth.d/b.json", AUTH("one.com", "b"));
        assert_int_equal(fetch_config_read(directories, &config, &e), -EEXIST);
        assert_non_null(strstr(error_cause(&e),
                               "local/auth.d/b.json\": auth for domain \"one.com\" "
                               "is already specified"));
        assert_int_equal(config.auths.n, 0);
}

static void wants_a_directory(void **state) {
        _cleanup_(fetch_config_done) FetchConfig config = {};
        _cleanup_(error_done) Error e = ERROR_NULL;

        (void) state;
        assert_int_equal(unlinkat(dir.fd, "local/auth.d", AT_REMOVEDIR), 0);
        make_file(dir.fd, "local/auth.d", "");
        assert_int_equal(fetch_config_read(directories, &config, &e), -ENOTDIR);
        assert_non_null(strstr(error_cause(&e), "to be a directory"));
}

#define EACH(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void) {
        const struct CMUnitTest tests[] = {
                EACH(overrides_early_directories_by_late_ones),
                EACH(passes_over_what_is_no_configuration),
                EACH(says_nothing_where_there_is_nothing),
                EACH(names_the_file_that_is_wrong),
                EACH(refuses_a_domain_twice_in_one_directory),
                EACH(wants_a_directory),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
