/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "cleanup.h"
#include "fetch-refusal.h"
#include "text.h"

static void shows_what_a_registry_says(void **state) {
        static const struct {
                const char *body, *want;
        } cases[] = {
                { NULL, NULL },
                { "", NULL },
                { "{\"errors\":[{\"code\":\"DENIED\",\"message\":\"no\"}]}", "DENIED: no" },
                { "{\"errors\":[{\"code\":\"A\",\"message\":\"b\"},{\"code\":\"C\"}]}", "A: b" },
                { "{\"errors\":[{\"code\":\"DENIED\"}]}", "DENIED" },
                { "{\"errors\":[{\"message\":\"no\",\"detail\":{}}]}", "no" },
                { "{\"errors\":[{\"code\":1,\"message\":\"no\"}]}", NULL },
                { "{\"errors\":[{\"code\":\"\",\"message\":\"\"}]}", NULL },
                { "{\"errors\":[{\"code\":\"\",\"message\":\"no\"}]}", "no" },
                { "{\"errors\":[]}", NULL },
                { "{\"errors\":[1]}", NULL },
                { "{\"errors\":{}}", NULL },
                { "{\"errors\":null}", NULL },
                { "{}", NULL },
                { "[]", NULL },
                { "\"text\"", NULL },
                { "{\"errors\":[{\"code\":\"CUT", NULL },
                { "no such thing\r\nand more", "no such thing" },
                { "<html>not here</html>", NULL },
                { "\nlater", NULL },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                _cleanup_(freep) char *text = fetch_refusal_text(cases[i].body);

                print_message("# %s\n", cases[i].body);
                assert_true(text_equal(text, cases[i].want));
        }
}

static void shows_no_more_than_a_line(void **state) {
        char body[4096];
        _cleanup_(freep) char *plain = NULL, *json = NULL;

        (void) state;
        memset(body, 'x', sizeof(body) - 1);
        body[sizeof(body) - 1] = '\0';
        plain = fetch_refusal_text(body);
        assert_null(plain);
        memcpy(body, "{\"errors\":[{\"message\":\"", 23);
        memcpy(body + sizeof(body) - 6, "\"}]} ", 5);
        json = fetch_refusal_text(body);
        assert_int_equal(strlen(json), FETCH_REFUSAL_SIZE_MAX);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(shows_what_a_registry_says),
                cmocka_unit_test(shows_no_more_than_a_line),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
