/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch-token.h"

#include "json-read.h"
#include "text.h"

typedef struct Answer {
        char *token, *access_token; /* the older and the newer name */
        int64_t expires_in;
} Answer;

static void answer_done(Answer *answer) {
        free(answer->token);
        free(answer->access_token);
}

void fetch_token_done(FetchToken *token) {
        free(token->text);
        *token = FETCH_TOKEN_NULL;
}

static bool fits_header(const char *text) {
        for (; *text; text++)
                if (*text <= ' ' || *text > '~')
                        return false;
        return true;
}

static uint32_t life(int64_t expires_in) {
        if (expires_in < FETCH_TOKEN_LIFE_MIN_SEC)
                return FETCH_TOKEN_LIFE_MIN_SEC;
        return expires_in > FETCH_TOKEN_LIFE_MAX_SEC ? FETCH_TOKEN_LIFE_MAX_SEC
                                                     : (uint32_t) expires_in;
}

int fetch_token_parse(const char *json, size_t n, FetchToken *ret, Error *e) {
        static const JsonField fields[] = {
                { "token", json_read_string, offsetof(Answer, token), JSON_NULL_OK },
                { "access_token", json_read_string, offsetof(Answer, access_token), JSON_NULL_OK },
                { "expires_in", json_read_i64, offsetof(Answer, expires_in), JSON_NULL_OK },
                {},
        };
        _cleanup_(answer_done) Answer answer = {};
        _cleanup_(json_freep) Json *root = NULL;
        char **slot = NULL;
        int r = 0;

        if (n > FETCH_TOKEN_SIZE_MAX)
                return error_new(e, -EMSGSIZE, "the token server's answer is too long");
        r = json_parse(json, n, &root, e);
        if (r >= 0)
                r = json_read_object(root, fields, &answer, e);
        if (r < 0)
                return error_wrap(e, r, "cannot read the token server's answer");
        slot = text_is_empty(answer.token) ? &answer.access_token : &answer.token;
        if (text_is_empty(*slot))
                return error_new(e, -EINVAL, "the token server's answer has no token");
        if (!fits_header(*slot))
                return error_new(e, -EINVAL,
                                 "the token server's token has blanks or control "
                                 "characters");
        *ret = (FetchToken){ .text = ptr_take(slot), .life_sec = life(answer.expires_in) };
        return 0;
}
