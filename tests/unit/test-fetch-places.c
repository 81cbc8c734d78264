/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "fetch-places.h"

static FetchRegistryRules rules_of(const char *text) {
        _cleanup_(json_freep) Json *root = NULL;
        FetchRegistryRules rules = {};

        assert_int_equal(json_parse(text, strlen(text), &root, NULL), 0);
        assert_int_equal(fetch_registry_rules_read(root, &rules, NULL), 0);
        return rules;
}

/* "HOST REPOSITORY, ..." */
static void expect(const FetchRegistryRules *rules, const char *name, const char *want) {
        _cleanup_(oci_reference_done) OciReference reference = OCI_REFERENCE_NULL;
        _cleanup_(fetch_places_done) FetchPlaces places = FETCH_PLACES_NULL;
        _cleanup_(strv_freep) Strv list = NULL;
        _cleanup_(freep) char *text = NULL;

        print_message("# %s\n", name);
        assert_int_equal(oci_reference_parse(name, &reference, NULL), 0);
        assert_int_equal(fetch_places_list(rules, &reference, &places), 0);
        for (size_t i = 0; i < places.n; i++)
                assert_int_equal(strv_appendf(&list, "%s %s", places.items[i].host,
                                              places.items[i].repository),
                                 0);
        text = strv_join(list, ", ");
        assert_string_equal(text, want);
}

static void lists_mirrors_before_the_registry(void **state) {
        static const struct {
                const char *rules, *name, *want;
        } cases[] = {
                { "{\"registries\":[\"quay.io\"],\"mirrors\":[\"m.example.com\",\"n.example.com/quay\"]}",
                  "quay.io/a/b", "m.example.com a/b, n.example.com quay/a/b, quay.io a/b" },
                { "{\"registries\":[\"quay.io/a\"],\"mirrors\":[\"m.example.com/x\"]}",
                  "quay.io/a/b", "m.example.com x/b, quay.io a/b" },
                { "{\"registries\":[\"quay.io/a\"],\"mirrors\":[\"m.example.com\"]}",
                  "quay.io/ab/c", "quay.io ab/c" },
                { "{\"registries\":[\"quay.io/a\"],\"mirrors\":[\"m.example.com\"]}", "quay.io/a",
                  "quay.io a" }, /* no repository is left for it */
                { "{\"registries\":[\"quay.io/a\"],\"mirrors\":[\"m.example.com/x\"]}", "quay.io/a",
                  "m.example.com x, quay.io a" },
                { "{\"registries\":[\"docker.io\"],\"mirrors\":[\"m.example.com\"]}", "busybox",
                  "m.example.com library/busybox, registry-1.docker.io library/busybox" },
                { "{\"registries\":[\"quay.io\"]}", "quay.io/a/b", "quay.io a/b" },
                { "{\"registries\":[\"other.io\"],\"mirrors\":[\"m.example.com\"]}", "quay.io/a/b",
                  "quay.io a/b" },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                _cleanup_(fetch_registry_rules_done) FetchRegistryRules rules =
                        rules_of(cases[i].rules);

                expect(&rules, cases[i].name, cases[i].want);
        }
        expect(NULL, "quay.io/a/b", "quay.io a/b");
}

/* A mirror is dealt with by what is said about it, not about whom it stands for. */
static void gives_each_place_its_own_rule(void **state) {
        _cleanup_(fetch_registry_rules_done) FetchRegistryRules rules = rules_of(
                "{\"registries\":[\"quay.io\"],\"mirrors\":[\"m.example.com\"],\"insecure\":true}");
        _cleanup_(oci_reference_done) OciReference reference = OCI_REFERENCE_NULL;
        _cleanup_(fetch_places_done) FetchPlaces places = FETCH_PLACES_NULL;

        (void) state;
        assert_int_equal(oci_reference_parse("quay.io/a/b", &reference, NULL), 0);
        assert_int_equal(fetch_places_list(&rules, &reference, &places), 0);
        assert_int_equal(places.n, 2);
        assert_null(places.items[0].rule);
        assert_ptr_equal(places.items[1].rule, &rules.items[0]);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(lists_mirrors_before_the_registry),
                cmocka_unit_test(gives_each_place_its_own_rule),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
