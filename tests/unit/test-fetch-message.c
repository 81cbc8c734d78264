/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <stdio.h>

#include "fetch-message.h"

static void carries_a_request(void **state) {
        char accept[] = "Accept: a, b", none[] = "X-Y: z";
        char url[] = "https://h/x?\"<>&\\", secret[] = "Basic eDp5";
        char key[] = "K", word[] = "S", region[] = "R", form[] = "a=b&c", etag[] = "\"e\"";
        const FetchRequest request = {
                .id = 7,
                .url = url,
                .headers = (char *[]){ accept, none, NULL },
                .authorization = secret,
                .aws_key = key,
                .aws_secret = word,
                .aws_region = region,
                .form = form,
                .size = 12,
                .size_max = 100,
                .offset = 3,
                .validator = etag,
                .timeout_sec = 60,
                .stall_sec = 7,
                .attempts = 5,
                .plain = true,
                .has_key = true,
        };
        _cleanup_(freep) char *text = fetch_request_format(&request);
        _cleanup_(freep) char *again = NULL;
        _cleanup_(fetch_request_done) FetchRequest read = FETCH_REQUEST_NULL;

        (void) state;
        assert_int_equal(fetch_request_parse(text, strlen(text), &read, NULL), 0);
        again = fetch_request_format(&read);
        assert_string_equal(again, text);
        assert_string_equal(read.url, url);
        assert_string_equal(read.headers[1], "X-Y: z");
        assert_int_equal(read.size, 12);
        assert_true(read.plain);
        assert_false(read.insecure_tls);
        assert_true(read.has_key);
}

static void refuses_bad_requests(void **state) {
#define REST "\"timeout_sec\":1,\"attempts\":1"
        static const struct {
                const char *text;
                int want;
        } cases[] = {
                { "", -EBADMSG },
                { "{}", -EINVAL },
                { "{\"kind\":\"put\"}", -EINVAL },
                { "{\"kind\":\"get\"," REST "}", -EINVAL },
                { "{\"kind\":\"get\",\"url\":\"\"," REST "}", -EINVAL },
                { "{\"kind\":\"get\",\"url\":\"u\",\"attempts\":1}", -ERANGE },
                { "{\"kind\":\"get\",\"url\":\"u\",\"stall_sec\":0," REST "}", -ERANGE },
                { "{\"kind\":\"get\",\"url\":\"u\",\"timeout_sec\":1,\"attempts\":0}", -ERANGE },
                { "{\"kind\":\"get\",\"url\":\"u\",\"timeout_sec\":1,\"attempts\":101}", -ERANGE },
                { "{\"kind\":\"get\",\"url\":\"u\",\"size\":-2," REST "}", -ERANGE },
                { "{\"kind\":\"get\",\"url\":\"u\",\"offset\":1," REST "}", -ERANGE },
                { "{\"kind\":\"get\",\"url\":\"u\",\"size_max\":9223372036854775808," REST "}",
                  -ERANGE },
                { "{\"kind\":\"get\",\"url\":\"u\",\"size_max\":-1," REST "}", -ERANGE },
                { "{\"kind\":\"get\",\"url\":\"u\",\"headers\":\"a\"," REST "}", -EINVAL },
                { "{\"kind\":\"get\",\"url\":\"u\",\"headers\":[\"a\\nb\"]," REST "}", -EINVAL },
                { "{\"kind\":\"get\",\"url\":\"u\",\"authorization\":\"a\\r\\nb\"," REST "}",
                  -EINVAL },
                { "{\"kind\":\"get\",\"url\":\"u\",\"validator\":\"\\u0000\"," REST "}", -EBADMSG },
                { "{\"kind\":\"get\",\"url\":\"u\",\"aws_key\":\"a\"," REST "}", -EINVAL },
                { "{\"kind\":\"get\",\"url\":\"u\",\"plain\":1," REST "}", -EINVAL },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                FetchRequest request = FETCH_REQUEST_NULL;

                print_message("# %s\n", cases[i].text);
                assert_int_equal(
                        fetch_request_parse(cases[i].text, strlen(cases[i].text), &request, NULL),
                        cases[i].want);
                assert_null(request.url);
        }
}

static void carries_an_event(void **state) {
        char url[] = "https://h/", text[] = "no such host \"h\"", basic[] = "Basic realm=\"x\"";
        const FetchEvent event = {
                .id = 7,
                .kind = FETCH_EVENT_DONE,
                .status = 401,
                .received = 12,
                .total = FETCH_SIZE_UNKNOWN,
                .error = -ECONNRESET,
                .text = text,
                .url = url,
                .authenticate = (char *[]){ basic, NULL },
        };
        _cleanup_(freep) char *message = fetch_event_format(&event);
        _cleanup_(freep) char *again = NULL;
        _cleanup_(fetch_event_done) FetchEvent read = FETCH_EVENT_NULL;

        (void) state;
        assert_int_equal(fetch_event_parse(message, strlen(message), &read, NULL), 0);
        again = fetch_event_format(&read);
        assert_string_equal(again, message);
        assert_int_equal(read.kind, FETCH_EVENT_DONE);
        assert_int_equal(read.error, -ECONNRESET);
        assert_string_equal(read.text, text);
        assert_null(read.etag);
}

static void refuses_bad_events(void **state) {
        static const struct {
                const char *text;
                int want;
        } cases[] = {
                { "", -EBADMSG },
                { "{}", -EINVAL },
                { "[]", -EINVAL },
                { "{\"kind\":\"get\"}", -EINVAL },
                { "{\"kind\":\"done\"}", -EINVAL },
                { "{\"kind\":\"done\",\"status\":1000}", -ERANGE },
                { "{\"kind\":\"done\",\"status\":200,\"error\":1}", -ERANGE },
                { "{\"kind\":\"done\",\"status\":200,\"error\":-9999}", -ERANGE },
                { "{\"kind\":\"head\",\"total\":-2}", -ERANGE },
                { "{\"kind\":\"head\",\"received\":9223372036854775808}", -ERANGE },
                { "{\"kind\":\"retry\",\"wait_msec\":4294967296}", -ERANGE },
                { "{\"kind\":\"head\",\"etag\":7}", -EINVAL },
                { "{\"kind\":\"head\",\"id\":-1}", -ERANGE },
                { "{\"kind\":\"head\",\"authenticate\":[7]}", -EINVAL },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                FetchEvent event = FETCH_EVENT_NULL;

                print_message("# %s\n", cases[i].text);
                assert_int_equal(
                        fetch_event_parse(cases[i].text, strlen(cases[i].text), &event, NULL),
                        cases[i].want);
                assert_null(event.etag);
        }
}

static void refuses_what_is_too_long(void **state) {
        _cleanup_(freep) char *text = malloc(FETCH_MESSAGE_MAX + 1);
        FetchRequest request = FETCH_REQUEST_NULL;
        FetchEvent event = FETCH_EVENT_NULL;

        (void) state;
        memset(text, ' ', FETCH_MESSAGE_MAX + 1);
        assert_int_equal(fetch_request_parse(text, FETCH_MESSAGE_MAX + 1, &request, NULL),
                         -EMSGSIZE);
        assert_int_equal(fetch_event_parse(text, FETCH_MESSAGE_MAX + 1, &event, NULL), -EMSGSIZE);
}

static void carries_a_cancellation(void **state) {
        _cleanup_(freep) char *text = fetch_cancel_format(1234567);
        uint64_t id = 0;

        (void) state;
        assert_true(fetch_cancel_parse(text, strlen(text), &id));
        assert_true(id == 1234567);
        assert_false(fetch_cancel_parse("{\"kind\":\"cancel\"}", 17, &id));
        assert_false(fetch_cancel_parse("{\"kind\":\"get\",\"id\":1}", 21, &id));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(carries_a_request),
                cmocka_unit_test(refuses_bad_requests),
                cmocka_unit_test(carries_an_event),
                cmocka_unit_test(refuses_bad_events),
                cmocka_unit_test(refuses_what_is_too_long),
                cmocka_unit_test(carries_a_cancellation),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
