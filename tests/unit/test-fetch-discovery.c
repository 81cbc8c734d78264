/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <stdio.h>

#include "fetch-discovery.h"

#define PAGE(tags) "<html><head>" tags "</head><body></body></html>"
#define IMAGE(content) "<meta name=\"ac-discovery\" content=\"" content "\">"
#define KEY(content) "<meta name=\"ac-discovery-pubkeys\" content=\"" content "\">"
#define ALL "https://s.example/{name}-{version}-{os}-{arch}.{ext}"

/* What a page tells about a name: images, signatures and keys, each joined by ' '. */
static void finds_what_is_meant_for_a_name(void **state) {
        static const struct {
                const char *reference, *html, *images, *signatures, *keys;
        } cases[] = {
                { "example.com/myapp:1.0.0,os=linux,arch=amd64",
                  PAGE(IMAGE("example.com " ALL) KEY("example.com https://k.example/k.gpg")),
                  "https://s.example/example.com/myapp-1.0.0-linux-amd64.aci",
                  "https://s.example/example.com/myapp-1.0.0-linux-amd64.aci.asc",
                  "https://k.example/k.gpg" },
                /* Found by walking up: all of the name is in the URL. */
                { "example.com/myapp/foobar:1.0.0,os=linux,arch=amd64",
                  PAGE(IMAGE("example.com " ALL)),
                  "https://s.example/example.com/myapp/foobar-1.0.0-linux-amd64.aci",
                  "https://s.example/example.com/myapp/foobar-1.0.0-linux-amd64.aci.asc", "" },
                /* Only the template without os and arch can be filled. */
                { "example.com/myapp:1.0.0",
                  PAGE(IMAGE("example.com/myapp " ALL)
                               IMAGE("example.com https://s.example/{name}-{version}.{ext}")),
                  "https://s.example/example.com/myapp-1.0.0.aci",
                  "https://s.example/example.com/myapp-1.0.0.aci.asc", "" },
                /* Without a version it is the latest, and an empty one is none. */
                { "example.com/myapp", PAGE(IMAGE("example.com https://s/{name}-{version}.{ext}")),
                  "https://s/example.com/myapp-latest.aci",
                  "https://s/example.com/myapp-latest.aci.asc", "" },
                { "example.com/myapp:", PAGE(IMAGE("example.com https://s/{version}.{ext}")),
                  "https://s/latest.aci", "https://s/latest.aci.asc", "" },
                /* Three of them, in the page's order, whatever their scheme. */
                { "example.com/myapp:1.0.0,os=linux,arch=amd64",
                  PAGE(IMAGE("example.com " ALL) IMAGE("example.com hdfs://h/{name}.{ext}")
                               IMAGE("example.com/myapp https://m/{version}.{ext}")),
                  "https://s.example/example.com/myapp-1.0.0-linux-amd64.aci "
                  "hdfs://h/example.com/myapp.aci https://m/1.0.0.aci",
                  "https://s.example/example.com/myapp-1.0.0-linux-amd64.aci.asc "
                  "hdfs://h/example.com/myapp.aci.asc https://m/1.0.0.aci.asc",
                  "" },
                /* Without {ext} both are the same: whoever fetches sees. */
                { "a.b/c", PAGE(IMAGE("a.b https://s/x")), "https://s/x", "https://s/x", "" },
                /* A key's URL is no template. */
                { "a.b/c", PAGE(KEY("a.b https://s/{name}")), "", "", "https://s/{name}" },
                /* Values may look like templates; they are not filled again. */
                { "a.b/c:{ext}", PAGE(IMAGE("a.b https://s/{version}")), "https://s/{ext}",
                  "https://s/{ext}", "" },
                { "a.b/c", PAGE(IMAGE("a.b \t\n  https://s/x.{ext}  ")), "https://s/x.aci",
                  "https://s/x.aci.asc", "" },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                _cleanup_(appc_reference_done) AppcReference reference = {};
                _cleanup_(fetch_discovered_done) FetchDiscovered found = FETCH_DISCOVERED_NULL;
                _cleanup_(freep) char *images = NULL, *signatures = NULL, *keys = NULL;

                print_message("# %zu %s\n", i, cases[i].reference);
                assert_int_equal(appc_reference_parse(cases[i].reference, &reference, NULL), 0);
                assert_int_equal(fetch_discovery_parse(cases[i].html, strlen(cases[i].html),
                                                       &reference, &found, NULL),
                                 0);
                images = strv_join(found.images, " ");
                signatures = strv_join(found.signatures, " ");
                keys = strv_join(found.keys, " ");
                assert_string_equal(images, cases[i].images);
                assert_string_equal(signatures, cases[i].signatures);
                assert_string_equal(keys, cases[i].keys);
        }
}

static void passes_over_what_is_not(void **state) {
        static const char *const cases[] = {
                PAGE(IMAGE("example.community https://s/x.{ext}")),
                PAGE(IMAGE("example.co https://s/x.{ext}")),
                PAGE(IMAGE("example.com/my https://s/x.{ext}")),
                PAGE(IMAGE("example.com/myapp/deeper https://s/x.{ext}")),
                PAGE(IMAGE("other.org https://s/x.{ext}")),
                PAGE(IMAGE("Example.com https://s/x.{ext}")),
                PAGE(IMAGE("example.com")),
                PAGE(IMAGE("example.com ")),
                PAGE(IMAGE("https://s/x.{ext}")),
                PAGE(IMAGE("example.com https://s/{nosuch}.{ext}")),
                PAGE(IMAGE("example.com https://s/{name")),
                PAGE(IMAGE("example.com https://s/{}.{ext}")),
                PAGE(IMAGE("example.com https://s/{{name}}.{ext}")),
                PAGE("<meta name=\"ac-discover\" content=\"example.com https://s/x\">"),
                PAGE("<meta name=\"AC-DISCOVERY\" content=\"example.com https://s/x\">"),
                PAGE("<meta name=\"ac-discovery-pubkey\" content=\"example.com https://s/x\">"),
                PAGE("<meta property=\"ac-discovery\" content=\"example.com https://s/x\">"),
                "<!--" PAGE(IMAGE("example.com https://s/x.{ext}")) "-->",
        };
        _cleanup_(appc_reference_done) AppcReference reference = {};

        (void) state;
        assert_int_equal(appc_reference_parse("example.com/myapp", &reference, NULL), 0);
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                _cleanup_(fetch_discovered_done) FetchDiscovered found = FETCH_DISCOVERED_NULL;

                print_message("# %s\n", cases[i]);
                assert_int_equal(
                        fetch_discovery_parse(cases[i], strlen(cases[i]), &reference, &found, NULL),
                        0);
                assert_null(found.images);
                assert_null(found.signatures);
                assert_null(found.keys);
        }
}

static void walks_up_to_the_host(void **state) {
        static const struct {
                const char *name, *want;
        } cases[] = {
                { "example.com/a/b", "example.com/a/b example.com/a example.com" },
                { "example.com", "example.com" },
                { "a/b//c", "a/b//c a/b/ a/b a" },
        };
        _cleanup_(freep) char *deep = malloc(2 * (FETCH_DISCOVERY_DEPTH_MAX + 2));
        Strv prefixes = NULL;

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                _cleanup_(strv_freep) Strv list = NULL;
                _cleanup_(freep) char *joined = NULL;

                assert_int_equal(fetch_discovery_prefixes(cases[i].name, &list, NULL), 0);
                joined = strv_join(list, " ");
                assert_string_equal(joined, cases[i].want);
        }
        for (size_t i = 0; i < FETCH_DISCOVERY_DEPTH_MAX + 1; i++)
                memcpy(deep + 2 * i, "a/", 2);
        memcpy(deep + 2 * (FETCH_DISCOVERY_DEPTH_MAX + 1), "a", 2);
        assert_int_equal(fetch_discovery_prefixes(deep, &prefixes, NULL), -ERANGE);
}

/* security B03 */
static void b03_a_prefix_ends_at_a_slash(void **state) {
        static const struct {
                const char *prefix, *name;
                bool want;
        } cases[] = {
                { "example.com", "example.com", true },
                { "example.com", "example.com/a", true },
                { "example.com/a", "example.com/a/b", true },
                { "example.com/", "example.com/a", true },
                { "example.com", "example.com.evil", false },
                { "example.com", "example.community/a", false },
                { "example.com/a", "example.com/ab", false },
                { "example.com/a/b", "example.com/a", false },
                { "", "example.com", false },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                print_message("# %s %s\n", cases[i].prefix, cases[i].name);
                assert_int_equal(fetch_prefix_matches(cases[i].prefix, cases[i].name),
                                 cases[i].want);
        }
}

static void asks_the_host_of_the_name(void **state) {
        _cleanup_(freep) char *secure = fetch_discovery_url("example.com/a", true);
        _cleanup_(freep) char *plain = fetch_discovery_url("example.com/a", false);

        (void) state;
        assert_string_equal(secure, "https://example.com/a?ac-discovery=1");
        assert_string_equal(plain, "http://example.com/a?ac-discovery=1");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(finds_what_is_meant_for_a_name),
                cmocka_unit_test(passes_over_what_is_not),
                cmocka_unit_test(walks_up_to_the_host),
                cmocka_unit_test(b03_a_prefix_ends_at_a_slash),
                cmocka_unit_test(asks_the_host_of_the_name),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
