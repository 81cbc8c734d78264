/* SPDX-License-Identifier: Apache-2.0 */
#include "appc-query.h"

#include "text.h"

static int hex_value(char c) {
        static const char digits[] = "0123456789abcdefABCDEF";
        const char *digit = c != '\0' ? strchr(digits, c) : NULL;
        int value = digit ? (int) (digit - digits) : -1;

        return value < 16 ? value : value - 6;
}

/* Decodes in place: what comes out is never longer. NUL cannot be part of a value of ours. */
static int unescape(char *text, Error *e) {
        char *out = text;

        for (const char *p = text; *p; p++, out++) {
                int high = -1, low = -1;

                *out = *p;
                if (*p == '+')
                        *out = ' ';
                if (*p != '%')
                        continue;
                high = hex_value(p[1]);
                low = high >= 0 ? hex_value(p[2]) : -1;
                if (low < 0 || (high == 0 && low == 0))
                        return error_new(e, -EINVAL, "invalid URL escape \"%.3s\"", p);
                *out = (char) (high << 4 | low);
                p += 2;
        }
        *out = '\0';
        return 0;
}

/* ["one" "two"], as Go prints a list of strings. */
static int report_double(const AppcPairs *pairs, const char *key, const char *value, Error *e) {
        return error_new(e, -EINVAL, "label %s with multiple values [\"%s\" \"%s\"]", key,
                         appc_pairs_get(pairs, key), value);
}

/* One part of @text, split at its first "="; @part is ours to change. */
static int
add_part(char *part, const char *text, AppcQueryFlags flags, AppcPairs *pairs, Error *e) {
        char *value = strchr(part, '=');
        int r = 0;

        if (!value && (flags & APPC_QUERY_LITERAL))
                return error_new(e, -EINVAL,
                                 "malformed string \"%s\" - has a label without a value: %s", text,
                                 part);
        if (value)
                *value++ = '\0';
        else
                value = part + strlen(part);
        if (!(flags & APPC_QUERY_LITERAL)) {
                r = unescape(part, e);
                if (r >= 0)
                        r = unescape(value, e);
                if (r < 0)
                        return r;
        }
        /* It is on its way into a manifest, where other bytes would not arrive as they are. */
        if (!text_is_utf8(part, strlen(part)) || !text_is_utf8(value, strlen(value)))
                return error_new(e, -EINVAL, "\"%s=%s\" is not UTF-8", part, value);
        if (appc_pairs_get(pairs, part))
                return report_double(pairs, part, value, e);
        if (pairs->n == APPC_PAIRS_MAX)
                return error_new(e, -EINVAL, "more than %d parameters", APPC_PAIRS_MAX);
        return appc_pairs_set(pairs, part, value);
}

int appc_query_parse(const char *text, AppcQueryFlags flags, AppcPairs *ret, Error *e) {
        _cleanup_(appc_pairs_done) AppcPairs pairs = APPC_PAIRS_NULL;
        _cleanup_(freep) char *copy = strdup(text);
        bool literal = flags & APPC_QUERY_LITERAL;
        char *rest = copy;

        if (!copy)
                return -ENOMEM;
        /* Go's reader once took ";" for another "&", and refuses it since. */
        if (!literal && strchr(text, ';'))
                return error_new(e, -EINVAL, "invalid semicolon separator in query");
        while (rest) {
                char *part = strsep(&rest, literal ? "," : ",&");
                int r = 0;

                if (*part == '\0' && !literal)
                        continue;
                r = add_part(part, text, flags, &pairs, e);
                if (r < 0)
                        return r;
        }
        *ret = struct_take(&pairs);
        return 0;
}

int appc_query_read_bool(const char *text, bool *ret, Error *e) {
        int r = text_parse_bool(text);

        if (r < 0)
                return error_new(e, r, "strconv.ParseBool: parsing \"%s\": invalid syntax", text);
        *ret = r;
        return 0;
}

int appc_query_read_int(const char *text, int64_t *ret, Error *e) {
        const char *digits = *text == '-' || *text == '+' ? text + 1 : text;
        uint64_t value = 0;
        int r = text_parse_u64(digits, INT64_MAX, &value);

        if (r < 0)
                return error_new(e, -EINVAL, "strconv.Atoi: parsing \"%s\": %s", text,
                                 r == -ERANGE ? "value out of range" : "invalid syntax");
        *ret = *text == '-' ? -(int64_t) value : (int64_t) value;
        return 0;
}
