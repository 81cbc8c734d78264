/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <stdio.h>

#include "fetch-challenge.h"

/* "scheme name=value name=value; scheme" */
static char *shown(const FetchChallenges *challenges) {
        char *text = NULL;
        size_t size = 0;
        FILE *out = open_memstream(&text, &size);

        assert_non_null(out);
        for (size_t i = 0; i < challenges->n; i++) {
                const AppcPairs *pairs = &challenges->items[i].parameters;

                fprintf(out, "%s%s", i > 0 ? "; " : "", challenges->items[i].scheme);
                for (size_t k = 0; k < pairs->n; k++)
                        fprintf(out, " %s=%s", pairs->items[k].name, pairs->items[k].value);
        }
        assert_int_equal(fclose(out), 0);
        return text;
}

static void reads_challenges(void **state) {
        static const struct {
                const char *header, *want;
        } cases[] = {
                { "Basic realm=\"x\"", "basic realm=x" },
                { "Bearer realm=\"https://a/t\",service=\"s\",scope=\"repository:a/b:pull,push\"",
                  "bearer realm=https://a/t service=s scope=repository:a/b:pull,push" },
                { "bearer REALM=\"https://a/t\"", "bearer realm=https://a/t" },
                { "Bearer realm=\"a\" , service=\"b\"\t,\tscope=c",
                  "bearer realm=a service=b scope=c" },
                { "Bearer realm = \"a\"", "bearer realm=a" },
                { "Basic realm=a, Bearer realm=b, service=c",
                  "basic realm=a; bearer realm=b service=c" },
                { "Basic, Bearer realm=b", "basic; bearer realm=b" },
                { "Negotiate", "negotiate" },
                { "Negotiate YII/+=, Basic realm=a", "negotiate; basic realm=a" },
                { "NTLM TlRMTVNTUAAB==", "ntlm" },
                { ", , Basic realm=a, ,", "basic realm=a" },
                { "Digest realm=\"a\", qop=\"auth,auth-int\"", "digest realm=a qop=auth,auth-int" },
                { "Basic realm=\"q\\\"\\\\e\"", "basic realm=q\"\\e" },
                { "Basic realm=\"\"", "basic realm=" },
                { "Basic realm=\"\xc3\xa9\"", "basic realm=\xc3\xa9" },
                { "", "" },
                { " \t,", "" },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                _cleanup_(fetch_challenges_done) FetchChallenges challenges = FETCH_CHALLENGES_NULL;
                _cleanup_(freep) char *text = NULL, *header = strdup(cases[i].header);
                char *headers[] = { header, NULL };

                print_message("# %s\n", cases[i].header);
                assert_int_equal(fetch_challenges_parse(headers, &challenges, NULL), 0);
                text = shown(&challenges);
                assert_string_equal(text, cases[i].want);
        }
}

static void reads_several_headers(void **state) {
        char one[] = "Basic realm=a", two[] = "Bearer realm=b";
        char *headers[] = { one, two, NULL };
        _cleanup_(fetch_challenges_done) FetchChallenges challenges = FETCH_CHALLENGES_NULL;

        (void) state;
        assert_int_equal(fetch_challenges_parse(headers, &challenges, NULL), 0);
        assert_int_equal(challenges.n, 2);
        assert_ptr_equal(fetch_challenges_find(&challenges, "bearer"), &challenges.items[1]);
        assert_null(fetch_challenges_find(&challenges, "digest"));
        fetch_challenges_done(&challenges);
        assert_int_equal(fetch_challenges_parse(NULL, &challenges, NULL), 0);
        assert_int_equal(challenges.n, 0);
}

static void refuses_what_is_malformed(void **state) {
        static const char *const cases[] = {
                "=",
                "Bearer ,realm=a", /* what is behind an empty element is another challenge */
                "\"Basic\"",
                "Basic realm=\"x",
                "Basic realm=\"x\\",
                "Basic realm=\"x\\\"",
                "Basic realm=\"a\nb\"",
                "Basic realm=\"a\x01\"",
                "Basic realm=\"a\x7f\"",
                "Basic realm=\"a\"b",
                "Basic realm=\"a\" b=c",
                "Basic realm=a b",
                "Basic realm=a, realm=b",
                "Basic realm=a, REALM=b",
                "Basic realm=,x=y",
                "Basic (x)",
                "Basic realm=@",
                "Basic realm a",
                "Bearer realm=a;service=b",
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                FetchChallenges challenges = FETCH_CHALLENGES_NULL;
                _cleanup_(freep) char *header = strdup(cases[i]);
                char *headers[] = { header, NULL };

                print_message("# %s\n", cases[i]);
                assert_int_equal(fetch_challenges_parse(headers, &challenges, NULL), -EBADMSG);
                assert_null(challenges.items);
        }
}

static void bounds_what_a_server_may_ask(void **state) {
        FetchChallenges challenges = FETCH_CHALLENGES_NULL;
        _cleanup_(freep) char *text = calloc(1, FETCH_CHALLENGE_LENGTH_MAX + 2);
        char *headers[] = { text, NULL };
        char *end = text;

        (void) state;
        for (unsigned i = 0; i <= FETCH_CHALLENGES_MAX; i++)
                end = stpcpy(end, "Basic,");
        assert_int_equal(fetch_challenges_parse(headers, &challenges, NULL), -ERANGE);

        end = stpcpy(text, "Basic ");
        for (unsigned i = 0; i <= FETCH_CHALLENGE_PARAMETERS_MAX; i++)
                end += sprintf(end, "a%u=b,", i);
        assert_int_equal(fetch_challenges_parse(headers, &challenges, NULL), -ERANGE);

        memset(text, ' ', FETCH_CHALLENGE_LENGTH_MAX + 1);
        assert_int_equal(fetch_challenges_parse(headers, &challenges, NULL), -ERANGE);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(reads_challenges),
                cmocka_unit_test(reads_several_headers),
                cmocka_unit_test(refuses_what_is_malformed),
                cmocka_unit_test(bounds_what_a_server_may_ask),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
