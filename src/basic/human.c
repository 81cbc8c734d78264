/* SPDX-License-Identifier: Apache-2.0 */
#include "human.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "cleanup.h"
#include "text.h"

#define MINUTE (60 * NSEC_PER_SEC)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)
#define WEEK (7 * DAY)
#define MONTH (30 * DAY)
#define YEAR (12 * MONTH)
#define LONG_TIME (37 * YEAR)

int64_t human_now(void) {
        struct timespec ts = {};

        (void) clock_gettime(CLOCK_REALTIME, &ts);
        return (int64_t) ts.tv_sec * NSEC_PER_SEC + ts.tv_nsec;
}

/* At most @digits of the fraction, without trailing zeros. */
static char *format_time(int64_t nsec, int digits) {
        time_t seconds = (time_t) (nsec / NSEC_PER_SEC);
        char when[64], zone[64], fraction[16] = "";
        struct tm tm;
        char *text = NULL;

        if (nsec <= 0 || !localtime_r(&seconds, &tm))
                return strdup("-");
        (void) strftime(when, sizeof(when), "%Y-%m-%d %H:%M:%S", &tm);
        (void) strftime(zone, sizeof(zone), "%z %Z", &tm);
        (void) snprintf(fraction, sizeof(fraction), ".%09u", (unsigned) (nsec % NSEC_PER_SEC));
        fraction[1 + digits] = '\0';
        for (size_t n = strlen(fraction); n > 1 && fraction[n - 1] == '0'; n--)
                fraction[n - 1] = '\0';
        if (fraction[1] == '\0')
                fraction[0] = '\0';
        return asprintf(&text, "%s%s %s", when, fraction, zone) < 0 ? NULL : text;
}

char *human_time(int64_t nsec) {
        return format_time(nsec, 3);
}

char *human_time_exact(int64_t nsec) {
        return format_time(nsec, 9);
}

#define DIGITS_MAX 20 /* of 64 bits */

/* Lists have thousands of ages and sizes, and printf is slow. Returns the end. */
static char *put_number(char *to, uint64_t number) {
        char digits[DIGITS_MAX];
        size_t n = 0;

        do
                digits[n++] = (char) ('0' + number % 10);
        while ((number /= 10) > 0);
        while (n > 0)
                *to++ = digits[--n];
        *to = '\0';
        return to;
}

char *human_age(int64_t nsec, int64_t now_nsec) {
        static const struct {
                int64_t below;
                const char *one; /* the whole text, or NULL and then a number of: */
                int64_t unit;
                const char *many;
        } steps[] = {
                { 2 * NSEC_PER_SEC, "1 second", 0, NULL },
                { MINUTE, NULL, NSEC_PER_SEC, " seconds" },
                { 2 * MINUTE, "1 minute", 0, NULL },
                { HOUR, NULL, MINUTE, " minutes" },
                { 2 * HOUR, "1 hour", 0, NULL },
                { DAY, NULL, HOUR, " hours" },
                { 2 * DAY, "1 day", 0, NULL },
                { WEEK, NULL, DAY, " days" },
                { 2 * WEEK, "1 week", 0, NULL },
                { MONTH, NULL, WEEK, " weeks" },
                { 2 * MONTH, "1 month", 0, NULL },
                { YEAR, NULL, MONTH, " months" },
                { 18 * MONTH, "1 year", 0, NULL },
                { 2 * YEAR, "2 years", 0, NULL },
                { LONG_TIME, NULL, YEAR, " years" },
        };
        char text[DIGITS_MAX + sizeof(" seconds from now")], *end = text;
        int64_t age = 0;

        if (nsec <= 0 || now_nsec <= 0)
                return strdup("a long while ago");
        age = now_nsec < nsec ? nsec - now_nsec : now_nsec - nsec;
        if (age < NSEC_PER_SEC)
                return strdup("now");
        for (size_t i = 0; i < N_ELEMENTS(steps); i++) {
                if (age >= steps[i].below)
                        continue;
                if (steps[i].one)
                        end = stpcpy(end, steps[i].one);
                else
                        end = stpcpy(put_number(end, (uint64_t) (age / steps[i].unit)),
                                     steps[i].many);
                (void) stpcpy(end, now_nsec < nsec ? " from now" : " ago");
                return strdup(text);
        }
        return strdup("a long while ago");
}

char *human_size(uint64_t bytes) {
        static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };
        double value = (double) bytes;
        char text[DIGITS_MAX + sizeof(".9KiB")], *end = text;
        uint64_t tenths = 0, whole = 0, rest = 0;
        size_t unit = 0;

        while (value >= 1024 && unit + 1 < N_ELEMENTS(units)) {
                value /= 1024;
                unit++;
        }
        /* The original rounds to one decimal first, and shows it only below ten; else it rounds again, a
         * half to the even number. */
        tenths = (uint64_t) (value * 10 + 0.5);
        whole = tenths / 10;
        rest = tenths % 10;
        if (unit > 0 && whole < 10) {
                end = put_number(end, whole);
                *end++ = '.';
                end = put_number(end, rest);
        } else
                end = put_number(end, whole + (rest > 5 || (rest == 5 && whole % 2 == 1)));
        (void) stpcpy(end, units[unit]);
        return strdup(text);
}

/* @value over 10^@decimals with @unit behind it; zeros at the end of the fraction are left out. */
static char *format_fraction(const char *head, uint64_t value, int decimals, const char *unit) {
        uint64_t scale = 1;
        char *text = NULL;

        for (int i = 0; i < decimals; i++)
                scale *= 10;
        for (; decimals > 0 && value % 10 == 0; decimals--) {
                value /= 10;
                scale /= 10;
        }
        if (decimals == 0)
                return asprintf(&text, "%s%" PRIu64 "%s", head, value, unit) < 0 ? NULL : text;
        if (asprintf(&text, "%s%" PRIu64 ".%0*" PRIu64 "%s", head, value / scale, decimals,
                     value % scale, unit) < 0)
                return NULL;
        return text;
}

/* Below a second Go chooses the unit so that the number has a whole part. */
char *human_duration(int64_t nsec) {
        uint64_t n = nsec < 0 ? -(uint64_t) nsec : (uint64_t) nsec;
        uint64_t hours = n / HOUR, minutes = n % HOUR / MINUTE;
        _cleanup_(freep) char *head = NULL;
        const char *sign = nsec < 0 ? "-" : "";
        int r = 0;

        if (n == 0)
                return strdup("0s");
        if (n < 1000)
                return format_fraction(sign, n, 0, "ns");
        if (n < 1000000)
                return format_fraction(sign, n, 3, "\xc2\xb5s");
        if (n < (uint64_t) NSEC_PER_SEC)
                return format_fraction(sign, n, 6, "ms");
        if (hours > 0)
                r = asprintf(&head, "%s%" PRIu64 "h%" PRIu64 "m", sign, hours, minutes);
        else if (minutes > 0)
                r = asprintf(&head, "%s%" PRIu64 "m", sign, minutes);
        else
                r = asprintf(&head, "%s", sign);
        if (r < 0) {
                head = NULL;
                return NULL;
        }
        return format_fraction(head, n % MINUTE, 9, "s");
}

#define FRACTION_SCALE INT64_C(1000000000000000000)

/* "1.5" in front of @text: the whole, and the fraction in 10^-18. */
static int parse_number(const char **text, int64_t *ret_whole, int64_t *ret_fraction) {
        int64_t whole = 0, fraction = 0, scale = FRACTION_SCALE;
        bool any = false;

        for (; **text >= '0' && **text <= '9'; (*text)++, any = true)
                if (__builtin_mul_overflow(whole, (int64_t) 10, &whole) ||
                    __builtin_add_overflow(whole, (int64_t) (**text - '0'), &whole))
                        return -ERANGE;
        if (**text == '.')
                for ((*text)++; **text >= '0' && **text <= '9'; (*text)++, any = true) {
                        scale /= 10;
                        fraction += (**text - '0') * scale;
                }
        *ret_whole = whole;
        *ret_fraction = fraction;
        return any ? 0 : -EINVAL;
}

static int64_t parse_unit(const char **text) {
        static const struct {
                const char *name;
                int64_t nsec;
        } units[] = {
                { "ns", 1 },           { "us", 1000 },  { "\xc2\xb5s", 1000 }, { "ms", 1000000 },
                { "s", NSEC_PER_SEC }, { "m", MINUTE }, { "\xce\xbcs", 1000 }, { "h", HOUR },
        };

        for (size_t i = 0; i < N_ELEMENTS(units); i++) {
                size_t n = strlen(units[i].name);
                char next = 'x';

                if (strncmp(*text, units[i].name, n) == 0)
                        next = (*text)[n];
                if (next == '\0' || next == '.' || (next >= '0' && next <= '9')) {
                        *text += n;
                        return units[i].nsec;
                }
        }
        return 0;
}

int human_parse_duration(const char *text, int64_t *ret_nsec) {
        bool negative = *text == '-';
        int64_t total = 0;

        if (*text == '-' || *text == '+')
                text++;
        if (strcmp(text, "0") == 0) {
                *ret_nsec = 0;
                return 0;
        }
        if (*text == '\0')
                return -EINVAL;
        while (*text) {
                int64_t whole = 0, fraction = 0, unit = 0, part = 0;
                int r = parse_number(&text, &whole, &fraction);

                if (r < 0)
                        return r;
                unit = parse_unit(&text);
                if (unit == 0)
                        return -EINVAL;
                if (__builtin_mul_overflow(whole, unit, &part) ||
                    __builtin_add_overflow(total, part, &total))
                        return -ERANGE;
                part = (int64_t) ((__int128) fraction * unit / FRACTION_SCALE);
                if (__builtin_add_overflow(total, part, &total))
                        return -ERANGE;
        }
        *ret_nsec = negative ? -total : total;
        return 0;
}

/* A date as calendars have it: mktime() would take the 31st of February for the 3rd of March. */
static int to_seconds(struct tm *tm, bool has_zone, int64_t *ret) {
        long offset = tm->tm_gmtoff;
        struct tm given = *tm;
        time_t seconds = 0;

        tm->tm_isdst = -1;
        errno = 0;
        seconds = has_zone ? timegm(tm) : mktime(tm);
        if (seconds == (time_t) -1 && errno != 0)
                return -ERANGE;
        if (given.tm_mday != tm->tm_mday || given.tm_mon != tm->tm_mon)
                return -EINVAL;
        *ret = (int64_t) seconds - (has_zone ? offset : 0);
        return 0;
}

static int parse_date(const char *text, int64_t *ret) {
        static const struct {
                const char *format;
                bool has_zone;
        } formats[] = {
                { "%Y-%m-%d", false },           { "%Y-%m-%d %H:%M", false },
                { "%Y-%m-%d %H:%M:%S", false },  { "%Y-%m-%dT%H:%M:%S", false },
                { "%Y-%m-%dT%H:%M:%S%z", true },
        };

        for (size_t i = 0; i < N_ELEMENTS(formats); i++) {
                struct tm tm = {};
                const char *rest = strptime(text, formats[i].format, &tm);

                if (rest && *rest == '\0')
                        return to_seconds(&tm, formats[i].has_zone, ret);
        }
        return -EINVAL;
}

int human_parse_time(const char *text, int64_t now_nsec, int64_t *ret_nsec) {
        int64_t seconds = 0, nsec = 0;
        uint64_t epoch = 0;
        int r = 0;

        if (human_parse_duration(text, &nsec) >= 0) {
                if (__builtin_sub_overflow(now_nsec, nsec, &nsec))
                        return -ERANGE;
                *ret_nsec = nsec;
                return 0;
        }
        if (*text == '@') {
                r = text_parse_u64(text + 1, INT64_MAX, &epoch);
                seconds = (int64_t) epoch;
        } else
                r = parse_date(text, &seconds);
        if (r < 0)
                return r;
        if (__builtin_mul_overflow(seconds, NSEC_PER_SEC, &nsec))
                return -ERANGE;
        *ret_nsec = nsec;
        return 0;
}
