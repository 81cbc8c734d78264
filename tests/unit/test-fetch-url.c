/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "fetch-url.h"
#include "text.h"

static void takes_urls_apart(void **state) {
        static const struct {
                const char *text;
                bool secure;
                const char *host;
                uint16_t port;
                const char *path, *authority, *again;
        } cases[] = {
                { "https://example.com/a.aci", true, "example.com", 0, "/a.aci", "example.com",
                  "https://example.com/a.aci" },
                { "http://example.com", false, "example.com", 0, "/", "example.com",
                  "http://example.com/" },
                { "HTTPS://EXAMPLE.com/A", true, "example.com", 0, "/A", "example.com",
                  "https://example.com/A" },
                { "https://example.com:8443?x=1", true, "example.com", 8443, "/?x=1",
                  "example.com:8443", "https://example.com:8443/?x=1" },
                { "https://example.com:443/", true, "example.com", 443, "/", "example.com:443",
                  "https://example.com:443/" },
                { "https://example.com/a?b#c", true, "example.com", 0, "/a?b", "example.com",
                  "https://example.com/a?b" },
                { "https://example.com#c", true, "example.com", 0, "/", "example.com",
                  "https://example.com/" },
                { "http://[2001:DB8::1]:80/", false, "[2001:db8::1]", 80, "/", "[2001:db8::1]:80",
                  "http://[2001:db8::1]:80/" },
                { "http://[::1]/", false, "[::1]", 0, "/", "[::1]", "http://[::1]/" },
                { "http://a_b.local/", false, "a_b.local", 0, "/", "a_b.local",
                  "http://a_b.local/" },
                { "https://h/%2e%2e/@:", true, "h", 0, "/%2e%2e/@:", "h", "https://h/%2e%2e/@:" },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                _cleanup_(fetch_url_done) FetchUrl url = FETCH_URL_NULL;
                _cleanup_(freep) char *authority = NULL, *again = NULL;

                print_message("# %s\n", cases[i].text);
                assert_int_equal(fetch_url_parse(cases[i].text, &url, NULL), 0);
                assert_int_equal(url.secure, cases[i].secure);
                assert_string_equal(url.host, cases[i].host);
                assert_int_equal(url.port, cases[i].port);
                assert_string_equal(url.path, cases[i].path);
                authority = fetch_url_authority(&url);
                assert_string_equal(authority, cases[i].authority);
                again = fetch_url_format(&url);
                assert_string_equal(again, cases[i].again);
        }
}

static void refuses_what_readers_take_apart_differently(void **state) {
        static const char *const cases[] = {
                "",
                "example.com/a",
                "//example.com/a",
                "ftp://example.com/",
                "file:///etc/passwd",
                "https:/example.com/",
                "https:///a",
                "https://",
                "https://:80/",
                "https://?x",
                "https://user@example.com/",
                "https://user:pass@example.com/",
                "https://good.example\\@evil.example/",
                "https://good.example%2eevil.example/",
                "https://example.com:0/",
                "https://example.com:65536/",
                "https://example.com:/",
                "https://example.com:80:80/",
                "https://example.com:+80/",
                "https://exa mple.com/",
                "https://example.com/a b",
                "https://example.com/a\tb",
                "https://example.com/\r\nHost: evil",
                "https://example.com/\x7f",
                "https://ex\xc3\xa4mple.com/",
                "https://example.com/{name}",
                "https://example.com/a|b",
                "https://-example.com/",
                "https://example.com./",
                "https://example..com/",
                "https://.example.com/",
                "https://[::1/",
                "https://[::g]/",
                "https://[]/",
                "https://[::1]x/",
                "https://::1/",
                "https://[fe80::1%25eth0]/",
                " https://example.com/",
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                FetchUrl url = FETCH_URL_NULL;

                print_message("# %s\n", cases[i]);
                assert_int_equal(fetch_url_parse(cases[i], &url, NULL), -EINVAL);
                assert_null(url.host);
        }
}

static void refuses_what_is_too_long(void **state) {
        _cleanup_(freep) char *text = malloc(FETCH_URL_LENGTH_MAX + 2);
        FetchUrl url = FETCH_URL_NULL;

        (void) state;
        memset(text, 'a', FETCH_URL_LENGTH_MAX + 1);
        memcpy(text, "https://h/", 10);
        text[FETCH_URL_LENGTH_MAX + 1] = '\0';
        assert_int_equal(fetch_url_parse(text, &url, NULL), -EINVAL);
        text[FETCH_URL_LENGTH_MAX] = '\0';
        assert_int_equal(fetch_url_parse(text, &url, NULL), 0);
        fetch_url_done(&url);
}

static void puts_the_signature_beside_the_image(void **state) {
        static const struct {
                const char *url, *want;
        } cases[] = {
                { "https://h/a.aci", "https://h/a.aci.asc" },
                { "https://h/a.aci?x=1&y=.aci", "https://h/a.aci.asc?x=1&y=.aci" },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                _cleanup_(freep) char *url = fetch_url_signature(cases[i].url);

                assert_string_equal(url, cases[i].want);
        }
        assert_true(fetch_url_path_ends_with("https://h/a.aci", ".aci"));
        assert_true(fetch_url_path_ends_with("https://h/a.aci?x", ".aci"));
        assert_false(fetch_url_path_ends_with("https://h/a?x.aci", ".aci"));
        assert_false(fetch_url_path_ends_with("aci", ".aci"));
}

static void escapes_what_a_query_would_misread(void **state) {
        static const struct {
                const char *text, *want;
        } cases[] = {
                { "", "" },
                { "plain-._~09azAZ", "plain-._~09azAZ" },
                { "repository:a/b:pull,push", "repository%3Aa%2Fb%3Apull%2Cpush" },
                { "a b&c=d#e?f%g+h", "a%20b%26c%3Dd%23e%3Ff%25g%2Bh" },
                { "\r\n\xff", "%0D%0A%FF" },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                _cleanup_(freep) char *escaped = fetch_url_escape(cases[i].text);

                assert_string_equal(escaped, cases[i].want);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(takes_urls_apart),
                cmocka_unit_test(refuses_what_readers_take_apart_differently),
                cmocka_unit_test(refuses_what_is_too_long),
                cmocka_unit_test(puts_the_signature_beside_the_image),
                cmocka_unit_test(escapes_what_a_query_would_misread),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
