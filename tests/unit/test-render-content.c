/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <string.h>

#include "render-content.h"
#include "text.h"

#define CONTENT_BYTES 4096

static const StoreSealManner before = { .version = STORE_SEAL_SHA256 };
static const StoreSealManner keyed = {
        .version = STORE_SEAL_KEYED,
        .key = "\0\1\2\3\4\5\6\7\10\11\12\13\14\15\16\17\20\21\22\23\24\25\26\27\30\31\32\33\34\35\36",
};

static void digest_in_parts(RenderContent *content,
                            const uint8_t *bytes,
                            size_t n,
                            size_t part,
                            uint8_t ret[static STORE_SEAL_DIGEST]) {
        render_content_reset(content);
        for (size_t at = 0; at < n; at += part)
                render_content_add(content, bytes + at, n - at < part ? n - at : part);
        render_content_get(content, ret);
}

static void digest_of(RenderContent *content,
                      const void *bytes,
                      size_t n,
                      uint8_t ret[static STORE_SEAL_DIGEST]) {
        digest_in_parts(content, bytes, n, n ? n : 1, ret);
}

/* Those of version 2 by an implementation of its own, in Python's integers. */
static void gives_known_digests(void **state) {
        static const struct {
                const StoreSealManner *manner;
                const char *text, *want;
        } cases[] = {
                { &before, "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
                { &before, "abc",
                  "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
                { &keyed, "", "5cc79a304de9578904361412db187dbf83d2477ec09f2146cd31b4e9f4db7418" },
                { &keyed, "abc",
                  "95b5d412d9f998c44ca0a586cd46f4093b7ba67ac7720003c169debb685a0609" },
                { &keyed, "seventeen bytes.!",
                  "5848adf9032342663ea45918fb70868e88520529c90ef5bb2a23e9e3b60ff53c" },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                _cleanup_(render_content_freep) RenderContent *content = NULL;
                _cleanup_(freep) char *hex = NULL;
                uint8_t sum[STORE_SEAL_DIGEST];

                assert_int_equal(render_content_new(cases[i].manner, &content, NULL), 0);
                assert_memory_equal(render_content_manner(content), cases[i].manner,
                                    sizeof(StoreSealManner));
                digest_of(content, cases[i].text, strlen(cases[i].text), sum);
                hex = text_hex(sum, sizeof(sum));
                assert_string_equal(hex, cases[i].want);
        }
}

static void comes_in_any_parts(void **state) {
        static const size_t parts[] = { 1, 7, 16, 100, 1024, CONTENT_BYTES };
        const StoreSealManner *manners[] = { &before, &keyed };
        uint8_t bytes[CONTENT_BYTES], want[STORE_SEAL_DIGEST], got[STORE_SEAL_DIGEST];

        (void) state;
        for (size_t i = 0; i < sizeof(bytes); i++)
                bytes[i] = (uint8_t) (i * 31);
        for (size_t i = 0; i < N_ELEMENTS(manners); i++) {
                _cleanup_(render_content_freep) RenderContent *content = NULL;

                assert_int_equal(render_content_new(manners[i], &content, NULL), 0);
                digest_of(content, bytes, sizeof(bytes) - 1, want);
                for (size_t j = 0; j < N_ELEMENTS(parts); j++) {
                        digest_in_parts(content, bytes, sizeof(bytes) - 1, parts[j], got);
                        assert_memory_equal(got, want, sizeof(want));
                }
        }
}

/* Every bit of the content, its end, and every bit of the key. */
static void tells_any_flipped_bit(void **state) {
        _cleanup_(render_content_freep) RenderContent *content = NULL;
        uint8_t bytes[600] = { 0 }, want[STORE_SEAL_DIGEST], got[STORE_SEAL_DIGEST];

        (void) state;
        assert_int_equal(render_content_new(&keyed, &content, NULL), 0);
        digest_of(content, bytes, sizeof(bytes) - 1, want);
        for (size_t i = 0; i < (sizeof(bytes) - 1) * 8; i++) {
                bytes[i / 8] ^= (uint8_t) (1U << i % 8);
                digest_of(content, bytes, sizeof(bytes) - 1, got);
                assert_memory_not_equal(got, want, sizeof(want));
                bytes[i / 8] ^= (uint8_t) (1U << i % 8);
        }
        for (size_t n = 0; n <= sizeof(bytes); n++) {
                digest_of(content, bytes, n, got);
                assert_int_equal(memcmp(got, want, sizeof(want)) == 0, n == sizeof(bytes) - 1);
        }
        for (size_t i = 0; i < sizeof(keyed.key) * 8; i++) {
                _cleanup_(render_content_freep) RenderContent *other = NULL;
                StoreSealManner manner = keyed;

                manner.key[i / 8] ^= (uint8_t) (1U << i % 8);
                assert_int_equal(render_content_new(&manner, &other, NULL), 0);
                digest_of(other, bytes, sizeof(bytes) - 1, got);
                assert_memory_not_equal(got, want, sizeof(want));
        }
}

static void draws_a_key_of_its_own(void **state) {
        static const uint8_t none[STORE_SEAL_KEY];
        uint8_t sums[2][STORE_SEAL_DIGEST];
        StoreSealManner manners[2];

        (void) state;
        for (unsigned i = 0; i < 2; i++) {
                _cleanup_(render_content_freep) RenderContent *content = NULL;

                assert_int_equal(render_content_new(NULL, &content, NULL), 0);
                manners[i] = *render_content_manner(content);
                assert_int_equal(manners[i].version, STORE_SEAL_KEYED);
                assert_memory_not_equal(manners[i].key, none, sizeof(none));
                digest_of(content, "same", 4, sums[i]);
        }
        assert_memory_not_equal(manners[0].key, manners[1].key, sizeof(none));
        assert_memory_not_equal(sums[0], sums[1], sizeof(sums[0]));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(gives_known_digests),
                cmocka_unit_test(comes_in_any_parts),
                cmocka_unit_test(tells_any_flipped_bit),
                cmocka_unit_test(draws_a_key_of_its_own),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
