/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <stdio.h>

#include "fetch-simple-signing.h"
#include "text.h"

#define A "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define B "sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define C "sha256:cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc"
#define TYPE "\"type\":\"atomic container signature\""
#define IMAGE(d) "\"image\":{\"docker-manifest-digest\":\"" d "\"}"
#define NAME(n) "\"identity\":{\"docker-reference\":\"" n "\"}"
#define SIGNED(d, n) "{\"critical\":{" TYPE "," IMAGE(d) "," NAME(n) "},\"optional\":{}}"

/* What the user wanted, where the manifest is A, chosen from the index B. */
static int check(const char *wanted, const char *json) {
        _cleanup_(oci_reference_done) OciReference reference = OCI_REFERENCE_NULL;
        OciDigest digests[2];

        assert_int_equal(oci_reference_parse(wanted, &reference, NULL), 0);
        assert_int_equal(oci_digest_parse(A, &digests[0], NULL), 0);
        assert_int_equal(oci_digest_parse(B, &digests[1], NULL), 0);
        return fetch_simple_signing_check(json, strlen(json), &reference, digests, 2, NULL);
}

static void takes_a_statement_about_this_image(void **state) {
        static const struct {
                const char *wanted, *json;
        } cases[] = {
                { "quay.io/a/b:1", SIGNED(A, "quay.io/a/b:1") },
                { "quay.io/a/b:1", SIGNED(B, "quay.io/a/b:1") },
                { "quay.io/a/b", SIGNED(A, "quay.io/a/b:latest") },
                { "quay.io/a/b", SIGNED(A, "quay.io/a/b") },
                { "busybox", SIGNED(A, "docker.io/library/busybox:latest") },
                { "docker.io/library/busybox:latest", SIGNED(A, "busybox") },
                { "localhost:5000/x:1", SIGNED(A, "localhost:5000/x:1") },
                /* By digest: whatever tag it was signed for. */
                { "quay.io/a/b@" A, SIGNED(A, "quay.io/a/b:old") },
                { "quay.io/a/b@" A, SIGNED(A, "quay.io/a/b@" A) },
                { "quay.io/a/b:1",
                  "{\"optional\":{\"creator\":\"x\",\"any\":[1,{}]},\"critical\":{" NAME(
                          "quay.io/a/b:1") "," IMAGE(A) "," TYPE "}}" },
                { "quay.io/a/b:1",
                  "{\"critical\":{" TYPE "," IMAGE(A) "," NAME("quay.io/a/b:1") "}}" },
                { "quay.io/a/b:1", "{\"critical\":{" TYPE
                                   "," IMAGE(A) "," NAME("quay.io/a/b:1") "},\"optional\":null}" },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                print_message("# %s %s\n", cases[i].wanted, cases[i].json);
                assert_int_equal(check(cases[i].wanted, cases[i].json), 0);
        }
}

/* security B07 */
static void b07_refuses_a_statement_about_another(void **state) {
        static const struct {
                const char *wanted, *json;
        } cases[] = {
                { "quay.io/a/b:1", SIGNED(C, "quay.io/a/b:1") },
                { "quay.io/a/b:1", SIGNED(A, "quay.io/a/b:2") },
                { "quay.io/a/b:1", SIGNED(A, "quay.io/a/b") },
                { "quay.io/a/b", SIGNED(A, "quay.io/a/b:1") },
                { "quay.io/a/b:1", SIGNED(A, "quay.io/a/b@" A) },
                { "quay.io/a/b:1", SIGNED(A, "quay.io/a:1") },
                { "quay.io/a/b:1", SIGNED(A, "quay.io/a/b/c:1") },
                { "quay.io/a/b:1", SIGNED(A, "ghcr.io/a/b:1") },
                { "quay.io/a/b:1", SIGNED(A, "quay.io:443/a/b:1") },
                { "quay.io/a/b:1", SIGNED(A, "a/b:1") },
                { "quay.io/a/b@" A, SIGNED(A, "quay.io/a/c@" A) },
                { "quay.io/a/b@" A, SIGNED(C, "quay.io/a/b@" A) },
                { "busybox", SIGNED(A, "docker.io/evil/busybox:latest") },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                print_message("# %s %s\n", cases[i].wanted, cases[i].json);
                assert_int_equal(check(cases[i].wanted, cases[i].json), -EKEYREJECTED);
        }
}

static void refuses_what_is_no_statement(void **state) {
        static const struct {
                const char *json;
                int want;
        } cases[] = {
                { "", -EBADMSG },
                { "x", -EBADMSG },
                { SIGNED(A, "a:1") "x", -EBADMSG },
                { "[]", -EINVAL },
                { "{}", -EINVAL },
                { "{\"critical\":{}}", -EINVAL },
                { "{\"critical\":[]}", -EINVAL },
                { "{\"critical\":{" TYPE "," IMAGE(A) "}}", -EINVAL },
                { "{\"critical\":{" TYPE "," NAME("a:1") "}}", -EINVAL },
                { "{\"critical\":{" IMAGE(A) "," NAME("a:1") "}}", -EINVAL },
                { "{\"critical\":{\"type\":\"cosign container image signature\"," IMAGE(A) "," NAME(
                          "a:1") "}}",
                  -EINVAL },
                /* "critical" means that every member must be understood. */
                { "{\"critical\":{" TYPE "," IMAGE(A) "," NAME("a:1") ",\"until\":\"2016\"}}",
                  -EINVAL },
                { "{\"critical\":{" TYPE ",\"image\":{\"docker-manifest-digest\":\"" A
                  "\",\"x\":1}," NAME("a:1") "}}",
                  -EINVAL },
                { "{\"critical\":{" TYPE "," IMAGE(A) ",\"identity\":{\"docker-reference\":\"a:1\","
                                                      "\"x\":1}}}",
                  -EINVAL },
                { "{\"critical\":{" TYPE "," IMAGE(A) "," NAME("a:1") "},\"more\":1}", -EINVAL },
                { "{\"Critical\":{" TYPE "," IMAGE(A) "," NAME("a:1") "}}", -EINVAL },
                { "{\"critical\":{" TYPE "," IMAGE(A) "," NAME("a:1") "},\"critical\":{}}",
                  -EBADMSG },
                { SIGNED("sha256:x", "a:1"), -EINVAL },
                { SIGNED("md5:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "a:1"), -EOPNOTSUPP },
                { SIGNED(A, "A:1"), -EINVAL },
                { SIGNED(A, ""), -EINVAL },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                print_message("# %s\n", cases[i].json);
                assert_int_equal(check("a:1", cases[i].json), cases[i].want);
        }
}

static void knows_where_a_lookaside_keeps_them(void **state) {
        _cleanup_(oci_reference_done) OciReference one = OCI_REFERENCE_NULL,
                                                   two = OCI_REFERENCE_NULL;
        _cleanup_(freep) char *first = NULL, *second = NULL;
        OciDigest digest = OCI_DIGEST_NULL;

        (void) state;
        assert_int_equal(oci_digest_parse(A, &digest, NULL), 0);
        assert_int_equal(oci_reference_parse("busybox", &one, NULL), 0);
        assert_int_equal(oci_reference_parse("r.example:5000/a/b:1", &two, NULL), 0);
        first = fetch_simple_signing_url("https://s/x", &one, &digest, 1);
        second = fetch_simple_signing_url("file:///srv", &two, &digest, 2);
        assert_string_equal(first,
                            "https://s/x/docker.io/library/busybox@sha256="
                            "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
                            "/signature-1");
        assert_string_equal(second,
                            "file:///srv/r.example:5000/a/b@sha256="
                            "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
                            "/signature-2");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(takes_a_statement_about_this_image),
                cmocka_unit_test(b07_refuses_a_statement_about_another),
                cmocka_unit_test(refuses_what_is_no_statement),
                cmocka_unit_test(knows_where_a_lookaside_keeps_them),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
