/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <string.h>

#include "cleanup.h"
#include "render-digest.h"
#include "text.h"

/* Of "", "abc" and a million times "a". Source: FIPS 180-4 and its examples. */
#define EMPTY_256 "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define ABC_256 "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
#define MILLION_256 "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
#define ABC_512                                                            \
        "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a" \
        "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"

static void knows_the_published_sums(void **state) {
        static const struct {
                RenderDigestKind kind;
                const char *text;
                unsigned n_times;
                const char *want;
        } cases[] = {
                { RENDER_SHA256, "", 0, EMPTY_256 },
                { RENDER_SHA256, "abc", 1, ABC_256 },
                { RENDER_SHA256, "a", 1000000, MILLION_256 },
                { RENDER_SHA512, "abc", 1, ABC_512 },
        };

        (void) state;
        render_digest_prepare();
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                _cleanup_(render_digest_freep) RenderDigest *digest = NULL;
                _cleanup_(freep) char *hex = NULL;

                assert_int_equal(render_digest_new(cases[i].kind, &digest), 0);
                for (unsigned j = 0; j < cases[i].n_times; j++)
                        render_digest_add(digest, cases[i].text, strlen(cases[i].text));
                hex = render_digest_hex(digest);
                assert_string_equal(hex, cases[i].want);
        }
}

/* Source: RFC 8439, 2.5.2. */
static void knows_poly1305(void **state) {
        static const uint8_t key[RENDER_POLY1305_KEY] = {
                0x85, 0xd6, 0xbe, 0x78, 0x57, 0x55, 0x6d, 0x33, 0x7f, 0x44, 0x52,
                0xfe, 0x42, 0xd5, 0x06, 0xa8, 0x01, 0x03, 0x80, 0x8a, 0xfb, 0x0d,
                0xb2, 0xfd, 0x4a, 0xbf, 0xf6, 0xaf, 0x41, 0x49, 0xf5, 0x1b,
        };
        static const char text[] = "Cryptographic Forum Research Group";
        _cleanup_(render_digest_freep) RenderDigest *digest = NULL;

        (void) state;
        assert_int_equal(render_digest_new_poly1305(key, &digest), 0);
        for (unsigned i = 0; i < 2; i++) {
                _cleanup_(freep) char *hex = NULL;
                uint8_t tag[RENDER_DIGEST_MAX];

                render_digest_add(digest, text, strlen(text));
                render_digest_get(digest, tag);
                hex = text_hex(tag, RENDER_POLY1305_BYTES);
                assert_string_equal(hex, "a8061dc1305136c6c22b8baf0c0127a9");
                render_digest_reset(digest);
        }
}

static void begins_anew(void **state) {
        _cleanup_(render_digest_freep) RenderDigest *digest = NULL;
        uint8_t bytes[RENDER_DIGEST_MAX];

        (void) state;
        assert_int_equal(render_digest_new(RENDER_SHA256, &digest), 0);
        for (unsigned i = 0; i < 3; i++) {
                _cleanup_(freep) char *hex = NULL;

                render_digest_add(digest, "left over", 9);
                if (i == 1)
                        render_digest_get(digest, bytes);
                render_digest_reset(digest);
                render_digest_add(digest, "a", 1);
                render_digest_add(digest, "", 0);
                render_digest_add(digest, "bc", 2);
                hex = render_digest_hex(digest);
                assert_string_equal(hex, ABC_256);
                render_digest_reset(digest);
        }
        assert_string_equal(render_digest_kind_name(RENDER_SHA256), "sha256");
        assert_string_equal(render_digest_kind_name(RENDER_SHA512), "sha512");
        assert_null(render_digest_free(NULL));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(knows_the_published_sums),
                cmocka_unit_test(knows_poly1305),
                cmocka_unit_test(begins_anew),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
