/* SPDX-License-Identifier: Apache-2.0 */

/* What rkt and its downloader say to each other, in both directions: what is written again is read
 * again. */

#include "fetch-message.h"
#include "fuzz.h"

static void use_request(const char *bytes, size_t n) {
        _cleanup_(fetch_request_done) FetchRequest request = FETCH_REQUEST_NULL;
        _cleanup_(fetch_request_done) FetchRequest again = FETCH_REQUEST_NULL;
        _cleanup_(freep) char *text = NULL, *text_again = NULL;

        if (fetch_request_parse(bytes, n, &request, NULL) < 0)
                return;
        must(request.url && request.attempts >= 1 && request.offset <= request.size_max);
        text = fetch_request_format(&request);
        must(text != NULL);
        if (strlen(text) > FETCH_MESSAGE_MAX) /* escapes made it longer */
                return;
        must(fetch_request_parse(text, strlen(text), &again, NULL) == 0);
        text_again = fetch_request_format(&again);
        must(text_equal(text, text_again));
}

static void use_event(const char *bytes, size_t n) {
        _cleanup_(fetch_event_done) FetchEvent event = FETCH_EVENT_NULL;
        _cleanup_(fetch_event_done) FetchEvent again = FETCH_EVENT_NULL;
        _cleanup_(freep) char *text = NULL, *text_again = NULL;

        if (fetch_event_parse(bytes, n, &event, NULL) < 0)
                return;
        must(event.kind < _FETCH_EVENT_KIND_MAX && event.error <= 0);
        text = fetch_event_format(&event);
        must(text != NULL);
        if (strlen(text) > FETCH_MESSAGE_MAX)
                return;
        must(fetch_event_parse(text, strlen(text), &again, NULL) == 0);
        text_again = fetch_event_format(&again);
        must(text_equal(text, text_again));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        uint64_t id = 0;

        use_request((const char *) data, size);
        use_event((const char *) data, size);
        (void) fetch_cancel_parse((const char *) data, size, &id);
        return 0;
}
