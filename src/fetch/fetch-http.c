/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch-http.h"

#include <ctype.h>
#include <strings.h>
#include <time.h>

#include "text.h"

#define AGE_MAX INT64_C(31536000) /* a year: more is not meant */
#define ETAG_MAX 1024

static int64_t parse_age(const char *text, size_t n) {
        _cleanup_(freep) char *digits = strndup(text, n);
        uint64_t age = 0;

        if (!digits || (digits[0] == '0' && digits[1] != '\0'))
                return -1;
        switch (text_parse_u64(digits, (uint64_t) AGE_MAX, &age)) {
        case 0:
                return (int64_t) age;
        case -ERANGE:
                return AGE_MAX;
        default:
                return -1;
        }
}

static bool equals(const char *text, size_t n, const char *word) {
        return strlen(word) == n && strncasecmp(text, word, n) == 0;
}

int64_t fetch_http_max_age(const char *cache_control) {
        const char *text = cache_control ? cache_control : "";
        int64_t age = 0;

        while (*text) {
                size_t n = 0;

                text += strspn(text, " \t,");
                n = strcspn(text, " \t,");
                if (equals(text, n, "no-cache") || equals(text, n, "no-store"))
                        age = 0;
                else if (n > strlen("max-age=") &&
                         strncasecmp(text, "max-age=", strlen("max-age=")) == 0) {
                        int64_t new = parse_age(text + strlen("max-age="), n - strlen("max-age="));

                        age = new >= 0 ? new : age;
                }
                text += n;
        }
        return age;
}

/* Two digits, or -1. */
static int two_digits(const char *text) {
        if (!isdigit((unsigned char) text[0]) || !isdigit((unsigned char) text[1]))
                return -1;
        return (text[0] - '0') * 10 + text[1] - '0';
}

int fetch_http_date(const char *text, int64_t *ret_sec) {
        static const char pattern[] = "___, 00 ___ 0000 00:00:00 GMT";
        static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
        struct tm tm = {}, check;
        const char *month = NULL;
        time_t seconds = 0;

        if (strlen(text) != strlen(pattern))
                return -EINVAL;
        for (size_t i = 0; pattern[i]; i++)
                if (pattern[i] == '0'   ? !isdigit((unsigned char) text[i])
                    : pattern[i] == '_' ? !isalpha((unsigned char) text[i])
                                        : text[i] != pattern[i])
                        return -EINVAL;
        for (month = months; *month && strncmp(month, text + 8, 3) != 0; month += 3)
                ;
        if (*month == '\0')
                return -EINVAL;
        tm.tm_mday = two_digits(text + 5);
        tm.tm_mon = (int) (month - months) / 3;
        tm.tm_year = two_digits(text + 12) * 100 + two_digits(text + 14) - 1900;
        tm.tm_hour = two_digits(text + 17);
        tm.tm_min = two_digits(text + 20);
        tm.tm_sec = two_digits(text + 23);
        if (tm.tm_hour > 23 || tm.tm_min > 59 || tm.tm_sec > 60)
                return -EINVAL;
        if (tm.tm_sec == 60)
                tm.tm_sec = 59; /* a leap second, which no clock here knows */
        check = tm;
        seconds = timegm(&check);
        if (check.tm_mday != tm.tm_mday) /* the 31st of June became the 1st of July */
                return -EINVAL;
        *ret_sec = seconds;
        return 0;
}

int fetch_http_retry_after(const char *text, int64_t now_sec, int64_t *ret_sec) {
        uint64_t seconds = 0;
        int64_t date = 0;
        int r = text_parse_u64(text, INT32_MAX, &seconds);

        if (r == -ERANGE)
                seconds = INT32_MAX;
        else if (r < 0) {
                if (fetch_http_date(text, &date) < 0)
                        return -EINVAL;
                seconds = date > now_sec ? (uint64_t) (date - now_sec) : 0;
        }
        *ret_sec = (int64_t) seconds;
        return 0;
}

/* Digits up to @end, a character that must follow. */
static int take_number(const char **text, char end, uint64_t *ret) {
        size_t n = strspn(*text, "0123456789");
        _cleanup_(freep) char *digits = strndup(*text, n);

        if (!digits || (*text)[n] != end || text_parse_u64(digits, INT64_MAX, ret) < 0)
                return -EINVAL;
        *text += n + (end != '\0');
        return 0;
}

int fetch_http_content_range(const char *text, FetchRange *ret) {
        const char *rest = strncasecmp(text, "bytes ", 6) == 0 ? text + 6 : NULL;
        FetchRange range = { .total = UINT64_MAX };

        if (!rest || take_number(&rest, '-', &range.first) < 0 ||
            take_number(&rest, '/', &range.last) < 0)
                return -EINVAL;
        if (!text_equal(rest, "*") && take_number(&rest, '\0', &range.total) < 0)
                return -EINVAL;
        if (range.last < range.first || range.last >= range.total)
                return -EINVAL;
        *ret = range;
        return 0;
}

bool fetch_http_etag_is_strong(const char *etag) {
        size_t n = strlen(etag);

        if (n < 2 || n > ETAG_MAX || etag[0] != '"' || etag[n - 1] != '"')
                return false;
        for (size_t i = 1; i < n - 1; i++)
                if (etag[i] <= ' ' || etag[i] > '~' || etag[i] == '"')
                        return false;
        return true;
}

bool fetch_http_etag_is_valid(const char *etag) {
        const char *weak = text_after(etag, "W/");

        return fetch_http_etag_is_strong(weak ? weak : etag);
}

bool fetch_http_value_is_valid(const char *text) {
        for (; *text; text++)
                if (*text < ' ' || *text > '~')
                        return false;
        return true;
}
