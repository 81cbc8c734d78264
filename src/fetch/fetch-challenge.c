/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch-challenge.h"

#include <ctype.h>

static const char token_characters[] =
        "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

void fetch_challenges_done(FetchChallenges *challenges) {
        for (size_t i = 0; i < challenges->n; i++) {
                free(challenges->items[i].scheme);
                appc_pairs_done(&challenges->items[i].parameters);
        }
        free(challenges->items);
        *challenges = FETCH_CHALLENGES_NULL;
}

const FetchChallenge *fetch_challenges_find(const FetchChallenges *challenges, const char *scheme) {
        for (size_t i = 0; i < challenges->n; i++)
                if (text_equal(challenges->items[i].scheme, scheme))
                        return &challenges->items[i];
        return NULL;
}

static void skip_blanks(const char **text) {
        *text += strspn(*text, " \t");
}

/* Lower case; -EBADMSG when there is none. */
static int take_token(const char **text, char **ret) {
        size_t n = strspn(*text, token_characters);

        if (n == 0)
                return -EBADMSG;
        *ret = strndup(*text, n);
        if (!*ret)
                return -ENOMEM;
        for (char *p = *ret; *p; p++)
                *p = (char) tolower(*p);
        *text += n;
        return 0;
}

/* Behind the first quote. */
static int take_quoted(const char **text, char **ret) {
        _cleanup_(freep) char *value = malloc(strlen(*text) + 1);
        char *out = value;
        const char *p = *text;

        if (!value)
                return -ENOMEM;
        for (; *p != '"'; p++) {
                if (*p == '\\' && p[1] != '\0')
                        p++;
                if (*p == '\0' || ((unsigned char) *p < ' ' && *p != '\t') || *p == 0x7f)
                        return -EBADMSG;
                *out++ = *p;
        }
        *out = '\0';
        *text = p + 1;
        *ret = ptr_take(&value);
        return 0;
}

static int take_value(const char **text, char **ret) {
        size_t n = strspn(*text, token_characters);

        if (**text == '"') {
                (*text)++;
                return take_quoted(text, ret);
        }
        if (n == 0)
                return -EBADMSG;
        *ret = strndup(*text, n);
        *text += n;
        return *ret ? 0 : -ENOMEM;
}

/* Whether a parameter comes next, and not the scheme of another challenge. */
static bool at_parameter(const char *text) {
        size_t n = strspn(text, token_characters);

        text += n;
        skip_blanks(&text);
        return n > 0 && *text == '=';
}

static int take_parameter(const char **text, FetchChallenge *challenge) {
        _cleanup_(freep) char *name = NULL, *value = NULL;
        int r = take_token(text, &name);

        if (r < 0)
                return r;
        skip_blanks(text);
        (*text)++; /* '=' */
        skip_blanks(text);
        r = take_value(text, &value);
        if (r < 0)
                return r;
        if (appc_pairs_get(&challenge->parameters, name))
                return -EBADMSG;
        if (challenge->parameters.n == FETCH_CHALLENGE_PARAMETERS_MAX)
                return -ERANGE;
        return appc_pairs_set(&challenge->parameters, name, value);
}

/* Whether the scheme is followed by one opaque word, as Negotiate has it. */
static size_t opaque_length(const char *text) {
        size_t n = strspn(text, token_characters);

        n += strspn(text + n, "/"); /* '/' is the one character of it that no token has */
        for (size_t more = 1; more > 0;) {
                more = strspn(text + n, token_characters);
                more += strspn(text + n + more, "/");
                n += more;
        }
        n += strspn(text + n, "=");
        text += n;
        skip_blanks(&text);
        return *text == '\0' || *text == ',' ? n : 0;
}

static int take_parameters(const char **text, FetchChallenge *challenge) {
        const char *start = *text;
        size_t n = 0;
        int r = 0;

        skip_blanks(text);
        if (*text == start)
                return 0;
        n = opaque_length(*text);
        if (n > 0) {
                *text += n;
                return 0;
        }
        while (r >= 0 && at_parameter(*text)) {
                const char *behind = NULL;

                r = take_parameter(text, challenge);
                if (r < 0)
                        return r;
                behind = *text;
                behind += strspn(behind, " \t,");
                if (!memchr(*text, ',', (size_t) (behind - *text)) || !at_parameter(behind))
                        break;
                *text = behind;
        }
        return r;
}

static int take_challenge(const char **text, FetchChallenges *challenges) {
        FetchChallenge *grown = NULL, *challenge = NULL;
        int r = 0;

        if (challenges->n == FETCH_CHALLENGES_MAX)
                return -ERANGE;
        grown = reallocarray(challenges->items, challenges->n + 1, sizeof(FetchChallenge));
        if (!grown)
                return -ENOMEM;
        challenges->items = grown;
        challenge = &grown[challenges->n];
        *challenge = (FetchChallenge){};
        r = take_token(text, &challenge->scheme);
        if (r < 0)
                return r;
        challenges->n++;
        r = take_parameters(text, challenge);
        if (r < 0)
                return r;
        skip_blanks(text);
        return **text == '\0' || **text == ',' ? 0 : -EBADMSG;
}

int fetch_challenges_parse(char *const *headers, FetchChallenges *ret, Error *e) {
        _cleanup_(fetch_challenges_done) FetchChallenges challenges = FETCH_CHALLENGES_NULL;
        int r = 0;

        for (; headers && *headers && r >= 0; headers++) {
                const char *text = *headers;

                if (strlen(text) > FETCH_CHALLENGE_LENGTH_MAX)
                        return error_new(e, -ERANGE, "the server's challenge is too long");
                text += strspn(text, " \t,");
                while (*text && r >= 0) {
                        r = take_challenge(&text, &challenges);
                        text += strspn(text, " \t,");
                }
                if (r == -EBADMSG)
                        return error_new(e, r, "cannot read the server's challenge \"%s\"",
                                         *headers);
        }
        if (r == -ERANGE)
                return error_new(e, r, "the server's challenges are too many");
        if (r < 0)
                return r;
        *ret = struct_take(&challenges);
        return 0;
}
