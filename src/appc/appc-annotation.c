/* SPDX-License-Identifier: Apache-2.0 */
#include "appc-annotation.h"

#include <errno.h>
#include <strings.h>

#include "text.h"

static bool is_digit(char c) {
        return c >= '0' && c <= '9';
}

/* Reads @digits digits, or one less where @short_ok, as a number of @min to @max. */
static bool take_number(const char **text, int digits, bool short_ok, int min, int max, int *ret) {
        int value = 0, n = 0;

        while (n < digits && is_digit((*text)[n])) {
                value = value * 10 + ((*text)[n] - '0');
                n++;
        }
        if (n < digits - (short_ok ? 1 : 0) || value < min || value > max)
                return false;
        *text += n;
        *ret = value;
        return true;
}

static bool take(const char **text, char c) {
        if (**text != c)
                return false;
        (*text)++;
        return true;
}

static int days_in_month(int year, int month) {
        static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
        bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

        return month == 2 && leap ? 29 : days[month - 1];
}

static bool take_day(const char **text) {
        int year = 0, month = 0, day = 0;

        return take_number(text, 4, false, 0, 9999, &year) && take(text, '-') &&
               take_number(text, 2, false, 1, 12, &month) && take(text, '-') &&
               take_number(text, 2, false, 1, days_in_month(year, month), &day);
}

/* Go takes an hour of one digit, and a fraction behind a comma as well as behind a point. */
static bool take_time(const char **text) {
        int number = 0;

        if (!take_number(text, 2, true, 0, 23, &number) || !take(text, ':') ||
            !take_number(text, 2, false, 0, 59, &number) || !take(text, ':') ||
            !take_number(text, 2, false, 0, 59, &number))
                return false;
        if ((**text == '.' || **text == ',') && is_digit((*text)[1]))
                for ((*text)++; is_digit(**text);)
                        (*text)++;
        return true;
}

static bool take_zone(const char **text) {
        int number = 0;

        if (take(text, 'Z'))
                return true;
        return (take(text, '+') || take(text, '-')) &&
               take_number(text, 2, false, 0, 24, &number) && take(text, ':') &&
               take_number(text, 2, false, 0, 60, &number);
}

static bool is_date(const char *text) {
        return take_day(&text) && take(&text, 'T') && take_time(&text) && take_zone(&text) &&
               *text == '\0';
}

static bool is_hex(char c) {
        return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* Escapes are looked at outside the query alone: there Go keeps whatever it gets. */
static bool has_bad_character(const char *text) {
        bool in_query = false;

        for (; *text; text++) {
                if ((unsigned char) *text < 0x20 || *text == 0x7f)
                        return true;
                if (*text == '?')
                        in_query = true;
                else if (*text == '#')
                        in_query = false;
                else if (*text == '%' && !in_query && !(is_hex(text[1]) && is_hex(text[2])))
                        return true;
        }
        return false;
}

static bool is_web_url(const char *text) {
        const char *rest = NULL;

        if (strncasecmp(text, "http:", strlen("http:")) == 0)
                rest = text + strlen("http:");
        else if (strncasecmp(text, "https:", strlen("https:")) == 0)
                rest = text + strlen("https:");
        if (!rest || has_bad_character(rest))
                return false;
        if (!text_after(rest, "//"))
                return true;
        rest += 2;
        return !memchr(rest, ' ', strcspn(rest, "/?#"));
}

int appc_annotation_check(const char *name, const char *value, Error *e) {
        static const struct {
                const char *name;
                bool (*is_valid)(const char *value);
                const char *what;
        } known[] = {
                { "created", is_date, "date as RFC 3339 has it" },
                { "homepage", is_web_url, "http or https URL" },
                { "documentation", is_web_url, "http or https URL" },
        };

        for (size_t i = 0; i < N_ELEMENTS(known); i++)
                if (text_equal(name, known[i].name) && !known[i].is_valid(value))
                        return error_new(e, -EINVAL, "%s: \"%s\" is no %s", name, value,
                                         known[i].what);
        return 0;
}
