/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch-status.h"

#include <ctype.h>

#define PREFIX "[GNUPG:] "
#define SIGNATURES_MAX 16
#define FINGERPRINT_LENGTH 40

/* Missing key: the one failure of ERRSIG that trusting somebody mends. */
#define ERRSIG_NO_KEY "9"

typedef struct Tally {
        FetchStatus status;
        unsigned n_good, n_valid, n_unknown;
        bool bad;
} Tally;

void fetch_status_done(FetchStatus *status) {
        strv_free(status->fingerprints);
        strv_free(status->identities);
        free(status->key_id);
        free(status->reason);
        *status = FETCH_STATUS_NULL;
}

/* Only the first reason is kept: what follows it follows from it. */
static int set_bad(Tally *tally, const char *reason, size_t n) {
        tally->bad = true;
        if (tally->status.reason)
                return 0;
        tally->status.reason = strndup(reason, n);
        return tally->status.reason ? 0 : -ENOMEM;
}

/* The @i-th of the words behind the first; empty if there is none. */
static const char *word_at(const char *words, unsigned i, size_t *ret_n) {
        for (; i > 0 && *words; i--) {
                words += strcspn(words, " ");
                words += *words == ' ';
        }
        *ret_n = strcspn(words, " ");
        return words;
}

static bool is_hex(const char *text, size_t n) {
        for (size_t i = 0; i < n; i++)
                if (!isxdigit((unsigned char) text[i]))
                        return false;
        return n > 0;
}

/* "KEYID USER-ID", where gpgv wrote what could break a line as %XX. */
static int take_good(Tally *tally, const char *words) {
        size_t n = strcspn(words, " ");

        if (++tally->n_good > SIGNATURES_MAX || !is_hex(words, n))
                return set_bad(tally, "GOODSIG", strlen("GOODSIG"));
        return strv_append(&tally->status.identities, words[n] ? words + n + 1 : "");
}

/* "FINGERPRINT DATE TIME EXPIRES VERSION RESERVED ALGORITHM HASH CLASS PRIMARY-FINGERPRINT" */
static int take_valid(Tally *tally, const char *words) {
        size_t n = 0;
        const char *primary = word_at(words, 9, &n);
        _cleanup_(freep) char *fingerprint = NULL;

        if (++tally->n_valid > SIGNATURES_MAX || n != FINGERPRINT_LENGTH || !is_hex(primary, n))
                return set_bad(tally, "VALIDSIG", strlen("VALIDSIG"));
        fingerprint = strndup(primary, n);
        for (char *p = fingerprint; p && *p; p++)
                *p = (char) tolower(*p);
        return strv_push(&tally->status.fingerprints, ptr_take(&fingerprint));
}

/* "KEYID ALGORITHM HASH CLASS TIME REASON FINGERPRINT" */
static int take_error(Tally *tally, const char *words) {
        size_t n = 0, n_id = strcspn(words, " ");
        const char *reason = word_at(words, 5, &n);

        if (n != strlen(ERRSIG_NO_KEY) || strncmp(reason, ERRSIG_NO_KEY, n) != 0 ||
            !is_hex(words, n_id))
                return set_bad(tally, "ERRSIG", strlen("ERRSIG"));
        tally->n_unknown++;
        if (tally->status.key_id)
                return 0;
        tally->status.key_id = strndup(words, n_id);
        return tally->status.key_id ? 0 : -ENOMEM;
}

static int pass_over(Tally *tally, const char *words) {
        (void) tally;
        (void) words;
        return 0;
}

static const struct {
        const char *keyword;
        int (*take)(Tally *tally, const char *words);
} keywords[] = {
        { "GOODSIG", take_good },
        { "VALIDSIG", take_valid },
        { "ERRSIG", take_error },
        /* These say nothing that the others do not. */
        { "NO_PUBKEY", pass_over }, /* after ERRSIG */
        { "NEWSIG", pass_over },
        { "SIG_ID", pass_over },
        { "KEY_CONSIDERED", pass_over },
        { "KEYEXPIRED", pass_over }, /* of any key looked at; EXPKEYSIG is what counts */
        { "VERIFICATION_COMPLIANCE_MODE", pass_over },
        { "NOTATION_NAME", pass_over },
        { "NOTATION_FLAGS", pass_over },
        { "NOTATION_DATA", pass_over },
        { "POLICY_URL", pass_over },
        { "PLAINTEXT", pass_over },
        { "PLAINTEXT_LENGTH", pass_over },
        { "PROGRESS", pass_over },
        { "WARNING", pass_over },
};

/* A keyword that is not in the table (BADSIG, EXPSIG, REVKEYSIG, NODATA ...) is bad. */
static int take_line(Tally *tally, const char *line) {
        const char *rest = text_after(line, PREFIX);
        size_t n = 0;

        if (!rest)
                return set_bad(tally, line, strlen(line));
        n = strcspn(rest, " ");
        for (size_t i = 0; i < N_ELEMENTS(keywords); i++)
                if (strlen(keywords[i].keyword) == n && strncmp(rest, keywords[i].keyword, n) == 0)
                        return keywords[i].take(tally, rest[n] ? rest + n + 1 : rest + n);
        return set_bad(tally, rest, n);
}

static int judge(Tally *tally) {
        if (!tally->bad && tally->n_unknown > 0) {
                tally->status.verdict = FETCH_VERDICT_UNKNOWN;
                return 0;
        }
        if (!tally->bad && tally->n_good > 0 && tally->n_good == tally->n_valid) {
                tally->status.verdict = FETCH_VERDICT_GOOD;
                return 0;
        }
        tally->status.verdict = FETCH_VERDICT_BAD;
        return tally->bad ? 0 : set_bad(tally, "no signature", strlen("no signature"));
}

int fetch_status_parse(const char *text, size_t n, FetchStatus *ret, Error *e) {
        _cleanup_(freep) char *copy = NULL;
        Tally tally = {};
        int r = 0;

        if (n > FETCH_STATUS_SIZE_MAX)
                return error_new(e, -EMSGSIZE, "gpgv says more than %zu bytes",
                                 FETCH_STATUS_SIZE_MAX);
        copy = strndup(n > 0 ? text : "", n);
        if (!copy)
                return -ENOMEM;
        if (strlen(copy) != n || (n > 0 && copy[n - 1] != '\n'))
                r = set_bad(&tally, "cut", strlen("cut"));
        for (char *line = copy; r >= 0 && *line;) {
                char *end = strchrnul(line, '\n'), *next = end + (*end == '\n');

                *end = '\0';
                r = take_line(&tally, line);
                line = next;
        }
        if (r >= 0)
                r = judge(&tally);
        if (r < 0) {
                fetch_status_done(&tally.status);
                return r;
        }
        *ret = tally.status;
        return 0;
}
