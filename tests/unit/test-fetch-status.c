/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <stdio.h>

#include "fetch-status.h"

#define ID "1CD6B9C24AB36B14"
#define FPR "EA5779BC9D49F05850F7E53B1CD6B9C24AB36B14"
#define LOWER "ea5779bc9d49f05850f7e53b1cd6b9c24ab36b14"
#define SUB "275D03699B97C8437E72B8020B4CAE4FFE87402B"
#define G "[GNUPG:] "
#define GOOD G "GOODSIG " ID " Test Key <test@example.com>\n"
#define VALID G "VALIDSIG " FPR " 2016-01-02 1451692800 0 4 0 22 8 00 " FPR "\n"
#define BELOW G "VALIDSIG " SUB " 2016-01-02 1451692800 0 4 0 22 8 00 " FPR "\n"
#define UNKNOWN G "ERRSIG " ID " 22 8 00 1451692800 9 " FPR "\n" G "NO_PUBKEY " ID "\n"
#define NEW G "NEWSIG\n"

static FetchStatus parsed(const char *text) {
        FetchStatus status = FETCH_STATUS_NULL;

        assert_int_equal(fetch_status_parse(text, strlen(text), &status, NULL), 0);
        return status;
}

static void takes_valid_signatures(void **state) {
        static const struct {
                const char *text, *fingerprints, *identities;
        } cases[] = {
                { NEW GOOD VALID, LOWER, "Test Key <test@example.com>" },
                { NEW G "KEY_CONSIDERED " FPR " 0\n" G "SIG_ID xZ 2016-01-02 1\n" GOOD VALID G
                        "VERIFICATION_COMPLIANCE_MODE 23\n",
                  LOWER, "Test Key <test@example.com>" },
                /* By a subkey: the primary key is the one that is trusted. */
                { NEW GOOD BELOW, LOWER, "Test Key <test@example.com>" },
                { NEW GOOD VALID NEW GOOD BELOW, LOWER " " LOWER,
                  "Test Key <test@example.com> Test Key <test@example.com>" },
                { G "GOODSIG " ID "\n" VALID, LOWER, "" },
                { NEW GOOD G "NOTATION_NAME a@b\n" G "NOTATION_DATA GOODSIG%0A\n" VALID, LOWER,
                  "Test Key <test@example.com>" },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                _cleanup_(fetch_status_done) FetchStatus status = parsed(cases[i].text);
                _cleanup_(freep) char *fingerprints = strv_join(status.fingerprints, " ");
                _cleanup_(freep) char *identities = strv_join(status.identities, " ");

                print_message("# %zu\n", i);
                assert_int_equal(status.verdict, FETCH_VERDICT_GOOD);
                assert_string_equal(fingerprints, cases[i].fingerprints);
                assert_string_equal(identities, cases[i].identities);
        }
}

static void tells_who_is_not_known(void **state) {
        static const char *const cases[] = {
                NEW UNKNOWN,
                NEW GOOD VALID NEW UNKNOWN, /* one unknown spoils the others */
                NEW UNKNOWN NEW GOOD VALID,
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                _cleanup_(fetch_status_done) FetchStatus status = parsed(cases[i]);

                assert_int_equal(status.verdict, FETCH_VERDICT_UNKNOWN);
                assert_string_equal(status.key_id, ID);
        }
}

/* security B01 */
static void b01_takes_nothing_else(void **state) {
        static const struct {
                const char *text, *reason;
        } cases[] = {
                { "", "no signature" },
                { NEW, "no signature" },
                { NEW GOOD, "no signature" },
                { NEW VALID, "no signature" },
                { NEW GOOD GOOD VALID, "no signature" },
                { G "NODATA 4\n", "NODATA" },
                { G "UNEXPECTED 0\n", "UNEXPECTED" },
                { NEW G "BADSIG " ID " Test Key\n", "BADSIG" },
                { NEW G "EXPSIG " ID " Test Key\n" VALID, "EXPSIG" },
                { NEW G "EXPKEYSIG " ID " Test Key\n" VALID, "EXPKEYSIG" },
                { NEW G "REVKEYSIG " ID " Test Key\n" VALID, "REVKEYSIG" },
                /* A good one beside a bad one. */
                { NEW GOOD VALID NEW G "BADSIG " ID " Test Key\n", "BADSIG" },
                { NEW G "BADSIG " ID " Test Key\n" NEW GOOD VALID, "BADSIG" },
                { NEW GOOD VALID NEW G "EXPKEYSIG " ID " x\n" VALID, "EXPKEYSIG" },
                /* An algorithm or class that cannot be checked is no unknown key. */
                { NEW G "ERRSIG " ID " 22 8 00 1451692800 4 " FPR "\n", "ERRSIG" },
                { NEW G "ERRSIG " ID " 22 8 00 1451692800 99 " FPR "\n", "ERRSIG" },
                { NEW G "ERRSIG " ID " 22 8 00 1451692800\n", "ERRSIG" },
                { NEW G "ERRSIG\n", "ERRSIG" },
                { NEW UNKNOWN G "BADSIG " ID " x\n", "BADSIG" },
                /* What a user id or a notation could try to smuggle in. */
                { NEW GOOD "VALIDSIG " FPR "\n", "VALIDSIG " FPR },
                { NEW GOOD " " VALID,
                  " " G "VALIDSIG " FPR " 2016-01-02 1451692800 0 4 0 22 8 00 " FPR },
                { "gpgv: Good signature\n" NEW GOOD VALID, "gpgv: Good signature" },
                { NEW G "GOODSIG xyz Test\n" VALID, "GOODSIG" },
                { NEW G "GOODSIG\n" VALID, "GOODSIG" },
                { NEW GOOD G "VALIDSIG " FPR "\n", "VALIDSIG" },
                { NEW GOOD G "VALIDSIG " FPR " 2016-01-02 1 0 4 0 22 8 00\n", "VALIDSIG" },
                { NEW GOOD G "VALIDSIG " FPR " 2016-01-02 1 0 4 0 22 8 00 1234\n", "VALIDSIG" },
                { NEW GOOD G "VALIDSIG a b c d e f g h i " LOWER "zz\n", "VALIDSIG" },
                { NEW GOOD G
                  "VALIDSIG a b c d e f g h i ../../../../../../etc/passwd/../../x/y/z0\n",
                  "VALIDSIG" },
                /* Cut off, and words nobody knows. */
                { NEW GOOD G "VALIDSIG " FPR, "cut" },
                { NEW GOOD VALID G "SOMETHING_NEW\n", "SOMETHING_NEW" },
                { NEW GOOD VALID "\n", "" },
                { NEW GOOD VALID G "\n", "" },
                { G "FAILURE gpgv 1\n", "FAILURE" },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                _cleanup_(fetch_status_done) FetchStatus status = parsed(cases[i].text);

                print_message("# %zu %s\n", i, cases[i].text);
                assert_int_equal(status.verdict, FETCH_VERDICT_BAD);
                assert_string_equal(status.reason, cases[i].reason);
        }
}

static void refuses_a_nul_and_what_is_too_long(void **state) {
        static const char text[] = NEW GOOD VALID "\0" NEW GOOD VALID;
        _cleanup_(fetch_status_done) FetchStatus status = FETCH_STATUS_NULL;
        _cleanup_(freep) char *text_long = malloc(FETCH_STATUS_SIZE_MAX + 1);
        FetchStatus none = FETCH_STATUS_NULL;

        (void) state;
        assert_int_equal(fetch_status_parse(text, sizeof(text) - 1, &status, NULL), 0);
        assert_int_equal(status.verdict, FETCH_VERDICT_BAD);
        memset(text_long, '\n', FETCH_STATUS_SIZE_MAX + 1);
        assert_int_equal(fetch_status_parse(text_long, FETCH_STATUS_SIZE_MAX + 1, &none, NULL),
                         -EMSGSIZE);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(takes_valid_signatures),
                cmocka_unit_test(tells_who_is_not_known),
                cmocka_unit_test(b01_takes_nothing_else),
                cmocka_unit_test(refuses_a_nul_and_what_is_too_long),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
