/* SPDX-License-Identifier: Apache-2.0 */

/* Heads of answers, line by line, and the bodies of refusals. */

#include "fetch-http.h"
#include "fetch-refusal.h"
#include "fuzz.h"
#include "transport-answer.h"

static void use_answer(const TransportAnswer *answer) {
        const char *validator = transport_answer_validator(answer);
        uint64_t first = 0;

        must(answer->status <= 999 && answer->n_head <= TRANSPORT_HEAD_SIZE_MAX);
        must(!validator || fetch_http_value_is_valid(validator));
        if (transport_answer_first(answer, &first, NULL) == 0)
                must(answer->status == 206 || first == 0);
        must(!transport_answer_is_wanted(answer) ||
             (!transport_answer_is_redirect(answer) && !transport_answer_is_passing(answer)));
        for (char **p = answer->authenticate; p && *p; p++)
                must(fetch_http_value_is_valid(*p));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        _cleanup_(transport_answer_done) TransportAnswer answer = {};
        _cleanup_(freep) char *text = fuzz_text(data, size), *words = NULL;
        const char *line = (const char *) data, *end = line + size;
        int r = 0;

        while (r >= 0 && line < end) {
                const char *next = memchr(line, '\n', (size_t) (end - line));

                next = next ? next + 1 : end;
                r = transport_answer_line(&answer, line, (size_t) (next - line), NULL);
                line = next;
        }
        if (r >= 0)
                use_answer(&answer);
        words = fetch_refusal_text(text);
        must(!words || (*words != '\0' && strlen(words) <= FETCH_REFUSAL_SIZE_MAX));
        return 0;
}
