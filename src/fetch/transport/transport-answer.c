/* SPDX-License-Identifier: Apache-2.0 */
#include "transport-answer.h"

#include <strings.h>

#include "fetch-http.h"

#define AUTHENTICATE_MAX 8
#define VALUE_MAX ((size_t) 4096)

void transport_answer_done(TransportAnswer *answer) {
        free(answer->type);
        free(answer->etag);
        free(answer->last_modified);
        free(answer->cache_control);
        free(answer->content_range);
        free(answer->retry_after);
        strv_free(answer->authenticate);
        *answer = (TransportAnswer){};
}

static int take_status(TransportAnswer *answer, const char *line) {
        const char *code = strchr(line, ' ');
        _cleanup_(freep) char *digits = code ? strndup(code + 1, 3) : NULL;
        size_t n_head = answer->n_head;
        uint64_t status = 0;

        transport_answer_done(answer);
        answer->n_head = n_head;
        if (digits && text_parse_u64(digits, 999, &status) == 0)
                answer->status = (unsigned) status;
        return 0;
}

/* Of an answer with two lengths nobody knows where it ends. */
static int keep_length(TransportAnswer *answer, const char *value, Error *e) {
        uint64_t length = 0;

        if (text_parse_u64(value, INT64_MAX, &length) < 0)
                return error_new(e, -EBADMSG, "the server tells a length that is none");
        if (answer->has_length && answer->length != length)
                return error_new(e, -EBADMSG, "the server tells two lengths");
        answer->has_length = true;
        answer->length = length;
        return 0;
}

static int keep(TransportAnswer *answer, const char *name, const char *value, Error *e) {
        const struct {
                const char *name;
                char **slot;
        } slots[] = {
                { "Content-Type", &answer->type },
                { "ETag", &answer->etag },
                { "Last-Modified", &answer->last_modified },
                { "Cache-Control", &answer->cache_control },
                { "Content-Range", &answer->content_range },
                { "Retry-After", &answer->retry_after },
        };

        if (!fetch_http_value_is_valid(value) || strlen(value) > VALUE_MAX)
                return 0;
        if (strcasecmp(name, "Content-Length") == 0)
                return keep_length(answer, value, e);
        if (strcasecmp(name, "WWW-Authenticate") == 0 &&
            strv_length(answer->authenticate) < AUTHENTICATE_MAX)
                return strv_append(&answer->authenticate, value);
        for (size_t i = 0; i < N_ELEMENTS(slots); i++)
                if (strcasecmp(name, slots[i].name) == 0 && !*slots[i].slot) {
                        *slots[i].slot = strdup(value);
                        return *slots[i].slot ? 0 : -ENOMEM;
                }
        return 0;
}

int transport_answer_line(TransportAnswer *answer, const char *line, size_t n, Error *e) {
        _cleanup_(freep) char *copy = strndup(line, n);
        char *value = NULL;

        if (!copy)
                return -ENOMEM;
        answer->n_head += n;
        if (answer->n_head > TRANSPORT_HEAD_SIZE_MAX)
                return error_new(e, -EMSGSIZE, "the server sends more than %zu bytes of headers",
                                 TRANSPORT_HEAD_SIZE_MAX);
        if (strncmp(copy, "HTTP/", 5) == 0)
                return take_status(answer, copy);
        value = strchr(copy, ':');
        if (!value || strlen(copy) != n)
                return 0;
        *value++ = '\0';
        return keep(answer, copy, text_trim(value), e);
}

static bool is_among(unsigned status, const unsigned *list, size_t n) {
        for (size_t i = 0; i < n; i++)
                if (status == list[i])
                        return true;
        return false;
}

bool transport_answer_is_passing(const TransportAnswer *answer) {
        static const unsigned list[] = { 408, 429, 500, 502, 503, 504 };

        return is_among(answer->status, list, N_ELEMENTS(list));
}

bool transport_answer_is_redirect(const TransportAnswer *answer) {
        static const unsigned list[] = { 301, 302, 303, 307, 308 };

        return is_among(answer->status, list, N_ELEMENTS(list));
}

int transport_answer_first(const TransportAnswer *answer, uint64_t *ret, Error *e) {
        FetchRange range = {};

        if (answer->status == 206 &&
            (!answer->content_range || fetch_http_content_range(answer->content_range, &range) < 0))
                return error_new(e, -EBADMSG, "the server does not tell which part it sends");
        *ret = range.first;
        return 0;
}

const char *transport_answer_validator(const TransportAnswer *answer) {
        int64_t date = 0;

        if (answer->etag && fetch_http_etag_is_strong(answer->etag))
                return answer->etag;
        if (answer->last_modified && fetch_http_date(answer->last_modified, &date) == 0)
                return answer->last_modified;
        return NULL;
}
