/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Header values that decide something. Pure.
 * Source: RFC 9110 (5.6.7, 8.8, 10.2.3, 14.4), RFC 9111 (5.2). */

#include <stdbool.h>
#include <stdint.h>

/* How long an answer stays fresh, in seconds, by its Cache-Control (NULL: 0). Of "max-age",
 * "no-cache" and "no-store" the last one counts, as in the original. */
int64_t fetch_http_max_age(const char *cache_control);

/* "Sun, 06 Nov 1994 08:49:37 GMT". Returns 0 and seconds since the epoch; -EINVAL. */
int fetch_http_date(const char *text, int64_t *ret_sec);

/* Retry-After, in seconds or as a date. Returns 0; -EINVAL. */
int fetch_http_retry_after(const char *text, int64_t now_sec, int64_t *ret_sec);

typedef struct FetchRange {
        uint64_t first, last;
        uint64_t total; /* UINT64_MAX where unknown */
} FetchRange;

/* Content-Range of an answer with status 206. Returns 0; -EINVAL. */
int fetch_http_content_range(const char *text, FetchRange *ret);

/* An entity tag as it is to be sent back: quoted, perhaps weak, printable. */
bool fetch_http_etag_is_valid(const char *etag);

/* Whether it may stand in If-Range: equal bytes, not only equal meaning. */
bool fetch_http_etag_is_strong(const char *etag);

/* Whether a value may stand in a header: printable ASCII and blanks. */
bool fetch_http_value_is_valid(const char *text);
