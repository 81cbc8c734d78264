/* SPDX-License-Identifier: Apache-2.0 */
#include "text.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>

Strv strv_free(Strv list) {
        for (char **item = list; item && *item; item++)
                free(*item);
        free(list);
        return NULL;
}

const char *text_after(const char *text, const char *prefix) {
        size_t n = strlen(prefix);

        return text && strncmp(text, prefix, n) == 0 ? text + n : NULL;
}

bool text_ends_with(const char *text, const char *suffix) {
        size_t n = strlen(text), m = strlen(suffix);

        return n >= m && memcmp(text + n - m, suffix, m) == 0;
}

/* Bytes of the UTF-8 sequence at @text, at most @n away; 0 if there is none.
 * Source: Unicode 15, table 3-7 (well-formed byte sequences). */
static size_t utf8_sequence(const unsigned char *text, size_t n) {
        static const struct {
                unsigned char first_min, first_max, second_min, second_max;
                size_t length;
        } table[] = {
                { 0x00, 0x7f, 0, 0, 1 },       { 0xc2, 0xdf, 0x80, 0xbf, 2 },
                { 0xe0, 0xe0, 0xa0, 0xbf, 3 }, { 0xe1, 0xec, 0x80, 0xbf, 3 },
                { 0xed, 0xed, 0x80, 0x9f, 3 }, { 0xee, 0xef, 0x80, 0xbf, 3 },
                { 0xf0, 0xf0, 0x90, 0xbf, 4 }, { 0xf1, 0xf3, 0x80, 0xbf, 4 },
                { 0xf4, 0xf4, 0x80, 0x8f, 4 },
        };

        for (size_t i = 0; i < N_ELEMENTS(table); i++) {
                if (text[0] < table[i].first_min || text[0] > table[i].first_max)
                        continue;
                if (table[i].length > n)
                        return 0;
                if (table[i].length > 1 &&
                    (text[1] < table[i].second_min || text[1] > table[i].second_max))
                        return 0;
                for (size_t k = 2; k < table[i].length; k++)
                        if (text[k] < 0x80 || text[k] > 0xbf)
                                return 0;
                return table[i].length;
        }
        return 0;
}

bool text_is_utf8(const char *text, size_t n) {
        while (n > 0) {
                size_t length = utf8_sequence((const unsigned char *) text, n);

                if (length == 0)
                        return false;
                text += length;
                n -= length;
        }
        return true;
}

/* C1 controls (U+0080 to U+009F) are commands to a terminal as well. */
static bool is_printable(const unsigned char *text, size_t length) {
        if (length == 1)
                return text[0] >= 0x20 && text[0] != 0x7f;
        return !(length == 2 && text[0] == 0xc2 && text[1] < 0xa0);
}

/* Bytes in front that a terminal just shows, or that are to stay. */
static size_t plain_span(const unsigned char *text, size_t n, const char *verbatim) {
        size_t span = 0;

        while (span < n) {
                size_t length = text[span] >= 0x20 && text[span] < 0x7f
                                        ? 1
                                        : utf8_sequence(text + span, n - span);

                if (length == 0 ||
                    (!is_printable(text + span, length) && !strchr(verbatim, text[span])))
                        break;
                span += length;
        }
        return span;
}

bool text_is_plain(const char *text, size_t n) {
        return plain_span((const unsigned char *) text, n, "") == n;
}

static void write_escaped(FILE *out, const char *text, const char *verbatim) {
        const unsigned char *p = (const unsigned char *) text;
        size_t n = strlen(text);

        while (n > 0) {
                size_t length = plain_span(p, n, verbatim);

                if (length > 0) {
                        fwrite(p, 1, length, out);
                } else {
                        length = utf8_sequence(p, n) ?: 1;
                        for (size_t i = 0; i < length; i++)
                                fprintf(out, "\\x%02x", p[i]);
                }
                p += length;
                n -= length;
        }
}

void text_write_escaped(FILE *out, const char *text) {
        write_escaped(out, text, "\n\t");
}

char *text_escape(const char *text) {
        _cleanup_(freep) char *buffer = NULL;
        size_t n = strlen(text), size = 0;
        FILE *out = NULL;

        /* A stream takes a buffer of pages, and long tables have many cells. */
        if (text_is_plain(text, n))
                return strdup(text);
        out = open_memstream(&buffer, &size);
        if (!out)
                return NULL;
        write_escaped(out, text, "");
        if (fclose(out) != 0)
                return NULL;
        return ptr_take(&buffer);
}

char *text_trim(char *text) {
        size_t n = 0;

        while (isspace((unsigned char) *text))
                text++;
        n = strlen(text);
        while (n > 0 && isspace((unsigned char) text[n - 1]))
                n--;
        text[n] = '\0';
        return text;
}

char *text_hex(const uint8_t *bytes, size_t n) {
        static const char digits[] = "0123456789abcdef";
        char *hex = malloc(2 * n + 1);

        if (!hex)
                return NULL;
        for (size_t i = 0; i < n; i++) {
                hex[2 * i] = digits[bytes[i] >> 4];
                hex[2 * i + 1] = digits[bytes[i] & 15];
        }
        hex[2 * n] = '\0';
        return hex;
}

int text_parse_u64(const char *text, uint64_t max, uint64_t *ret) {
        uint64_t value = 0;

        if (text_is_empty(text))
                return -EINVAL;
        for (const char *p = text; *p; p++) {
                if (*p < '0' || *p > '9')
                        return -EINVAL;
                if (__builtin_mul_overflow(value, (uint64_t) 10, &value) ||
                    __builtin_add_overflow(value, (uint64_t) (*p - '0'), &value))
                        return -ERANGE;
        }
        if (value > max)
                return -ERANGE;
        *ret = value;
        return 0;
}

int text_parse_bool(const char *text) {
        static const char *const yes[] = { "1", "t", "T", "TRUE", "true", "True" };
        static const char *const no[] = { "0", "f", "F", "FALSE", "false", "False" };

        for (size_t i = 0; i < N_ELEMENTS(yes); i++) {
                if (text_equal(text, yes[i]))
                        return 1;
                if (text_equal(text, no[i]))
                        return 0;
        }
        return -EINVAL;
}

size_t strv_length(char *const *list) {
        size_t n = 0;

        while (list && list[n])
                n++;
        return n;
}

bool strv_contains(char *const *list, const char *text) {
        for (; list && *list; list++)
                if (strcmp(*list, text) == 0)
                        return true;
        return false;
}

int strv_push(Strv *list, char *text) {
        _cleanup_(freep) char *owned = text;
        size_t n = strv_length(*list);
        Strv grown = NULL;

        if (!owned)
                return -ENOMEM;
        grown = reallocarray(*list, n + 2, sizeof(char *));
        if (!grown)
                return -ENOMEM;
        grown[n] = ptr_take(&owned);
        grown[n + 1] = NULL;
        *list = grown;
        return 0;
}

int strv_append(Strv *list, const char *text) {
        return strv_push(list, strdup(text));
}

int strv_append_counted(Strv *list, size_t *n, const char *text) {
        /* Room for as many again, and the end. */
        if ((*n & (*n - 1)) == 0) {
                Strv grown = reallocarray(*list, 2 * *n + 2, sizeof(char *));

                if (!grown)
                        return -ENOMEM;
                *list = grown;
        }
        (*list)[*n] = strdup(text);
        if (!(*list)[*n])
                return -ENOMEM;
        (*list)[++*n] = NULL;
        return 0;
}

int strv_appendf(Strv *list, const char *format, ...) {
        va_list ap;
        char *text = NULL;
        int n = 0;

        va_start(ap, format);
        n = vasprintf(&text, format, ap);
        va_end(ap);
        return n < 0 ? -ENOMEM : strv_push(list, text);
}

/* Both below know their length beforehand: growing one by one is quadratic, and lists come from
 * foreign documents. */
int strv_copy(char *const *list, Strv *ret) {
        _cleanup_(strv_freep) Strv copy = NULL;
        size_t n = strv_length(list);

        if (n > 0) {
                copy = calloc(n + 1, sizeof(char *));
                if (!copy)
                        return -ENOMEM;
        }
        for (size_t i = 0; i < n; i++) {
                copy[i] = strdup(list[i]);
                if (!copy[i])
                        return -ENOMEM;
        }
        *ret = ptr_take(&copy);
        return 0;
}

int strv_split(const char *text, char separator, Strv *ret) {
        _cleanup_(strv_freep) Strv list = NULL;
        size_t n = 1;

        for (const char *p = text; *p; p++)
                n += *p == separator;
        list = calloc(n + 1, sizeof(char *));
        if (!list)
                return -ENOMEM;
        for (size_t i = 0; i < n; i++) {
                const char *end = strchrnul(text, separator);

                list[i] = strndup(text, (size_t) (end - text));
                if (!list[i])
                        return -ENOMEM;
                text = end + 1;
        }
        *ret = ptr_take(&list);
        return 0;
}

char *strv_join(char *const *list, const char *separator) {
        _cleanup_(freep) char *buffer = NULL;
        size_t size = 0;
        FILE *out = open_memstream(&buffer, &size);

        if (!out)
                return NULL;
        for (char *const *item = list; item && *item; item++) {
                if (item != list)
                        fputs(separator, out);
                fputs(*item, out);
        }
        if (fclose(out) != 0)
                return NULL;
        return ptr_take(&buffer);
}

char *path_clean(const char *path) {
        size_t n = strlen(path), end = 0;
        char *clean = malloc(n + 2);

        if (!clean)
                return NULL;
        while (*path) {
                size_t length = strcspn(path, "/");

                if (length == 2 && path[0] == '.' && path[1] == '.') {
                        while (end > 0 && clean[--end] != '/')
                                ;
                } else if (length > 0 && !(length == 1 && path[0] == '.')) {
                        clean[end++] = '/';
                        memcpy(clean + end, path, length);
                        end += length;
                }
                path += length + (path[length] == '/');
        }
        if (end == 0)
                clean[end++] = '/';
        clean[end] = '\0';
        return clean;
}

bool path_is_within(const char *path, const char *above) {
        const char *rest = text_after(path, above);

        return rest && (*rest == '\0' || *rest == '/');
}
