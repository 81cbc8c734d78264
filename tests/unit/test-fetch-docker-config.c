/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <stdio.h>

#include "fetch-docker-config.h"
#include "oci-reference.h"
#include "text.h"

#define HUB OCI_REGISTRY_DEFAULT
/* "u:p", "v:q", and so on */
#define UP "dTpw"
#define VQ "djpx"
#define WR "dzpy"

static void finds_the_entry_with_the_longest_name(void **state) {
        static const struct {
                const char *json, *registry, *repository;
                FetchLoginKind kind;
                const char *user, *secret;
        } cases[] = {
                { "{}", "quay.io", "a/b", FETCH_LOGIN_NONE, NULL, NULL },
                { "{\"auths\":{}}", "quay.io", "a/b", FETCH_LOGIN_NONE, NULL, NULL },
                { "{\"auths\":{\"quay.io\":{\"auth\":\"" UP "\"}}}", "quay.io", "a/b",
                  FETCH_LOGIN_PASSWORD, "u", "p" },
                { "{\"auths\":{\"quay.io\":{\"auth\":\"" UP "\"}}}", "quay.io", NULL,
                  FETCH_LOGIN_PASSWORD, "u", "p" },
                { "{\"auths\":{\"quay.io\":{\"auth\":\"" UP "\"},\"quay.io/a\":{\"auth\":\"" VQ
                  "\"},\"quay.io/a/b\":{\"auth\":\"" WR "\"}}}",
                  "quay.io", "a/b", FETCH_LOGIN_PASSWORD, "w", "r" },
                { "{\"auths\":{\"quay.io/a/b\":{\"auth\":\"" WR "\"},\"quay.io/a\":{\"auth\":\"" VQ
                  "\"},\"quay.io\":{\"auth\":\"" UP "\"}}}",
                  "quay.io", "a/c", FETCH_LOGIN_PASSWORD, "v", "q" },
                { "{\"auths\":{\"quay.io/a\":{\"auth\":\"" VQ "\"}}}", "quay.io", "ab",
                  FETCH_LOGIN_NONE, NULL, NULL },
                { "{\"auths\":{\"quay.io\":{\"auth\":\"" VQ "\"}}}", "quay.io.evil", "a",
                  FETCH_LOGIN_NONE, NULL, NULL },
                { "{\"auths\":{\"quay.io\":{\"auth\":\"" VQ "\"}}}", "quay.io:5000", "a",
                  FETCH_LOGIN_NONE, NULL, NULL },
                { "{\"auths\":{\"h:5000\":{\"auth\":\"" VQ "\"}}}", "h:5000", "a",
                  FETCH_LOGIN_PASSWORD, "v", "q" },
                /* As they have been written over the years. */
                { "{\"auths\":{\"https://quay.io\":{\"auth\":\"" UP "\"}}}", "quay.io", "a",
                  FETCH_LOGIN_PASSWORD, "u", "p" },
                { "{\"auths\":{\"https://quay.io/v2/\":{\"auth\":\"" UP "\"}}}", "quay.io", "a",
                  FETCH_LOGIN_PASSWORD, "u", "p" },
                { "{\"auths\":{\"http://quay.io/v1\":{\"auth\":\"" UP "\"}}}", "quay.io", "a",
                  FETCH_LOGIN_PASSWORD, "u", "p" },
                { "{\"auths\":{\"https://index.docker.io/v1/\":{\"auth\":\"" UP "\"}}}", HUB,
                  "library/busybox", FETCH_LOGIN_PASSWORD, "u", "p" },
                { "{\"auths\":{\"docker.io\":{\"auth\":\"" UP "\"}}}", HUB, "library/busybox",
                  FETCH_LOGIN_PASSWORD, "u", "p" },
                { "{\"auths\":{\"docker.io/library\":{\"auth\":\"" UP "\"}}}", HUB,
                  "library/busybox", FETCH_LOGIN_PASSWORD, "u", "p" },
                { "{\"auths\":{\"docker.io/me\":{\"auth\":\"" UP "\"}}}", HUB, "library/busybox",
                  FETCH_LOGIN_NONE, NULL, NULL },
                /* Other ways to say it. */
                { "{\"auths\":{\"q.io\":{\"username\":\"u\",\"password\":\"p\"}}}", "q.io", "a",
                  FETCH_LOGIN_PASSWORD, "u", "p" },
                { "{\"auths\":{\"q.io\":{\"auth\":\"" UP "\",\"identitytoken\":\"t\"}}}", "q.io",
                  "a", FETCH_LOGIN_TOKEN, "u", "t" },
                { "{\"auths\":{\"q.io\":{\"auth\":\"dTpwOnE=\"}}}", "q.io", "a",
                  FETCH_LOGIN_PASSWORD, "u", "p:q" },
                { "{\"auths\":{\"q.io\":{\"auth\":\"dTpwAAA=\"}}}", "q.io", "a",
                  FETCH_LOGIN_PASSWORD, "u", "p" },
                /* Left by a helper: hides nothing. */
                { "{\"auths\":{\"q.io\":{\"auth\":\"" UP "\"},\"q.io/a\":{}}}", "q.io", "a",
                  FETCH_LOGIN_PASSWORD, "u", "p" },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                _cleanup_(fetch_login_done) FetchLogin login = FETCH_LOGIN_NULL;

                print_message("# %s\n", cases[i].json);
                assert_int_equal(fetch_docker_config_find(cases[i].json, strlen(cases[i].json),
                                                          cases[i].registry, cases[i].repository,
                                                          &login, NULL),
                                 0);
                assert_int_equal(login.kind, cases[i].kind);
                assert_true(text_equal(login.user, cases[i].user));
                assert_true(text_equal(login.secret, cases[i].secret));
        }
}

static void names_helpers(void **state) {
        static const struct {
                const char *json, *registry, *helper, *server;
        } cases[] = {
                { "{\"credsStore\":\"secretservice\"}", "quay.io", "secretservice", "quay.io" },
                { "{\"credsStore\":\"pass\"}", HUB, "pass", "https://index.docker.io/v1/" },
                { "{\"credHelpers\":{\"quay.io\":\"ecr-login\"},\"auths\":{\"quay.io\":{\"auth\":"
                  "\"" UP "\"}},\"credsStore\":\"pass\"}",
                  "quay.io", "ecr-login", "quay.io" },
                { "{\"credHelpers\":{\"gcr.io\":\"gcloud\"},\"credsStore\":\"pass\"}", "quay.io",
                  "pass", "quay.io" },
                { "{\"auths\":{\"quay.io\":{}},\"credsStore\":\"pass\"}", "quay.io", "pass",
                  "quay.io" },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                _cleanup_(fetch_login_done) FetchLogin login = FETCH_LOGIN_NULL;

                print_message("# %s\n", cases[i].json);
                assert_int_equal(fetch_docker_config_find(cases[i].json, strlen(cases[i].json),
                                                          cases[i].registry, "a/b", &login, NULL),
                                 0);
                assert_int_equal(login.kind, FETCH_LOGIN_HELPER);
                assert_string_equal(login.helper, cases[i].helper);
                assert_string_equal(login.server, cases[i].server);
        }
}

static void refuses_bad_files(void **state) {
        static const struct {
                const char *json;
                int want;
        } cases[] = {
                { "", -EBADMSG },
                { "{\"auths\":{}", -EBADMSG },
                { "[]", -EINVAL },
                { "null", -EINVAL },
                { "{\"auths\":[]}", -EINVAL },
                { "{\"auths\":{\"q.io\":{\"auth\":7}}}", -EINVAL },
                { "{\"auths\":{\"q.io\":{\"auth\":\"!\"}}}", -EINVAL },
                { "{\"auths\":{\"q.io\":{\"auth\":\"dXA=\"}}}", -EINVAL },     /* no ':' */
                { "{\"auths\":{\"q.io\":{\"auth\":\"OnA=\"}}}", -EINVAL },     /* no user */
                { "{\"auths\":{\"q.io\":{\"auth\":\"dTpwCg==\"}}}", -EINVAL }, /* newline */
                { "{\"auths\":{\"q.io\":{\"auth\":\"dToAcA==\"}}}", -EINVAL }, /* NUL */
                { "{\"auths\":{\"q.io\":{\"username\":\"u\"}}}", -EINVAL },
                { "{\"auths\":{\"q.io\":{\"username\":\"u:v\",\"password\":\"p\"}}}", -EINVAL },
                { "{\"auths\":{\"q.io\":{\"identitytoken\":\"t\\n\"}}}", -EINVAL },
                { "{\"credHelpers\":{\"q.io\":7}}", -EINVAL },
                { "{\"credsStore\":[]}", -EINVAL },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                FetchLogin login = FETCH_LOGIN_NULL;

                print_message("# %s\n", cases[i].json);
                assert_int_equal(fetch_docker_config_find(cases[i].json, strlen(cases[i].json),
                                                          "q.io", "a", &login, NULL),
                                 cases[i].want);
                assert_null(login.secret);
        }
}

/* security A14 */
static void a14_refuses_a_helper_that_is_a_path(void **state) {
        static const char *const names[] = {
                "",
                "/bin/sh",
                "../sh",
                "..",
                "a/b",
                "a b",
                "a;b",
                "a\\\\b",
                "A",
                "a_b",
                "a.b",
                "$(id)",
                "a\\n",
                "\\u00e9",
                "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(names); i++) {
                static const char *const forms[] = { "{\"credsStore\":\"%s\"}",
                                                     "{\"credHelpers\":{\"q.io\":\"%s\"}}" };

                for (size_t k = 0; k < N_ELEMENTS(forms); k++) {
                        _cleanup_(strv_freep) Strv parts = NULL;
                        _cleanup_(freep) char *json = NULL;
                        FetchLogin login = FETCH_LOGIN_NULL;

                        assert_int_equal(strv_split(forms[k], '%', &parts), 0);
                        assert_true(asprintf(&json, "%s%s%s", parts[0], names[i], parts[1] + 1) >
                                    0);
                        print_message("# %s\n", json);
                        assert_int_equal(fetch_docker_config_find(json, strlen(json), "q.io", "a",
                                                                  &login, NULL),
                                         -EINVAL);
                        assert_null(login.helper);
                }
        }
}

static void reads_what_a_helper_prints(void **state) {
        static const struct {
                const char *json;
                int want;
                FetchLoginKind kind;
        } cases[] = {
                { "{\"ServerURL\":\"s\",\"Username\":\"u\",\"Secret\":\"p\"}\n", 0,
                  FETCH_LOGIN_PASSWORD },
                { "{\"Username\":\"<token>\",\"Secret\":\"t\"}", 0, FETCH_LOGIN_TOKEN },
                { "credentials not found in native keychain\n", -EBADMSG, FETCH_LOGIN_NONE },
                { "", -EBADMSG, FETCH_LOGIN_NONE },
                { "{}", -EINVAL, FETCH_LOGIN_NONE },
                { "{\"Username\":\"u\"}", -EINVAL, FETCH_LOGIN_NONE },
                { "{\"Secret\":\"p\"}", -EINVAL, FETCH_LOGIN_NONE },
                { "{\"Username\":\"\",\"Secret\":\"p\"}", -EINVAL, FETCH_LOGIN_NONE },
                { "{\"Username\":\"u\",\"Secret\":\"a\\nb\"}", -EINVAL, FETCH_LOGIN_NONE },
                { "{\"username\":\"u\",\"secret\":\"p\"}", -EINVAL, FETCH_LOGIN_NONE },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                _cleanup_(fetch_login_done) FetchLogin login = FETCH_LOGIN_NULL;

                print_message("# %s\n", cases[i].json);
                assert_int_equal(fetch_docker_helper_parse(cases[i].json, strlen(cases[i].json),
                                                           &login, NULL),
                                 cases[i].want);
                assert_int_equal(login.kind, cases[i].kind);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(finds_the_entry_with_the_longest_name),
                cmocka_unit_test(names_helpers),
                cmocka_unit_test(refuses_bad_files),
                cmocka_unit_test(a14_refuses_a_helper_that_is_a_path),
                cmocka_unit_test(reads_what_a_helper_prints),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
