/* SPDX-License-Identifier: Apache-2.0 */
#include "human.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "cleanup.h"

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

char *human_time(int64_t nsec) {
        time_t seconds = (time_t) (nsec / NSEC_PER_SEC);
        unsigned milliseconds = (unsigned) (nsec % NSEC_PER_SEC / 1000000);
        char when[64], zone[64], fraction[16] = "";
        struct tm tm;
        char *text = NULL;

        if (!localtime_r(&seconds, &tm))
                return strdup("-");
        (void) strftime(when, sizeof(when), "%Y-%m-%d %H:%M:%S", &tm);
        (void) strftime(zone, sizeof(zone), "%z %Z", &tm);
        if (milliseconds > 0) {
                int digits = 3;

                for (; milliseconds % 10 == 0; digits--)
                        milliseconds /= 10;
                (void) snprintf(fraction, sizeof(fraction), ".%0*u", digits, milliseconds);
        }
        return asprintf(&text, "%s%s %s", when, fraction, zone) < 0 ? NULL : text;
}

char *human_age(int64_t nsec, int64_t now_nsec) {
        static const struct {
                int64_t below;
                const char *one; /* the whole text, or NULL and then a number of: */
                int64_t unit;
                const char *many;
        } steps[] = {
                { 2 * NSEC_PER_SEC, "1 second", 0, NULL },
                { MINUTE, NULL, NSEC_PER_SEC, "seconds" },
                { 2 * MINUTE, "1 minute", 0, NULL },
                { HOUR, NULL, MINUTE, "minutes" },
                { 2 * HOUR, "1 hour", 0, NULL },
                { DAY, NULL, HOUR, "hours" },
                { 2 * DAY, "1 day", 0, NULL },
                { WEEK, NULL, DAY, "days" },
                { 2 * WEEK, "1 week", 0, NULL },
                { MONTH, NULL, WEEK, "weeks" },
                { 2 * MONTH, "1 month", 0, NULL },
                { YEAR, NULL, MONTH, "months" },
                { 18 * MONTH, "1 year", 0, NULL },
                { 2 * YEAR, "2 years", 0, NULL },
                { LONG_TIME, NULL, YEAR, "years" },
        };
        int64_t age = now_nsec - nsec;
        const char *side = age < 0 ? "from now" : "ago";
        char *text = NULL;

        if (nsec <= 0)
                return strdup("a long while ago");
        if (age < 0)
                age = -age;
        if (age < NSEC_PER_SEC)
                return strdup("now");
        for (size_t i = 0; i < N_ELEMENTS(steps); i++) {
                int n = 0;

                if (age >= steps[i].below)
                        continue;
                if (steps[i].one)
                        n = asprintf(&text, "%s %s", steps[i].one, side);
                else
                        n = asprintf(&text, "%" PRId64 " %s %s", age / steps[i].unit, steps[i].many,
                                     side);
                return n < 0 ? NULL : text;
        }
        return strdup("a long while ago");
}

char *human_size(uint64_t bytes) {
        static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };
        double value = (double) bytes;
        size_t unit = 0;
        char *text = NULL;

        while (value >= 1024 && unit + 1 < N_ELEMENTS(units)) {
                value /= 1024;
                unit++;
        }
        /* The original rounds to one decimal first, and shows it only below ten. */
        value = (double) (uint64_t) (value * 10 + 0.5) / 10;
        if (unit == 0 || value >= 10)
                return asprintf(&text, "%.0f%s", value, units[unit]) < 0 ? NULL : text;
        return asprintf(&text, "%.1f%s", value, units[unit]) < 0 ? NULL : text;
}

char *human_duration(int64_t nsec) {
        int64_t hours = nsec / HOUR, minutes = nsec % HOUR / MINUTE;
        double seconds = (double) (nsec % MINUTE) / (double) NSEC_PER_SEC;
        char *text = NULL;
        int n = 0;

        if (hours > 0)
                n = asprintf(&text, "%" PRId64 "h%" PRId64 "m%.9gs", hours, minutes, seconds);
        else if (minutes > 0)
                n = asprintf(&text, "%" PRId64 "m%.9gs", minutes, seconds);
        else
                n = asprintf(&text, "%.9gs", seconds);
        return n < 0 ? NULL : text;
}

/* "1.5" in front of @text as nanoseconds of @unit; Go keeps nine decimals. */
static int parse_number(const char **text, int64_t *ret_whole, int64_t *ret_nano, bool *ret_any) {
        int64_t whole = 0, nano = 0, scale = NSEC_PER_SEC;
        bool any = false;

        for (; **text >= '0' && **text <= '9'; (*text)++, any = true)
                if (__builtin_mul_overflow(whole, (int64_t) 10, &whole) ||
                    __builtin_add_overflow(whole, (int64_t) (**text - '0'), &whole))
                        return -ERANGE;
        if (**text == '.')
                for ((*text)++; **text >= '0' && **text <= '9'; (*text)++, any = true)
                        if (scale > 1) {
                                scale /= 10;
                                nano += (**text - '0') * scale;
                        }
        *ret_whole = whole;
        *ret_nano = nano;
        *ret_any = any;
        return 0;
}

static int64_t parse_unit(const char **text) {
        static const struct {
                const char *name;
                int64_t nsec;
        } units[] = {
                { "ns", 1 },           { "us", 1000 },  { "\xc2\xb5s", 1000 }, { "ms", 1000000 },
                { "s", NSEC_PER_SEC }, { "m", MINUTE }, { "h", HOUR },
        };

        for (size_t i = 0; i < N_ELEMENTS(units); i++) {
                size_t n = strlen(units[i].name);
                char next = strncmp(*text, units[i].name, n) == 0 ? (*text)[n] : 'x';

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
                int64_t whole = 0, nano = 0, unit = 0, part = 0;
                bool any = false;
                int r = parse_number(&text, &whole, &nano, &any);

                if (r < 0)
                        return r;
                unit = any ? parse_unit(&text) : 0;
                if (unit == 0)
                        return -EINVAL;
                if (__builtin_mul_overflow(whole, unit, &part) ||
                    __builtin_add_overflow(total, part, &total))
                        return -ERANGE;
                part = (int64_t) ((double) nano / (double) NSEC_PER_SEC * (double) unit);
                if (__builtin_add_overflow(total, part, &total))
                        return -ERANGE;
        }
        *ret_nsec = negative ? -total : total;
        return 0;
}
