/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "transport-answer.h"

/* Feeds lines that are separated by '|'. */
static int feed(const char *text, TransportAnswer *answer) {
        int r = 0;

        for (const char *line = text; *line && r >= 0;) {
                size_t n = strcspn(line, "|");
                char *whole = NULL;

                assert_true(asprintf(&whole, "%.*s\r\n", (int) n, line) > 0);
                r = transport_answer_line(answer, whole, strlen(whole), NULL);
                free(whole);
                line += n + (line[n] == '|');
        }
        return r;
}

static void reads_statuses(void **state) {
        static const struct {
                const char *head;
                unsigned status;
        } cases[] = {
                { "HTTP/1.1 200 OK", 200 },
                { "HTTP/2 404", 404 },
                { "HTTP/1.1 100 Continue||HTTP/1.1 206 Partial", 206 },
                { "HTTP/1.1 200 OK|HTTP/1.1 ", 0 },
                { "HTTP/1.1 20", 0 },
                { "HTTP/1.1 2x0 OK", 0 },
                { "HTTP/1.1 -20 OK", 0 },
                { "HTTP/1.1", 0 },
                { "ICY 200 OK", 0 },
                { "", 0 },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                _cleanup_(transport_answer_done) TransportAnswer answer = {};

                print_message("# %s\n", cases[i].head);
                assert_int_equal(feed(cases[i].head, &answer), 0);
                assert_int_equal(answer.status, cases[i].status);
        }
}

static void keeps_the_headers_that_decide_something(void **state) {
        _cleanup_(transport_answer_done) TransportAnswer answer = {};

        (void) state;
        assert_int_equal(feed("HTTP/1.1 200 OK|content-type: text/plain |ETAG:\"a\"|ETag: \"b\"|"
                              "Content-Length: 12|WWW-Authenticate: Basic realm=\"x\"|"
                              "www-authenticate: Bearer y=z|Set-Cookie: c=d|X: y|",
                              &answer),
                         0);
        assert_string_equal(answer.type, "text/plain");
        assert_string_equal(answer.etag, "\"a\""); /* the first of two */
        assert_true(answer.has_length);
        assert_int_equal(answer.length, 12);
        assert_int_equal(strv_length(answer.authenticate), 2);
        assert_null(answer.last_modified);
        assert_int_equal(feed("HTTP/1.1 404 no", &answer), 0);
        assert_null(answer.type); /* of another answer */
        assert_false(answer.has_length);
        assert_int_equal(strv_length(answer.authenticate), 0);
}

static void passes_over_what_no_header_may_be(void **state) {
        static const char *const heads[] = {
                "HTTP/1.1 200 OK|ETag",
                "HTTP/1.1 200 OK|ETag \"a\"",
                "HTTP/1.1 200 OK|ETag: \"a\x01\"",
                "HTTP/1.1 200 OK|ETag: \"\xc3\xa4\"",
                "HTTP/1.1 200 OK| ETag: \"a\"",
        };
        char nul[] = "ETag: \"a\0b\"\r\n";

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(heads); i++) {
                _cleanup_(transport_answer_done) TransportAnswer answer = {};

                print_message("# %s\n", heads[i]);
                assert_int_equal(feed(heads[i], &answer), 0);
                assert_int_equal(answer.status, 200);
                assert_null(answer.etag);
                assert_false(answer.has_length);
                assert_int_equal(transport_answer_line(&answer, nul, sizeof(nul) - 1, NULL), 0);
                assert_null(answer.etag);
        }
}

static void a13_refuses_what_has_no_length_or_two(void **state) {
        static const struct {
                const char *head;
                int want;
        } cases[] = {
                { "HTTP/1.1 200 OK|Content-Length: -1", -EBADMSG },
                { "HTTP/1.1 200 OK|Content-Length: 1x", -EBADMSG },
                { "HTTP/1.1 200 OK|Content-Length: 99999999999999999999", -EBADMSG },
                { "HTTP/1.1 200 OK|Content-Length:", -EBADMSG },
                { "HTTP/1.1 200 OK|Content-Length: 1|Content-Length: 2", -EBADMSG },
                { "HTTP/1.1 200 OK|Content-Length: 1|content-length: 1", 0 },
                { "HTTP/1.1 302 Found|Content-Length: 1||HTTP/1.1 200 OK|Content-Length: 2", 0 },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                _cleanup_(transport_answer_done) TransportAnswer answer = {};

                print_message("# %s\n", cases[i].head);
                assert_int_equal(feed(cases[i].head, &answer), cases[i].want);
        }
}

static void bounds_what_it_keeps(void **state) {
        _cleanup_(transport_answer_done) TransportAnswer answer = {};
        char line[5000];
        int r = 0;

        (void) state;
        memset(line, 'x', sizeof(line));
        memcpy(line, "ETag: ", 6);
        assert_int_equal(transport_answer_line(&answer, line, sizeof(line), NULL), 0);
        assert_null(answer.etag);
        for (unsigned i = 0; i < 100; i++)
                assert_int_equal(feed("WWW-Authenticate: Basic", &answer), 0);
        assert_true(strv_length(answer.authenticate) <= 16);
        /* Beginning another answer is no way around the limit. */
        for (unsigned i = 0; i < 100 && r >= 0; i++) {
                r = feed("HTTP/1.1 100 Continue", &answer);
                if (r >= 0)
                        r = transport_answer_line(&answer, line, sizeof(line), NULL);
        }
        assert_int_equal(r, -EMSGSIZE);
}

static void knows_what_statuses_mean(void **state) {
        static const struct {
                unsigned status;
                bool wanted, passing, redirect;
        } cases[] = {
                { 200, true, false, false },  { 206, true, false, false },
                { 201, false, false, false }, { 202, false, false, false },
                { 204, false, false, false }, { 300, false, false, false },
                { 301, false, false, true },  { 302, false, false, true },
                { 303, false, false, true },  { 304, false, false, false },
                { 307, false, false, true },  { 308, false, false, true },
                { 401, false, false, false }, { 404, false, false, false },
                { 408, false, true, false },  { 429, false, true, false },
                { 500, false, true, false },  { 501, false, false, false },
                { 503, false, true, false },  { 0, false, false, false },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                const TransportAnswer answer = { .status = cases[i].status };

                print_message("# %u\n", cases[i].status);
                assert_int_equal(transport_answer_is_wanted(&answer), cases[i].wanted);
                assert_int_equal(transport_answer_is_passing(&answer), cases[i].passing);
                assert_int_equal(transport_answer_is_redirect(&answer), cases[i].redirect);
        }
}

static void knows_where_a_part_belongs(void **state) {
        static const struct {
                const char *head, *validator;
                int want;
                uint64_t first;
        } cases[] = {
                { "HTTP/1.1 200 OK|ETag: \"a\"", "\"a\"", 0, 0 },
                { "HTTP/1.1 200 OK|ETag: W/\"a\"", NULL, 0, 0 },
                { "HTTP/1.1 200 OK|ETag: W/\"a\"|Last-Modified: Sun, 06 Nov 1994 08:49:37 GMT",
                  "Sun, 06 Nov 1994 08:49:37 GMT", 0, 0 },
                { "HTTP/1.1 200 OK|Last-Modified: yesterday", NULL, 0, 0 },
                { "HTTP/1.1 200 OK|Content-Range: bytes 5-9/10", NULL, 0, 0 },
                { "HTTP/1.1 206 OK|Content-Range: bytes 5-9/10", NULL, 0, 5 },
                { "HTTP/1.1 206 OK", NULL, -EBADMSG, 0 },
                { "HTTP/1.1 206 OK|Content-Range: bytes 9-5/10", NULL, -EBADMSG, 0 },
                { "HTTP/1.1 206 OK|Content-Range: bytes */10", NULL, -EBADMSG, 0 },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                _cleanup_(transport_answer_done) TransportAnswer answer = {};
                uint64_t first = 0;

                print_message("# %s\n", cases[i].head);
                assert_int_equal(feed(cases[i].head, &answer), 0);
                assert_int_equal(transport_answer_first(&answer, &first, NULL), cases[i].want);
                assert_int_equal(first, cases[i].first);
                assert_true(text_equal(transport_answer_validator(&answer), cases[i].validator));
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(reads_statuses),
                cmocka_unit_test(keeps_the_headers_that_decide_something),
                cmocka_unit_test(passes_over_what_no_header_may_be),
                cmocka_unit_test(a13_refuses_what_has_no_length_or_two),
                cmocka_unit_test(bounds_what_it_keeps),
                cmocka_unit_test(knows_what_statuses_mean),
                cmocka_unit_test(knows_where_a_part_belongs),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
