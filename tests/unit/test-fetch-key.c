/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <stdio.h>

#include "base64.h"
#include "fetch-key.h"

/* A key with a subkey, made for this test. */
static const char armored[] = "-----BEGIN PGP PUBLIC KEY BLOCK-----\n"
                              "\n"
                              "mDMEawTy/hYJKwYBBAHaRw8BAQdAWvyA+MfREUog/AZkIG21oK8mMq9j2l23o24o\n"
                              "AOkKsGG0G1Rlc3QgS2V5IDx0ZXN0QGV4YW1wbGUuY29tPoiQBBMWCAA4FiEE6ld5\n"
                              "vJ1J8FhQ9+U7HNa5wkqzaxQFAmsE8v4CGwMFCwkIBwIGFQoJCAsCBBYCAwECHgEC\n"
                              "F4AACgkQHNa5wkqzaxTUNwD+JE5EmrL5hkOCklIX30RINUkvhHp7FBEm6UOrxq3l\n"
                              "OfEBAI3AroVIKIQVGQsjIt8N2Q/qZidZxmFCaUGHK5LRWO4FuDgEawTy/hIKKwYB\n"
                              "BAGXVQEFAQEHQJlo1Sis/GoN8UKznZ30GqhIC/xtWkNNKOlgSEDl0voyAwEIB4h4\n"
                              "BBgWCAAgFiEE6ld5vJ1J8FhQ9+U7HNa5wkqzaxQFAmsE8v4CGwwACgkQHNa5wkqz\n"
                              "axTd/AEAsE3ikMylxKa2ENyiJ/bq8JepDEEycdUYdigWqpRq/QYBAKDM8sxJ+AsY\n"
                              "VWFvwdi+M/lLdweuHgphnYVBe8d9PFEM\n"
                              "=H6jk\n"
                              "-----END PGP PUBLIC KEY BLOCK-----\n";

#define BEGIN "-----BEGIN PGP PUBLIC KEY BLOCK-----\n"
#define END "-----END PGP PUBLIC KEY BLOCK-----\n"

/* The same without armor. */
static uint8_t *binary(size_t *ret_n) {
        uint8_t *bytes = NULL;

        assert_int_equal(fetch_armor_decode(armored, strlen(armored), &bytes, ret_n, NULL), 0);
        return bytes;
}

static void reads_a_key_in_either_form(void **state) {
        size_t n = 0;
        _cleanup_(freep) uint8_t *bytes = binary(&n);
        const struct {
                const char *bytes;
                size_t n;
        } forms[] = { { armored, strlen(armored) }, { (const char *) bytes, n } };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(forms); i++) {
                _cleanup_(fetch_key_freep) FetchKey *key = NULL;
                _cleanup_(freep) uint8_t *material = NULL;
                size_t n_material = 0;

                assert_int_equal(fetch_key_parse(forms[i].bytes, forms[i].n, &key, NULL), 0);
                assert_int_equal(key->n, n);
                assert_memory_equal(key->bytes, bytes, n);
                assert_int_equal(key->n_parts, 2);
                assert_int_equal(strv_length(key->identities), 1);
                assert_string_equal(key->identities[0], "Test Key <test@example.com>");
                material = fetch_key_material(key, 0, &n_material);
                assert_int_equal(n_material, 3 + 51);
                assert_memory_equal(material, "\x99\x00\x33\x04\x6b\x04\xf2\xfe\x16", 9);
        }
}

static void takes_text_around_the_armor(void **state) {
        static const struct {
                const char *before, *after;
        } cases[] = {
                { "", "" },
                { "\n\nSome words.\n", "Some more.\n" },
                { "----- not this -----\r\n", "\r\n" },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                _cleanup_(fetch_key_freep) FetchKey *key = NULL;
                _cleanup_(freep) char *text = NULL;

                assert_true(asprintf(&text, "%s%s%s", cases[i].before, armored, cases[i].after) >
                            0);
                assert_int_equal(fetch_key_parse(text, strlen(text), &key, NULL), 0);
        }
}

static void refuses_what_is_no_armored_key(void **state) {
        static const struct {
                const char *text;
                int want;
        } cases[] = {
                { "", -EBADMSG },
                { "hello\n", -EBADMSG },
                { BEGIN, -EBADMSG },
                { BEGIN "\n", -EBADMSG },
                { BEGIN "\nmDME\n", -EBADMSG },
                { BEGIN "\n!!!!\n" END, -EBADMSG },
                { BEGIN "\nmDME\n=AAAA\n" END, -EBADMSG }, /* wrong checksum */
                { BEGIN "\nmDME\n=AAAA\nmDME\n" END, -EBADMSG },
                { BEGIN "\nmDME\n=AAA\n" END, -EBADMSG },
                { "-----BEGIN PGP SIGNATURE-----\n\nmDME\n-----END PGP SIGNATURE-----\n", -EINVAL },
                { "-----BEGIN PGP PRIVATE KEY BLOCK-----\n\nmDME\n", -EINVAL },
                { "-----BEGIN PGP PUBLIC KEY BLOCK\n\nmDME\n" END, -EINVAL },
                { BEGIN "\n\n" END, -EINVAL }, /* empty */
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                FetchKey *key = NULL;

                print_message("# %s\n", cases[i].text);
                assert_int_equal(fetch_key_parse(cases[i].text, strlen(cases[i].text), &key, NULL),
                                 cases[i].want);
                assert_null(key);
        }
}

static void refuses_two_keys_in_one_file(void **state) {
        size_t n = 0;
        _cleanup_(freep) uint8_t *bytes = binary(&n), *twice = malloc(2 * n);
        _cleanup_(freep) char *text = NULL;
        FetchKey *key = NULL;

        (void) state;
        assert_true(asprintf(&text, "%s%s", armored, armored) > 0);
        assert_int_equal(fetch_key_parse(text, strlen(text), &key, NULL), -EBADMSG);
        memcpy(twice, bytes, n);
        memcpy(twice + n, bytes, n);
        assert_int_equal(fetch_key_parse((char *) twice, 2 * n, &key, NULL), -EINVAL);
        assert_null(key);
}

static void refuses_every_damage_to_the_armor(void **state) {
        size_t n = strlen(armored);
        _cleanup_(freep) char *text = malloc(n);
        const char *body = strstr(armored, "\n\n") + 2, *end = strstr(armored, "\n=");

        (void) state;
        for (const char *p = body; p < end; p++) {
                FetchKey *key = NULL;

                if (*p == '\n')
                        continue;
                memcpy(text, armored, n);
                text[p - armored] = *p == 'A' ? 'B' : 'A';
                assert_true(fetch_key_parse(text, n, &key, NULL) < 0);
                assert_null(key);
        }
}

static void refuses_every_cut_of_a_key(void **state) {
        size_t n = 0;
        _cleanup_(freep) uint8_t *bytes = binary(&n);

        (void) state;
        for (size_t i = 0; i < n; i++) {
                /* Exactly so many bytes: a look behind them is seen. */
                _cleanup_(freep) char *cut = malloc(i > 0 ? i : 1);
                _cleanup_(fetch_key_freep) FetchKey *key = NULL;
                int r = 0;

                memcpy(cut, bytes, i);
                r = fetch_key_parse(cut, i, &key, NULL);
                /* Between two packets it is a whole key with less to it. */
                if (i == 53 || i == 82 || i == 228 || i == 286)
                        assert_int_equal(r, 0);
                else
                        assert_true(r < 0);
        }
}

static void refuses_other_packets(void **state) {
#define BODY(v) v "\x01\x02\x03\x04\x16\x00"
        static const struct {
                const char *bytes;
                size_t n;
                int want;
        } cases[] = {
                { "\xc6\x07" BODY("\x04"), 9, 0 },
                { "\x98\x07" BODY("\x04"), 9, 0 },
                { "\x99\x00\x07" BODY("\x04"), 10, 0 },
                { "\x9a\x00\x00\x00\x07" BODY("\x04"), 12, 0 },
                { "\xc6\xff\x00\x00\x00\x07" BODY("\x04"), 13, 0 },
                { "\xc6\x07" BODY("\x03"), 9, -EOPNOTSUPP },
                { "\xc6\x07" BODY("\x05"), 9, -EOPNOTSUPP },
                { "\xc6\x07" BODY("\x06"), 9, -EOPNOTSUPP },
                { "\xc6\x05" BODY("\x04"), 7, -EBADMSG },              /* shorter than any key */
                { "\xc5\x07" BODY("\x04"), 9, -EINVAL },               /* secret */
                { "\xce\x07" BODY("\x04"), 9, -EINVAL },               /* a subkey alone */
                { "\xcd\x01x", 3, -EINVAL },                           /* an identity alone */
                { "\xc6\x07" BODY("\x04") "\xc7\x01x", 12, -EINVAL },  /* secret subkey */
                { "\xc6\x07" BODY("\x04") "\xcb\x01x", 12, -EINVAL },  /* literal data */
                { "\xc6\x07" BODY("\x04") "\x00\x01x", 12, -EBADMSG }, /* no packet */
                { "\x9b" BODY("\x04"), 8, -EBADMSG },     /* until the end of the file */
                { "\xc6\xe0" BODY("\x04"), 9, -EBADMSG }, /* in pieces */
                { "\xc6\xff\xff\xff\xff\xff" BODY("\x04"), 13, -EBADMSG },
                { "\xc6\x07" BODY("\x04") "\xcd\x02\xff\xfe", 13, -EINVAL }, /* no text */
                { "\xc6\x07" BODY("\x04") "\xcd\x03"
                                          "a\0b",
                  14, -EINVAL },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                _cleanup_(fetch_key_freep) FetchKey *key = NULL;

                print_message("# %zu\n", i);
                assert_int_equal(fetch_key_parse(cases[i].bytes, cases[i].n, &key, NULL),
                                 cases[i].want);
        }
}

static void bounds_what_a_key_may_have(void **state) {
        _cleanup_(freep) char *bytes = malloc(9 * (FETCH_KEY_SUBKEYS_MAX + 2));
        _cleanup_(freep) char *big = calloc(1, FETCH_ARMOR_SIZE_MAX + 1);
        FetchKey *key = NULL;

        (void) state;
        memcpy(bytes, "\xc6\x07" BODY("\x04"), 9);
        for (size_t i = 1; i < FETCH_KEY_SUBKEYS_MAX + 2; i++)
                memcpy(bytes + 9 * i, "\xce\x07" BODY("\x04"), 9);
        assert_int_equal(fetch_key_parse(bytes, 9 * (FETCH_KEY_SUBKEYS_MAX + 2), &key, NULL),
                         -ERANGE);
        assert_int_equal(fetch_key_parse(big, FETCH_ARMOR_SIZE_MAX + 1, &key, NULL), -EMSGSIZE);
        assert_null(key);
}

static void writes_fingerprints_as_people_compare_them(void **state) {
        _cleanup_(freep) char *text =
                fetch_fingerprint_format("ea5779bc9d49f05850f7e53b1cd6b9c24ab36b14");

        (void) state;
        assert_string_equal(text, "EA57 79BC 9D49 F058 50F7  E53B 1CD6 B9C2 4AB3 6B14");
        assert_true(fetch_fingerprint_is_valid("ea5779bc9d49f05850f7e53b1cd6b9c24ab36b14"));
        assert_false(fetch_fingerprint_is_valid("EA5779BC9D49F05850F7E53B1CD6B9C24AB36B14"));
        assert_false(fetch_fingerprint_is_valid("ea5779bc9d49f05850f7e53b1cd6b9c24ab36b1"));
        assert_false(fetch_fingerprint_is_valid("ea5779bc9d49f05850f7e53b1cd6b9c24ab36b14a"));
        assert_false(fetch_fingerprint_is_valid("../../../../../../../../../../../../../x"));
        assert_false(fetch_fingerprint_is_valid(""));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(reads_a_key_in_either_form),
                cmocka_unit_test(takes_text_around_the_armor),
                cmocka_unit_test(refuses_what_is_no_armored_key),
                cmocka_unit_test(refuses_two_keys_in_one_file),
                cmocka_unit_test(refuses_every_damage_to_the_armor),
                cmocka_unit_test(refuses_every_cut_of_a_key),
                cmocka_unit_test(refuses_other_packets),
                cmocka_unit_test(bounds_what_a_key_may_have),
                cmocka_unit_test(writes_fingerprints_as_people_compare_them),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
