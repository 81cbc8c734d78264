/* SPDX-License-Identifier: Apache-2.0 */
#include "appc-quantity.h"

#include <errno.h>

#include "appc-read.h"
#include "text.h"

#define NANO_PER_UNIT INT64_C(1000000000)
#define NANO_MAX ((__int128) INT64_MAX * NANO_PER_UNIT)

/* How a quantity was written, which is how it is written again. */
typedef enum Format {
        FORMAT_DECIMAL,  /* "5k" */
        FORMAT_EXPONENT, /* "5e3" */
        FORMAT_BINARY,   /* "5Ki" */
} Format;

/* Upper-case "K" for 1000, which the appc specification names, is missing: Kubernetes' grammar does
 * not have it, and the original refused it. Who takes "16K" for 16Ki learns of it here rather than
 * by a limit that is 2.4 % off. */
static const struct {
        const char *text;
        Format format;
        int exponent; /* of 10, or of 2 where binary */
} suffixes[] = {
        { "n", FORMAT_DECIMAL, -9 }, { "u", FORMAT_DECIMAL, -6 }, { "m", FORMAT_DECIMAL, -3 },
        { "", FORMAT_DECIMAL, 0 },   { "k", FORMAT_DECIMAL, 3 },  { "M", FORMAT_DECIMAL, 6 },
        { "G", FORMAT_DECIMAL, 9 },  { "T", FORMAT_DECIMAL, 12 }, { "P", FORMAT_DECIMAL, 15 },
        { "E", FORMAT_DECIMAL, 18 }, { "Ki", FORMAT_BINARY, 10 }, { "Mi", FORMAT_BINARY, 20 },
        { "Gi", FORMAT_BINARY, 30 }, { "Ti", FORMAT_BINARY, 40 }, { "Pi", FORMAT_BINARY, 50 },
        { "Ei", FORMAT_BINARY, 60 },
};

/* A quantity taken apart. The digits are pieces of the text. */
typedef struct Parts {
        bool negative;
        const char *whole, *fraction;
        size_t n_whole, n_fraction; /* @whole without its leading zeros */
        Format format;
        int64_t exponent;
} Parts;

static size_t count_digits(const char *text) {
        return strspn(text, "0123456789");
}

/* An exponent this far off decides alone, and any further one decides the same. It must not
 * overflow what is added to it. */
#define EXPONENT_MAX INT64_C(1000)

/* "e5", "E-3", "e+2". */
static int parse_exponent(const char *text, int64_t *ret) {
        bool negative = *text == '-';
        uint64_t value = 0;
        int r = 0;

        if (*text == '-' || *text == '+')
                text++;
        r = text_parse_u64(text, INT64_MAX, &value);
        if (r < 0)
                return r;
        if (value > EXPONENT_MAX)
                value = EXPONENT_MAX;
        *ret = negative ? -(int64_t) value : (int64_t) value;
        return 0;
}

static int parse_suffix(const char *text, Parts *parts) {
        for (size_t i = 0; i < N_ELEMENTS(suffixes); i++)
                if (text_equal(text, suffixes[i].text)) {
                        parts->format = suffixes[i].format;
                        parts->exponent = suffixes[i].exponent;
                        return 0;
                }
        if (*text != 'e' && *text != 'E')
                return -EINVAL;
        parts->format = FORMAT_EXPONENT;
        return parse_exponent(text + 1, &parts->exponent);
}

/* Whether @text is letters of suffixes, a sign and digits: the shape that is wrong about the suffix
 * alone, and not about the whole. */
static bool has_suffix_shape(const char *text) {
        text += strspn(text, "eEinumkKMGTP");
        if (*text == '-' || *text == '+')
                text++;
        return text[count_digits(text)] == '\0';
}

static int take_apart(const char *text, Parts *ret, Error *e) {
        Parts parts = { .negative = *text == '-' };
        bool fits = *text != '\0' && strlen(text) <= APPC_QUANTITY_LENGTH_MAX;

        if (*text == '-' || *text == '+')
                text++;
        parts.whole = text + strspn(text, "0");
        parts.n_whole = count_digits(parts.whole);
        parts.fraction = text = parts.whole + parts.n_whole;
        if (*text == '.') {
                parts.fraction = text + 1;
                parts.n_fraction = count_digits(parts.fraction);
                text = parts.fraction + parts.n_fraction;
        }
        if (!fits || !has_suffix_shape(text))
                return error_new(e, -EINVAL,
                                 "quantities must match the regular expression "
                                 "'^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'");
        if (parse_suffix(text, &parts) < 0)
                return error_new(e, -EINVAL, "unable to parse quantity's suffix");
        *ret = parts;
        return 0;
}

static int digit_at(const Parts *parts, size_t i) {
        return (i < parts->n_whole ? parts->whole[i] : parts->fraction[i - parts->n_whole]) - '0';
}

/* The first @n digits as a number; zeros stand in for digits that are not there. */
static int leading_digits(const Parts *parts, int64_t n, __int128 *ret) {
        int64_t n_digits = (int64_t) (parts->n_whole + parts->n_fraction);
        __int128 value = 0;

        for (int64_t i = 0; i < n; i++) {
                value = value * 10 + (i < n_digits ? digit_at(parts, (size_t) i) : 0);
                if (value > NANO_MAX)
                        return -ERANGE;
        }
        *ret = value;
        return 0;
}

static bool has_digit_from(const Parts *parts, int64_t from) {
        for (size_t i = from > 0 ? (size_t) from : 0; i < parts->n_whole + parts->n_fraction; i++)
                if (digit_at(parts, i) != 0)
                        return true;
        return false;
}

/* The point is moved by the exponent and to the ninth decimal; what stands behind it rounds up. */
static int decimal_nano(const Parts *parts, __int128 *ret) {
        int64_t n = (int64_t) parts->n_whole + parts->exponent + 9;
        int r = 0;

        if (!has_digit_from(parts, 0)) {
                *ret = 0;
                return 0;
        }
        r = leading_digits(parts, n, ret);
        if (r < 0)
                return r;
        if (has_digit_from(parts, n))
                (*ret)++;
        return *ret > NANO_MAX ? -ERANGE : 0;
}

/* The fraction from its last digit on: each step divides what was gathered by ten, and what any of
 * them loses rounds up at the end. */
static __int128 binary_fraction(const Parts *parts, __int128 nano_per_one) {
        __int128 value = 0;
        bool lost = false;

        for (size_t i = parts->n_fraction; i > 0; i--) {
                value += (parts->fraction[i - 1] - '0') * nano_per_one;
                lost = lost || value % 10 != 0;
                value /= 10;
        }
        return value + (lost ? 1 : 0);
}

static __int128 binary_nano(const Parts *parts) {
        __int128 nano_per_one = (__int128) NANO_PER_UNIT << parts->exponent, whole = 0;

        for (size_t i = 0; i < parts->n_whole; i++) {
                whole = whole * 10 + (parts->whole[i] - '0');
                if (whole > NANO_MAX / nano_per_one)
                        return NANO_MAX;
        }
        whole = whole * nano_per_one + binary_fraction(parts, nano_per_one);
        return whole < NANO_MAX ? whole : NANO_MAX;
}

/* Whether the original takes the text for canonical and repeats it. That looks at the digits alone,
 * so a sign, leading zeros and a bare point survive. Source: appc-oci 3.3. */
static bool is_repeated(const Parts *parts) {
        size_t n = parts->n_whole + parts->n_fraction;
        int64_t scale = parts->exponent - (int64_t) parts->n_fraction;

        if (parts->n_whole == 0)
                return false;
        if (parts->format == FORMAT_BINARY) {
                __int128 value = 0;

                if (parts->n_fraction > 0 || (int64_t) n + parts->exponent * 3 / 10 + 1 > 15)
                        return false;
                return leading_digits(parts, (int64_t) n, &value) >= 0 && value % 8 != 0;
        }
        if (n > 18 || scale < -9 || scale % 3 != 0)
                return false;
        return n < 3 || digit_at(parts, n - 1) != 0 || digit_at(parts, n - 2) != 0 ||
               digit_at(parts, n - 3) != 0;
}

static const char *suffix_of(Format format, int exponent) {
        for (size_t i = 0; i < N_ELEMENTS(suffixes); i++)
                if (suffixes[i].format == format && suffixes[i].exponent == exponent)
                        return suffixes[i].text;
        return "";
}

/* Divides by @factor as often as nothing is lost. */
static int reduce(__int128 *number, int64_t factor) {
        int n = 0;

        for (; *number != 0 && *number % factor == 0; n++)
                *number /= factor;
        return n;
}

#define DIGITS_MAX sizeof("170141183460469231731687303715884105727")

/* printf() has no word for 128 bits. */
static const char *format_digits(__int128 number, char buffer[static DIGITS_MAX]) {
        char *p = buffer + DIGITS_MAX - 1;

        *p = '\0';
        do
                *--p = (char) ('0' + (int) (number % 10));
        while ((number /= 10) != 0);
        return p;
}

/* The form without a fraction and with the largest suffix that loses nothing. */
static int format_canonical(const Parts *parts, __int128 nano, char **ret) {
        const char *sign = parts->negative && nano != 0 ? "-" : "";
        Format format = parts->format;
        char buffer[DIGITS_MAX];
        int exponent = 0, n = 0;

        if (format == FORMAT_BINARY &&
            (nano < (__int128) 1024 * NANO_PER_UNIT || nano % NANO_PER_UNIT != 0))
                format = FORMAT_DECIMAL;
        if (format == FORMAT_BINARY) {
                nano /= NANO_PER_UNIT;
                exponent = 10 * reduce(&nano, 1024);
        } else if (nano != 0)
                exponent = 3 * reduce(&nano, 1000) - 9;

        if (format == FORMAT_EXPONENT && exponent != 0)
                n = asprintf(ret, "%s%se%d", sign, format_digits(nano, buffer), exponent);
        else
                n = asprintf(ret, "%s%s%s", sign, format_digits(nano, buffer),
                             suffix_of(format, exponent));
        return n < 0 ? -ENOMEM : 0;
}

int appc_quantity_parse(const char *text, AppcQuantity *ret, Error *e) {
        __int128 nano = 0;
        char *canonical = NULL;
        Parts parts = {};
        int r = take_apart(text, &parts, e);

        if (r < 0)
                return r;
        if (parts.format == FORMAT_BINARY)
                nano = binary_nano(&parts);
        else
                r = decimal_nano(&parts, &nano);
        if (r < 0)
                return error_new(e, r, "quantity \"%s\" is out of range", text);

        if (is_repeated(&parts))
                r = appc_text_copy(text, &canonical);
        else
                r = format_canonical(&parts, nano, &canonical);
        if (r < 0)
                return r;
        *ret = (AppcQuantity){ .text = canonical, .nano = parts.negative ? -nano : nano };
        return 0;
}

void appc_quantity_done(AppcQuantity *quantity) {
        free(quantity->text);
        *quantity = APPC_QUANTITY_NULL;
}

static int64_t divide(__int128 nano, int64_t divisor) {
        __int128 value = nano / divisor;

        if (nano % divisor != 0)
                value += nano < 0 ? -1 : 1;
        if (value > INT64_MAX)
                return INT64_MAX;
        return value < INT64_MIN ? INT64_MIN : (int64_t) value;
}

int64_t appc_quantity_value(const AppcQuantity *quantity) {
        return divide(quantity->nano, NANO_PER_UNIT);
}

int64_t appc_quantity_milli(const AppcQuantity *quantity) {
        return divide(quantity->nano, NANO_PER_UNIT / 1000);
}

int appc_quantity_read(const Json *value, void *slot, Error *e) {
        _cleanup_(freep) char *text = NULL;
        AppcQuantity quantity = APPC_QUANTITY_NULL, *target = slot;
        JsonKind kind = json_kind(value);
        int r = 0;

        /* The text a number came with says more than the number does. */
        if (kind == JSON_INTEGER || kind == JSON_REAL) {
                text = json_value_text(value);
                r = text ? 0 : -ENOMEM;
        } else
                r = json_read_string(value, &text, e);
        if (r < 0)
                return r;
        r = appc_quantity_parse(text_trim(text), &quantity, e);
        if (r < 0)
                return r;
        appc_quantity_done(target);
        *target = quantity;
        return 0;
}
