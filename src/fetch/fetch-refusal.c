/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch-refusal.h"

#include <stdio.h>

#include "json-read.h"
#include "text.h"

typedef struct Refusal {
        char *code, *message;
} Refusal;

static char *cut(const char *text) {
        return strndup(text, FETCH_REFUSAL_SIZE_MAX);
}

static char *first_line(const char *body) {
        size_t n = strcspn(body, "\r\n");

        /* Pages for browsers tell nothing. */
        return n == 0 || n > FETCH_REFUSAL_SIZE_MAX || *body == '<' || *body == '{'
                       ? NULL
                       : strndup(body, n);
}

char *fetch_refusal_text(const char *body) {
        static const JsonField fields[] = {
                { "code", json_read_string, offsetof(Refusal, code), JSON_NULL_OK },
                { "message", json_read_string, offsetof(Refusal, message), JSON_NULL_OK },
                {},
        };
        _cleanup_(json_freep) Json *root = NULL;
        _cleanup_(freep) char *text = NULL;
        const Json *errors = NULL;
        Refusal refusal = {};
        char *shown = NULL;

        if (!body)
                return NULL;
        if (json_parse(body, strlen(body), &root, NULL) >= 0)
                errors = json_get(root, "errors");
        if (errors && json_kind(errors) == JSON_ARRAY && json_array_length(errors) > 0)
                (void) json_read_object(json_array_get(errors, 0), fields, &refusal, NULL);
        if (!text_is_empty(refusal.code) && !text_is_empty(refusal.message) &&
            asprintf(&text, "%s: %s", refusal.code, refusal.message) < 0)
                text = NULL;
        if (text)
                shown = cut(text);
        else if (!text_is_empty(refusal.message) || !text_is_empty(refusal.code))
                shown = cut(text_is_empty(refusal.message) ? refusal.code : refusal.message);
        else if (!root)
                shown = first_line(body);
        free(refusal.code);
        free(refusal.message);
        return shown;
}
