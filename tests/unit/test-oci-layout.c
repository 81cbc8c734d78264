/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <stdio.h>

#include "oci-document.h"
#include "oci-layout.h"

#define H64 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define ENTRY(type, annotations)                                                \
        "{\"mediaType\":\"" type "\",\"digest\":\"sha256:" H64 "\",\"size\":1," \
        "\"annotations\":{" annotations "}}"
#define REF(name) "\"org.opencontainers.image.ref.name\":\"" name "\""
#define FULL(name) "\"io.containerd.image.name\":\"" name "\""
#define M OCI_MEDIA_OCI_MANIFEST
#define INDEX(entries) "{\"schemaVersion\":2,\"manifests\":[" entries "]}"

static void checks_the_mark_of_a_layout(void **state) {
        static const struct {
                const char *text;
                int want;
        } cases[] = {
                { OCI_LAYOUT_TEXT, 0 },
                { OCI_LAYOUT_TEXT "\n", 0 },
                { "{\"imageLayoutVersion\": \"1.0.0\", \"more\": 1}", 0 },
                { "", -EBADMSG },
                { "1.0.0", -EBADMSG },
                { OCI_LAYOUT_TEXT OCI_LAYOUT_TEXT, -EBADMSG },
                { "[]", -EINVAL },
                { "{}", -EINVAL },
                { "{\"imageLayoutVersion\":null}", -EINVAL },
                { "{\"imageLayoutVersion\":1}", -EINVAL },
                { "{\"ImageLayoutVersion\":\"1.0.0\"}", -EINVAL },
                { "{\"imageLayoutVersion\":\"\"}", -EOPNOTSUPP },
                { "{\"imageLayoutVersion\":\"1.0\"}", -EOPNOTSUPP },
                { "{\"imageLayoutVersion\":\"2.0.0\"}", -EOPNOTSUPP },
        };
        char large[OCI_LAYOUT_SIZE_MAX + 1];

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                print_message("# %s\n", cases[i].text);
                assert_int_equal(oci_layout_check(cases[i].text, strlen(cases[i].text), NULL),
                                 cases[i].want);
        }
        memset(large, ' ', sizeof(large));
        memcpy(large, OCI_LAYOUT_TEXT, strlen(OCI_LAYOUT_TEXT));
        assert_int_equal(oci_layout_check(large, sizeof(large) - 1, NULL), 0);
        assert_int_equal(oci_layout_check(large, sizeof(large), NULL), -EMSGSIZE);
}

static void finds_the_image_that_is_meant(void **state) {
        static const char one[] = INDEX(ENTRY(M, REF("latest")));
        /* clang-format off */
        static const char several[] = INDEX(
                ENTRY(M, REF("a")) ","
                ENTRY(OCI_MEDIA_OCI_INDEX, REF("b")) ","
                ENTRY("application/vnd.docker.distribution.manifest.v2+json",
                      REF("c") "," FULL("x.y/c:c")) ","
                ENTRY(OCI_MEDIA_OCI_CONFIG, REF("d")) ","
                ENTRY(M, REF("b")) ","
                ENTRY(M, FULL("a")) ","
                ENTRY(M, REF("@0")) ","
                ENTRY(M, ""));
        /* clang-format on */
        static const struct {
                const char *index, *selector;
                int want; /* number, or error */
        } cases[] = {
                { one, NULL, 0 },
                { one, "latest", 0 },
                { one, "@0", 0 },
                { several, "a", 0 },
                { several, "b", 1 },
                { several, "c", 2 },
                { several, "x.y/c:c", 2 },
                { several, "@7", 7 },
                { several, "d", -EOPNOTSUPP },
                { several, "@3", -EOPNOTSUPP },
                { several, NULL, -EINVAL },
                { several, "@8", -ENOENT },
                { several, "@", -EINVAL },
                { several, "@-1", -EINVAL },
                { several, "@+1", -EINVAL },
                { several, "@1 ", -EINVAL },
                { several, "@0x1", -EINVAL },
                { several, "@18446744073709551616", -EINVAL },
                { several, "", -ENOENT },
                { several, "A", -ENOENT },
                { several, "a:latest", -ENOENT },
                { INDEX(""), NULL, -ENOENT },
                { INDEX(""), "a", -ENOENT },
                { INDEX(""), "@0", -ENOENT },
                { INDEX(ENTRY("application/vnd.x", "")), NULL, -EOPNOTSUPP },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                _cleanup_(oci_document_done) OciDocument document = OCI_DOCUMENT_NULL;
                _cleanup_(error_done) Error e = ERROR_NULL;
                const OciDescriptor *found = NULL;
                int r = 0;

                print_message("# %s\n", cases[i].selector ? cases[i].selector : "(none)");
                assert_int_equal(oci_document_parse(cases[i].index, strlen(cases[i].index),
                                                    OCI_MEDIA_OCI_INDEX, &document, NULL),
                                 0);
                r = oci_layout_select(document.index, cases[i].selector, &found, &e);
                if (cases[i].want < 0) {
                        assert_int_equal(r, cases[i].want);
                        assert_non_null(error_cause(&e));
                        assert_null(found);
                } else {
                        assert_int_equal(r, 0);
                        assert_int_equal(found - document.index->entries.items, cases[i].want);
                }
        }
}

static void checks_names_it_will_write(void **state) {
        static const struct {
                const char *name;
                bool want;
        } cases[] = {
                { "latest", true },
                { "v1.0-rc.1", true },
                { "a--b", true },
                { "example.com/app:1.0", true },
                { "a@b+c_d", true },
                { "A/B/C", true },
                { "", false },
                { "/", false },
                { "a/", false },
                { "/a", false },
                { "a//b", false },
                { "a---b", false },
                { "a..b", false },
                { "a-/b", false },
                { "-a", false },
                { "a-", false },
                { "a--", false },
                { "@0", false },
                { "a b", false },
                { "a\n", false },
                { "../a", false },
                { "[::1]/a", false },
                { "caf\xc3\xa9", false },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                print_message("# %s\n", cases[i].name);
                assert_int_equal(oci_ref_name_is_valid(cases[i].name), cases[i].want);
        }
}

static void reads_hints_of_names(void **state) {
        static const struct {
                const char *text, *repository, *tag;
                int want;
        } cases[] = {
                { "latest", NULL, "latest", 0 },
                { "1.0", NULL, "1.0", 0 },
                { "V1", NULL, "V1", 0 },
                { "busybox:latest", "busybox", "latest", 0 },
                { "foo/bar", "foo/bar", NULL, 0 },
                { "x.y:80/foo/bar", "x.y:80/foo/bar", NULL, 0 },
                { "x.y:80/foo/bar:1", "x.y:80/foo/bar", "1", 0 },
                { "docker.io/library/busybox:1", "docker.io/library/busybox", "1", 0 },
                { "a/b@sha256:" H64, "a/b", NULL, 0 },
                { "a/b:1@sha256:" H64, "a/b", "1", 0 },
                { "a@sha256:" H64, "a", NULL, 0 },
                { "", NULL, NULL, -EINVAL },
                { ":", NULL, NULL, -EINVAL },
                { "a:", NULL, NULL, -EINVAL },
                { "../a:1", NULL, NULL, -EINVAL },
                { "Foo/Bar", NULL, NULL, -EINVAL },
                { "a b", NULL, NULL, -EINVAL },
                { "-a", NULL, NULL, -EINVAL },
                { "<none>:<none>", NULL, NULL, -EINVAL },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                _cleanup_(oci_hint_done) OciHint hint = OCI_HINT_NULL;

                print_message("# %s\n", cases[i].text);
                assert_int_equal(oci_hint_parse(cases[i].text, &hint, NULL), cases[i].want);
                assert_true(text_equal(hint.repository, cases[i].repository));
                assert_true(text_equal(hint.tag, cases[i].tag));
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(checks_the_mark_of_a_layout),
                cmocka_unit_test(finds_the_image_that_is_meant),
                cmocka_unit_test(checks_names_it_will_write),
                cmocka_unit_test(reads_hints_of_names),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
