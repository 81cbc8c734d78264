/* SPDX-License-Identifier: Apache-2.0 */

/* Values of headers: challenges, ages, dates, ranges and tags. */

#include "fetch-challenge.h"
#include "fetch-http.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        _cleanup_(fetch_challenges_done) FetchChallenges challenges = FETCH_CHALLENGES_NULL;
        _cleanup_(freep) char *text = fuzz_text(data, size);
        char *headers[] = { text, text, NULL };
        FetchRange range = {};
        int64_t seconds = 0;

        if (!text)
                return 0;
        if (fetch_challenges_parse(headers, &challenges, NULL) == 0) {
                must(challenges.n <= FETCH_CHALLENGES_MAX && challenges.n % 2 == 0);
                for (size_t i = 0; i < challenges.n; i++)
                        must(*challenges.items[i].scheme != '\0');
        }
        must(fetch_http_max_age(text) >= 0);
        if (fetch_http_retry_after(text, 784111740, &seconds) == 0)
                must(seconds >= 0);
        if (fetch_http_date(text, &seconds) == 0)
                must(strlen(text) == 29);
        if (fetch_http_content_range(text, &range) == 0)
                must(range.first <= range.last && range.last < range.total);
        must(!fetch_http_etag_is_strong(text) || fetch_http_etag_is_valid(text));
        must(!fetch_http_etag_is_valid(text) || fetch_http_value_is_valid(text));
        return 0;
}
