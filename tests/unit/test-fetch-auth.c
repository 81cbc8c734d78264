/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <stdio.h>

#include "fetch-auth.h"

static Json *document(const char *text) {
        Json *root = NULL;

        assert_int_equal(json_parse(text, strlen(text), &root, NULL), 0);
        return root;
}

static char *
shown(const FetchAuths *auths, const FetchAuths *docker, const FetchRegistryRules *rules) {
        char *text = NULL;
        size_t size = 0;
        FILE *out = open_memstream(&text, &size);
        JsonWriter w = JSON_WRITER(out, false);

        json_write_begin(&w, '[');
        fetch_auths_write(&w, auths);
        fetch_docker_auths_write(&w, docker);
        fetch_registry_rules_write(&w, rules);
        json_write_end(&w, ']');
        assert_int_equal(fclose(out), 0);
        return text;
}

static void shows_what_it_read(void **state) {
        static const char basic[] =
                "{\"rktVersion\":\"v1\",\"rktKind\":\"auth\",\"domains\":[\"a\"],"
                "\"type\":\"basic\",\"credentials\":{\"user\":\"u\","
                "\"password\":\"p\"}}";
        static const char oauth[] =
                "{\"rktVersion\":\"v1\",\"rktKind\":\"auth\",\"domains\":[\"b:1\"],"
                "\"type\":\"oauth\",\"credentials\":{\"token\":\"t\"}}";
        static const char aws[] = "{\"rktVersion\":\"v1\",\"rktKind\":\"auth\",\"domains\":[\"c\"],"
                                  "\"type\":\"aws\",\"credentials\":{\"accessKeyID\":\"k\","
                                  "\"secretAccessKey\":\"s\",\"awsRegion\":\"r\"}}";
        static const char registry[] = "{\"rktVersion\":\"v1\",\"rktKind\":\"dockerAuth\","
                                       "\"registries\":[\"d\"],\"credentials\":{\"user\":\"u\","
                                       "\"password\":\"p\"}}";
        static const char rule[] =
                "{\"rktVersion\":\"v1\",\"rktKind\":\"registry\",\"registries\":"
                "[\"e.f\"],\"lookaside\":\"https://s\",\"mirrors\":[\"m.n:1/x\"],"
                "\"tokenHosts\":[\"t\"],\"insecure\":true}";
        _cleanup_(fetch_auths_done) FetchAuths auths = {}, docker = {};
        _cleanup_(fetch_registry_rules_done) FetchRegistryRules rules = {};
        _cleanup_(json_freep) Json *one = document(basic), *two = document(oauth),
                                   *three = document(aws), *four = document(registry),
                                   *five = document(rule);
        _cleanup_(freep) char *text = NULL, *want = NULL;

        (void) state;
        assert_int_equal(fetch_auths_read(one, &auths, NULL), 0);
        assert_int_equal(fetch_auths_read(two, &auths, NULL), 0);
        assert_int_equal(fetch_auths_read(three, &auths, NULL), 0);
        assert_int_equal(fetch_docker_auths_read(four, &docker, NULL), 0);
        assert_int_equal(fetch_registry_rules_read(five, &rules, NULL), 0);
        text = shown(&auths, &docker, &rules);
        assert_true(asprintf(&want, "[%s,%s,%s,%s,%s]", basic, oauth, aws, registry, rule) > 0);
        assert_string_equal(text, want);
}

static void refuses_bad_credentials(void **state) {
#define AUTH(rest) "{\"domains\":[\"a\"]," rest "}"
#define BASIC(rest) AUTH("\"type\":\"basic\",\"credentials\":" rest)
        static const struct {
                const char *text, *cause;
        } cases[] = {
                { "{}", "no domains specified" },
                { "{\"domains\":[]}", "no domains specified" },
                { "{\"domains\":\"a\"}", NULL },
                { "{\"domains\":[\"a\"]}", "no auth type specified" },
                { AUTH("\"type\":\"\""), "no auth type specified" },
                { AUTH("\"type\":\"magic\",\"credentials\":{}"), "unknown auth type: \"magic\"" },
                { AUTH("\"type\":\"Basic\",\"credentials\":{}"), "unknown auth type: \"Basic\"" },
                { AUTH("\"type\":\"basic\""), NULL },
                { BASIC("[]"), NULL },
                { BASIC("{}"), "no user specified" },
                { BASIC("{\"user\":\"u\"}"), "no password specified" },
                { BASIC("{\"user\":\"\",\"password\":\"p\"}"), "no user specified" },
                { BASIC("{\"user\":\"u\",\"password\":\"\"}"), "no password specified" },
                { BASIC("{\"user\":7,\"password\":\"p\"}"), NULL },
                { BASIC("{\"user\":\"u:v\",\"password\":\"p\"}"), NULL },
                { BASIC("{\"user\":\"u\",\"password\":\"p\\r\\nX: y\"}"), NULL },
                { AUTH("\"type\":\"oauth\",\"credentials\":{}"), "no token specified" },
                { AUTH("\"type\":\"oauth\",\"credentials\":{\"token\":\"a\\nb\"}"), NULL },
                { AUTH("\"type\":\"aws\",\"credentials\":{}"), "no accessKeyID specified" },
                { AUTH("\"type\":\"aws\",\"credentials\":{\"accessKeyID\":\"k\"}"),
                  "no secretAccessKey specified" },
                { "{\"domains\":[\"a\",\"a\"],\"type\":\"oauth\",\"credentials\":{\"token\":\"t\"}}",
                  "auth for domain \"a\" is already specified" },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                _cleanup_(json_freep) Json *root = document(cases[i].text);
                _cleanup_(fetch_auths_done) FetchAuths auths = {};
                _cleanup_(error_done) Error e = ERROR_NULL;

                print_message("# %s\n", cases[i].text);
                assert_true(fetch_auths_read(root, &auths, &e) < 0);
                if (cases[i].cause)
                        assert_string_equal(error_cause(&e), cases[i].cause);
        }
}

static void refuses_bad_docker_credentials(void **state) {
        static const struct {
                const char *text, *cause;
        } cases[] = {
                { "{}", "no registries specified" },
                { "{\"registries\":[]}", "no registries specified" },
                { "{\"registries\":[\"a\"]}", NULL },
                { "{\"registries\":[\"a\"],\"credentials\":{\"user\":\"u\"}}",
                  "no password specified" },
                { "{\"registries\":[\"a\",\"a\"],\"credentials\":{\"user\":\"u\",\"password\":\"p\"}}",
                  "credentials for docker registry \"a\" are already specified" },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                _cleanup_(json_freep) Json *root = document(cases[i].text);
                _cleanup_(fetch_auths_done) FetchAuths auths = {};
                _cleanup_(error_done) Error e = ERROR_NULL;

                print_message("# %s\n", cases[i].text);
                assert_true(fetch_docker_auths_read(root, &auths, &e) < 0);
                if (cases[i].cause)
                        assert_string_equal(error_cause(&e), cases[i].cause);
        }
}

static void refuses_bad_rules(void **state) {
        static const char *const cases[] = {
                "{}",
                "{\"registries\":[]}",
                "{\"registries\":[\"busybox\"]}",
                "{\"registries\":[\"\"]}",
                "{\"registries\":[\"https://a.b\"]}",
                "{\"registries\":[\"a.b/\"]}",
                "{\"registries\":[\"a.b/X\"]}",
                "{\"registries\":[\"a.b/c:1\"]}",
                "{\"registries\":[\"a.b\",\"a.b\"]}",
                "{\"registries\":[\"a.b\"],\"mirrors\":[\"x\"]}",
                "{\"registries\":[\"a.b\"],\"mirrors\":\"c.d\"}",
                "{\"registries\":[\"a.b\"],\"lookaside\":\"/srv\"}",
                "{\"registries\":[\"a.b\"],\"lookaside\":\"ftp://s\"}",
                "{\"registries\":[\"a.b\"],\"lookaside\":\"file://srv\"}",
                "{\"registries\":[\"a.b\"],\"insecure\":\"yes\"}",
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                _cleanup_(json_freep) Json *root = document(cases[i]);
                _cleanup_(fetch_registry_rules_done) FetchRegistryRules rules = {};

                print_message("# %s\n", cases[i]);
                assert_true(fetch_registry_rules_read(root, &rules, NULL) < 0);
        }
}

static void lets_a_later_tree_replace_what_it_names(void **state) {
        _cleanup_(json_freep) Json *first = document(
                "{\"domains\":[\"a\",\"b\"],\"type\":\"oauth\",\"credentials\":{\"token\":\"1\"}}");
        _cleanup_(json_freep) Json *second = document(
                "{\"domains\":[\"b\",\"c\"],\"type\":\"oauth\",\"credentials\":{\"token\":\"2\"}}");
        _cleanup_(fetch_auths_done) FetchAuths auths = {}, later = {};

        (void) state;
        assert_int_equal(fetch_auths_read(first, &auths, NULL), 0);
        assert_int_equal(fetch_auths_read(second, &later, NULL), 0);
        assert_int_equal(fetch_auths_override(&auths, &later), 0);
        assert_int_equal(auths.n, 3);
        assert_string_equal(fetch_auths_find(&auths, "a")->secret, "1");
        assert_string_equal(fetch_auths_find(&auths, "b")->secret, "2");
        assert_string_equal(fetch_auths_find(&auths, "c")->secret, "2");
        assert_null(fetch_auths_find(&auths, "d"));
        assert_null(fetch_auths_find(&auths, "a:443"));
}

static void finds_the_longest_prefix(void **state) {
        _cleanup_(json_freep) Json *wide = document(
                "{\"registries\":[\"docker.io\",\"a.b:5000\"],\"lookaside\":\"https://wide\"}");
        _cleanup_(json_freep) Json *narrow =
                document("{\"registries\":[\"a.b:5000/c\"],\"lookaside\":\"https://narrow\"}");
        _cleanup_(fetch_registry_rules_done) FetchRegistryRules rules = {};
        static const struct {
                const char *place, *want;
        } cases[] = {
                { "registry-1.docker.io/library/busybox", "https://wide" },
                { "a.b:5000/x", "https://wide" },
                { "a.b:5000/c", "https://narrow" },
                { "a.b:5000/c/d", "https://narrow" },
                { "a.b:5000/cd", "https://wide" },
                { "a.b/c", NULL },
                { "a.b:50000/c", NULL },
        };

        (void) state;
        assert_int_equal(fetch_registry_rules_read(wide, &rules, NULL), 0);
        assert_int_equal(fetch_registry_rules_read(narrow, &rules, NULL), 0);
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                const FetchRegistryRule *rule = fetch_registry_rules_find(&rules, cases[i].place);

                print_message("# %s\n", cases[i].place);
                assert_true(text_equal(rule ? rule->lookaside : NULL, cases[i].want));
        }
}

static void takes_the_region_from_the_host(void **state) {
        static const struct {
                const char *region, *host, *want;
        } cases[] = {
                { "eu-central-1", "s3.amazonaws.com", "eu-central-1" },
                { NULL, "s3.amazonaws.com", "us-east-1" },
                { NULL, "bucket.s3.amazonaws.com", "us-east-1" },
                { NULL, "s3-eu-west-1.amazonaws.com", "eu-west-1" },
                { NULL, "bucket.s3-eu-west-1.amazonaws.com", "eu-west-1" },
                { NULL, "bucket.s3.eu-west-1.amazonaws.com", "eu-west-1" },
                { NULL, "storage.example.com", "us-east-1" },
                { "", "x", "us-east-1" },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                _cleanup_(freep) char *given = cases[i].region ? strdup(cases[i].region) : NULL;
                const FetchAuth auth = { .kind = FETCH_AUTH_AWS, .region = given };
                _cleanup_(freep) char *region = fetch_aws_region(&auth, cases[i].host);

                print_message("# %s\n", cases[i].host);
                assert_string_equal(region, cases[i].want);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(shows_what_it_read),
                cmocka_unit_test(refuses_bad_credentials),
                cmocka_unit_test(refuses_bad_docker_credentials),
                cmocka_unit_test(refuses_bad_rules),
                cmocka_unit_test(lets_a_later_tree_replace_what_it_names),
                cmocka_unit_test(finds_the_longest_prefix),
                cmocka_unit_test(takes_the_region_from_the_host),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
