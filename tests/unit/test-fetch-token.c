/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "fetch-token.h"
#include "text.h"

static void reads_tokens(void **state) {
        static const struct {
                const char *json, *text;
                uint32_t life_sec;
        } cases[] = {
                { "{\"token\":\"abc\"}", "abc", 60 },
                { "{\"access_token\":\"abc\",\"expires_in\":300}", "abc", 300 },
                { "{\"token\":\"a\",\"access_token\":\"b\",\"expires_in\":60}", "a", 60 },
                { "{\"token\":\"\",\"access_token\":\"b\"}", "b", 60 },
                { "{\"token\":null,\"access_token\":\"b\",\"expires_in\":null}", "b", 60 },
                { "{\"token\":\"a\",\"expires_in\":0}", "a", 60 },
                { "{\"token\":\"a\",\"expires_in\":-5}", "a", 60 },
                { "{\"token\":\"a\",\"expires_in\":4611686018427387904}", "a", 86400 },
                { "{\"token\":\"a.b-c_d~e+f/g=\",\"issued_at\":\"x\",\"x\":[]}",
                  "a.b-c_d~e+f/g=", 60 },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                _cleanup_(fetch_token_done) FetchToken token = FETCH_TOKEN_NULL;

                print_message("# %s\n", cases[i].json);
                assert_int_equal(
                        fetch_token_parse(cases[i].json, strlen(cases[i].json), &token, NULL), 0);
                assert_string_equal(token.text, cases[i].text);
                assert_int_equal(token.life_sec, cases[i].life_sec);
        }
}

static void refuses_what_is_no_token(void **state) {
        static const struct {
                const char *json;
                int want;
        } cases[] = {
                { "", -EBADMSG },
                { "token", -EBADMSG },
                { "{\"token\":\"a\"", -EBADMSG },
                { "{\"token\":\"a\"} x", -EBADMSG },
                { "{\"token\":\"a\",\"token\":\"b\"}", -EBADMSG },
                { "[]", -EINVAL },
                { "null", -EINVAL },
                { "{}", -EINVAL },
                { "{\"token\":\"\"}", -EINVAL },
                { "{\"token\":7}", -EINVAL },
                { "{\"token\":[\"a\"]}", -EINVAL },
                { "{\"token\":\"a b\"}", -EINVAL },
                { "{\"token\":\"a\\r\\nHost: evil\"}", -EINVAL },
                { "{\"token\":\"\\u00e9\"}", -EINVAL },
                { "{\"token\":\"a\",\"expires_in\":\"60\"}", -EINVAL },
                { "{\"token\":\"a\",\"expires_in\":1.5}", -EINVAL },
                { "{\"errors\":[{\"code\":\"DENIED\"}]}", -EINVAL },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                FetchToken token = FETCH_TOKEN_NULL;

                print_message("# %s\n", cases[i].json);
                assert_int_equal(
                        fetch_token_parse(cases[i].json, strlen(cases[i].json), &token, NULL),
                        cases[i].want);
                assert_null(token.text);
        }
}

/* security A07 */
static void a07_refuses_a_token_without_end(void **state) {
        _cleanup_(freep) char *json = malloc(FETCH_TOKEN_SIZE_MAX + 1);
        FetchToken token = FETCH_TOKEN_NULL;

        (void) state;
        memset(json, ' ', FETCH_TOKEN_SIZE_MAX + 1);
        memcpy(json, "{\"token\":\"a\"}", 13);
        assert_int_equal(fetch_token_parse(json, FETCH_TOKEN_SIZE_MAX + 1, &token, NULL),
                         -EMSGSIZE);
        assert_int_equal(fetch_token_parse(json, FETCH_TOKEN_SIZE_MAX, &token, NULL), 0);
        fetch_token_done(&token);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(reads_tokens),
                cmocka_unit_test(refuses_what_is_no_token),
                cmocka_unit_test(a07_refuses_a_token_without_end),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
