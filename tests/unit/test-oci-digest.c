/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <stdio.h>

#include "oci-digest.h"
#include "text.h"

#define H8 "0123abcd"
#define H64 H8 H8 H8 H8 H8 H8 H8 H8
#define SLASHES "////////////////////////////////////////////////////////////////"

static void refuses_what_is_no_digest(void **state) {
        static const struct {
                const char *text;
                int want;
        } cases[] = {
                { "", -EINVAL },
                { ":", -EINVAL },
                { "sha256", -EINVAL },
                { "sha256:", -EINVAL },
                { H64, -EINVAL },
                { ":" H64, -EINVAL },
                { "sha256:../../x", -EINVAL },
                { "sha256:" SLASHES, -EINVAL },
                { "sha256:0123ABCD" H8 H8 H8 H8 H8 H8 H8, -EINVAL },
                { "sha256:" H8 H8 H8 H8 H8 H8 H8, -EINVAL },
                { "sha256:" H64 "0", -EINVAL },
                { "sha256:" H64 H64, -EINVAL },
                { "sha256:" H64 "\n", -EINVAL },
                { "sha256::" H64, -EINVAL },
                { " sha256:" H64, -EINVAL },
                { "sha512:" H64, -EINVAL },
                { "SHA256:" H64, -EINVAL },
                { "sha256+:" H64, -EINVAL },
                { "+sha256:" H64, -EINVAL },
                { "a++b:" H64, -EINVAL },
                { "md5:", -EINVAL },
                { "md5:a/b", -EINVAL },
                { "md5:a b", -EINVAL },
                { "../md5:00", -EINVAL },
                { "md5:d41d8cd98f00b204e9800998ecf8427e", -EOPNOTSUPP },
                { "sha384:" H64, -EOPNOTSUPP },
                { "blake3:" H64, -EOPNOTSUPP },
                { "multihash+base58:QmRZxt2b1FVZPNqd8hsiykDL3TdBDeTSPX9Kv46HmX4Gx8", -EOPNOTSUPP },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                _cleanup_(error_done) Error e = ERROR_NULL;
                OciDigest digest = OCI_DIGEST_NULL;

                print_message("# %s\n", cases[i].text);
                assert_int_equal(oci_digest_parse(cases[i].text, &digest, &e), cases[i].want);
                assert_non_null(error_cause(&e));
                assert_false(oci_digest_is_set(&digest));
        }
}

static void makes_file_names_of_what_it_parsed(void **state) {
        static const struct {
                const char *text, *path;
                OciAlgorithm algorithm;
        } cases[] = {
                { "sha256:" H64, "blobs/sha256/" H64, OCI_SHA256 },
                { "sha512:" H64 H64, "blobs/sha512/" H64 H64, OCI_SHA512 },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                OciDigest digest = OCI_DIGEST_NULL, same = OCI_DIGEST_NULL;
                uint8_t bytes[OCI_DIGEST_BYTES_MAX];
                _cleanup_(freep) char *path = NULL;

                assert_int_equal(oci_digest_parse(cases[i].text, &digest, NULL), 0);
                assert_int_equal(digest.algorithm, cases[i].algorithm);
                assert_string_equal(digest.text, cases[i].text);
                path = oci_digest_path(&digest);
                assert_string_equal(path, cases[i].path);

                for (size_t k = 0; k < sizeof(bytes); k++)
                        bytes[k] = (const uint8_t[]){ 0x01, 0x23, 0xab, 0xcd }[k % 4];
                oci_digest_from_bytes(cases[i].algorithm, bytes, &same);
                assert_true(oci_digest_equal(&digest, &same));
                bytes[0] ^= 1;
                oci_digest_from_bytes(cases[i].algorithm, bytes, &same);
                assert_false(oci_digest_equal(&digest, &same));
        }
}

static void knows_the_algorithms_by_name(void **state) {
        (void) state;
        for (int a = 0; a < _OCI_ALGORITHM_MAX; a++)
                assert_int_equal(oci_algorithm_from_name(oci_algorithm_name((OciAlgorithm) a)), a);
        assert_int_equal(oci_algorithm_from_name("sha1"), _OCI_ALGORITHM_INVALID);
        assert_int_equal(oci_algorithm_from_name(""), _OCI_ALGORITHM_INVALID);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(refuses_what_is_no_digest),
                cmocka_unit_test(makes_file_names_of_what_it_parsed),
                cmocka_unit_test(knows_the_algorithms_by_name),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
