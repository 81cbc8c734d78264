/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <stdio.h>

#include "oci-reference.h"
#include "text.h"

#define HUB OCI_REGISTRY_DEFAULT
#define H64 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define SHA "sha256:" H64
#define A64 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define A128 A64 A64

static void takes_references_apart(void **state) {
        static const struct {
                const char *text, *registry, *repository, *tag, *digest, *display;
        } cases[] = {
                { "busybox", HUB, "library/busybox", "latest", "", "busybox" },
                { "busybox:latest", HUB, "library/busybox", "latest", "", "busybox" },
                { "busybox:1.36", HUB, "library/busybox", "1.36", "", "busybox:1.36" },
                { "library/busybox", HUB, "library/busybox", "latest", "", "busybox" },
                { "docker.io/busybox", HUB, "library/busybox", "latest", "", "busybox" },
                { "index.docker.io/busybox", HUB, "library/busybox", "latest", "", "busybox" },
                { HUB "/busybox", HUB, "library/busybox", "latest", "", "busybox" },
                { "foo/bar", HUB, "foo/bar", "latest", "", "foo/bar" },
                { "library/a/b", HUB, "library/a/b", "latest", "", "library/a/b" },
                { "foo.bar", HUB, "library/foo.bar", "latest", "", "foo.bar" },
                { "docker.io/foo.bar/x", HUB, "foo.bar/x", "latest", "", HUB "/foo.bar/x" },
                { "docker.io/localhost/x", HUB, "localhost/x", "latest", "", HUB "/localhost/x" },
                { "a__b", HUB, "library/a__b", "latest", "", "a__b" },
                { "a--b---c", HUB, "library/a--b---c", "latest", "", "a--b---c" },
                { "localhost/busybox", "localhost", "busybox", "latest", "", "localhost/busybox" },
                { "localhost:5000/busybox", "localhost:5000", "busybox", "latest", "",
                  "localhost:5000/busybox" },
                { "localhost:5000", HUB, "library/localhost", "5000", "", "localhost:5000" },
                { "quay.io/a/b/c:t", "quay.io", "a/b/c", "t", "", "quay.io/a/b/c:t" },
                { "quay.io/a@" SHA, "quay.io", "a", NULL, SHA, "quay.io/a@" SHA },
                { "busybox:1@" SHA, HUB, "library/busybox", NULL, SHA, "busybox@" SHA },
                { "Example.COM:80/a", "Example.COM:80", "a", "latest", "", "Example.COM:80/a" },
                { "10.0.0.1:5000/a:B_c.d-e", "10.0.0.1:5000", "a", "B_c.d-e", "",
                  "10.0.0.1:5000/a:B_c.d-e" },
                { "[::1]/a", "[::1]", "a", "latest", "", "[::1]/a" },
                { "[2001:db8::1]:5000/a/b:1", "[2001:db8::1]:5000", "a/b", "1", "",
                  "[2001:db8::1]:5000/a/b:1" },
                { "a:" A128, HUB, "library/a", A128, "", "a:" A128 },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                _cleanup_(oci_reference_done) OciReference reference = OCI_REFERENCE_NULL;
                _cleanup_(oci_reference_done) OciReference again = OCI_REFERENCE_NULL;
                _cleanup_(freep) char *display = NULL, *full = NULL, *full_again = NULL;

                print_message("# %s\n", cases[i].text);
                assert_int_equal(oci_reference_parse(cases[i].text, &reference, NULL), 0);
                assert_string_equal(reference.original, cases[i].text);
                assert_string_equal(reference.registry, cases[i].registry);
                assert_string_equal(reference.repository, cases[i].repository);
                assert_true(text_equal(reference.tag, cases[i].tag));
                assert_string_equal(reference.digest.text, cases[i].digest);

                display = oci_reference_display(&reference);
                assert_string_equal(display, cases[i].display);
                assert_int_equal(oci_reference_parse(display, &again, NULL), 0);
                full = oci_reference_format(&reference);
                full_again = oci_reference_format(&again);
                assert_string_equal(full, full_again);
        }
}

static void writes_them_in_full(void **state) {
        static const struct {
                const char *text, *full;
        } cases[] = {
                { "busybox", HUB "/library/busybox:latest" },
                { "quay.io/a:1@" SHA, "quay.io/a@" SHA },
                { "[::1]:5000/a", "[::1]:5000/a:latest" },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                _cleanup_(oci_reference_done) OciReference reference = OCI_REFERENCE_NULL;
                _cleanup_(freep) char *full = NULL;

                assert_int_equal(oci_reference_parse(cases[i].text, &reference, NULL), 0);
                full = oci_reference_format(&reference);
                assert_string_equal(full, cases[i].full);
        }
}

static void refuses_what_is_no_reference(void **state) {
        static const struct {
                const char *text;
                int want;
        } cases[] = {
                { "", -EINVAL },
                { "/", -EINVAL },
                { ":", -EINVAL },
                { "@", -EINVAL },
                { ".", -EINVAL },
                { "..", -EINVAL },
                { "a/", -EINVAL },
                { "/a", -EINVAL },
                { "a//b", -EINVAL },
                { "a/../b", -EINVAL },
                { "a/./b", -EINVAL },
                { "a___b", -EINVAL },
                { "a._b", -EINVAL },
                { "a..b", -EINVAL },
                { "a.-b", -EINVAL },
                { "-a", -EINVAL },
                { "a-", -EINVAL },
                { "a_", -EINVAL },
                { "_a", -EINVAL },
                { "a:", -EINVAL },
                { "a:-x", -EINVAL },
                { "a:.x", -EINVAL },
                { "a:x y", -EINVAL },
                { "a:x/y", -EINVAL },
                { "a:b:c", -EINVAL },
                { "a:" A128 "a", -EINVAL },
                { "foo/Bar", -EINVAL },
                { "Foo/bar", -EINVAL },
                { "Foo", -EINVAL },
                { "a b", -EINVAL },
                { " a", -EINVAL },
                { "a\n", -EINVAL },
                { "a%2fb", -EINVAL },
                { "caf\xc3\xa9", -EINVAL },
                { "https://x/y", -EINVAL },
                { "docker://busybox", -EINVAL },
                { "a.b:/c", -EINVAL },
                { "a.b:0/c", -EINVAL },
                { "a.b:65536/c", -EINVAL },
                { "a.b:http/c", -EINVAL },
                { "a.b:80:80/c", -EINVAL },
                { "a..b/c", -EINVAL },
                { "-a.b/c", -EINVAL },
                { "a-.b/c", -EINVAL },
                { ".a/c", -EINVAL },
                { "a./c", -EINVAL },
                { "a_b.c/d", -EINVAL },
                { "user@a.b/c", -EINVAL },
                { "a.b/c?d", -EINVAL },
                { "::1/a", -EINVAL },
                { "[::1/a", -EINVAL },
                { "::1]/a", -EINVAL },
                { "[]/a", -EINVAL },
                { "[::1]x/a", -EINVAL },
                { "[::1]:/a", -EINVAL },
                { "[::1%25lo]/a", -EINVAL },
                { "[127.0.0.1]:80/a", -EINVAL },
                { "[1:2:3:4:5:6:7:8:9]/a", -EINVAL },
                { "[::1]", -EINVAL },
                { "a@", -EINVAL },
                { "a@sha256", -EINVAL },
                { "a@sha256:abcd", -EINVAL },
                { "a@" SHA "@" SHA, -EINVAL },
                { "@" SHA, -EINVAL },
                { "a:b c@" SHA, -EINVAL },
                { "a@sha256:../../../../../../etc/passwd", -EINVAL },
                { "a@sha384:" H64, -EOPNOTSUPP },
                { H64, -EINVAL },
                { "x.y/" A128 A128, -EINVAL },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                _cleanup_(error_done) Error e = ERROR_NULL;
                OciReference reference = OCI_REFERENCE_NULL;

                print_message("# %s\n", cases[i].text);
                assert_int_equal(oci_reference_parse(cases[i].text, &reference, &e), cases[i].want);
                assert_non_null(error_cause(&e));
                assert_null(reference.original);
        }
}

static void bounds_the_name(void **state) {
        (void) state;
        for (size_t n = OCI_NAME_LENGTH_MAX; n <= OCI_NAME_LENGTH_MAX + 1; n++) {
                _cleanup_(oci_reference_done) OciReference reference = OCI_REFERENCE_NULL;
                char text[OCI_NAME_LENGTH_MAX + 16] = "";

                memset(text, 'a', n);
                memcpy(text, "x.y/", 4);
                strcpy(text + n, ":tag");
                assert_int_equal(oci_reference_parse(text, &reference, NULL),
                                 n <= OCI_NAME_LENGTH_MAX ? 0 : -EINVAL);
        }
}

static void refuses_a_long_one_before_it_looks(void **state) {
        char text[OCI_REFERENCE_LENGTH_MAX + 2];
        OciReference reference = OCI_REFERENCE_NULL;

        (void) state;
        memset(text, 'a', sizeof(text) - 1);
        text[sizeof(text) - 1] = '\0';
        assert_int_equal(oci_reference_parse(text, &reference, NULL), -EINVAL);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(takes_references_apart),
                cmocka_unit_test(writes_them_in_full),
                cmocka_unit_test(refuses_what_is_no_reference),
                cmocka_unit_test(bounds_the_name),
                cmocka_unit_test(refuses_a_long_one_before_it_looks),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
