/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The head of an answer: its status and those of its headers that decide something. Pure. */

#include <stdbool.h>
#include <stdint.h>

#include "errors.h"
#include "text.h"

#define TRANSPORT_HEAD_SIZE_MAX ((size_t) 64 * 1024) /* all header lines of a transfer */

typedef struct TransportAnswer {
        unsigned status;
        size_t n_head; /* bytes of header lines */
        char *type, *etag, *last_modified, *cache_control, *content_range, *retry_after;
        Strv authenticate;
        bool has_length;
        uint64_t length; /* of the body, as announced */
} TransportAnswer;

void transport_answer_done(TransportAnswer *answer);

/* One line of the head, its end included; a status line forgets what stood before. What has bad
 * characters is passed over. Returns 0; -EMSGSIZE too many bytes; -EBADMSG a length that is none, or a
 * second one; -ENOMEM. */
int transport_answer_line(TransportAnswer *answer, const char *line, size_t n, Error *e);

/* Whether the body is what was asked for. */
static inline bool transport_answer_is_wanted(const TransportAnswer *answer) {
        return answer->status == 200 || answer->status == 206;
}

/* Whether the same question may get a better answer later. */
bool transport_answer_is_passing(const TransportAnswer *answer);

bool transport_answer_is_redirect(const TransportAnswer *answer);

/* The number of the body's first byte. Returns 0; -EBADMSG a partial answer that does not tell. */
int transport_answer_first(const TransportAnswer *answer, uint64_t *ret, Error *e);

/* What to send back so that only the rest of the same thing comes: a strong entity tag or a date.
 * NULL if there is none. Borrowed. */
const char *transport_answer_validator(const TransportAnswer *answer);
