/* SPDX-License-Identifier: Apache-2.0 */
#include "podfile-words.h"

#include <ctype.h>
#include <stdlib.h>
#include <strings.h>

#define BLANK " \t\r\n"
#define PLAIN "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_@%+=:,./-"

static int hex_digit(char c) {
        static const char digits[] = "0123456789abcdef";
        const char *at = c ? strchr(digits, tolower((unsigned char) c)) : NULL;

        return at ? (int) (at - digits) : -EINVAL;
}

/* What stands behind a backslash. Returns how many bytes of @text it took. */
static int unescape(const char *text, char *ret) {
        static const char from[] = "\\\"' abfnrstv", to[] = "\\\"' \a\b\f\n\r \t\v";
        const char *at = *text ? strchr(from, *text) : NULL;

        if (at) {
                *ret = to[at - from];
                return 1;
        }
        if (*text == 'x' && hex_digit(text[1]) >= 0 && hex_digit(text[2]) >= 0) {
                *ret = (char) (hex_digit(text[1]) << 4 | hex_digit(text[2]));
                return *ret ? 3 : -EINVAL;
        }
        return -EINVAL;
}

/* One word, unquoted into @word, which has room. Returns the bytes it took. */
static int take_word(const char *text, char *word, Error *e) {
        const char *at = text;
        char quote = '\0';

        for (; *at && (quote || !strchr(BLANK, *at)); at++) {
                if (*at == '\\') {
                        int n = unescape(at + 1, word);

                        if (n < 0)
                                return error_new(e, -EINVAL, "there is no escape \"\\%c\"",
                                                 at[1] ? at[1] : ' ');
                        at += n;
                        word++;
                } else if (quote ? *at == quote : *at == '"' || *at == '\'')
                        quote = quote ? '\0' : *at;
                else
                        *word++ = *at;
        }
        *word = '\0';
        if (quote)
                return error_new(e, -EINVAL, "a quote is not closed");
        return (int) (at - text);
}

int podfile_split(const char *text, Strv *ret, Error *e) {
        _cleanup_(freep) char *word = malloc(strlen(text) + 1);

        if (!word)
                return -ENOMEM;
        for (text += strspn(text, BLANK); *text; text += strspn(text, BLANK)) {
                int n = take_word(text, word, e);

                if (n < 0)
                        return n;
                if (!text_is_utf8(word, strlen(word)))
                        return error_new(e, -EINVAL, "escapes make what is not UTF-8");
                if (strv_append(ret, word) < 0)
                        return -ENOMEM;
                text += n;
        }
        return 0;
}

char *podfile_quote(const char *word) {
        char *text = NULL;
        size_t size = 0;
        FILE *out = NULL;

        if (*word && word[strspn(word, PLAIN)] == '\0')
                return strdup(word);
        out = open_memstream(&text, &size);
        if (!out)
                return NULL;
        fputc('"', out);
        for (; *word; word++) {
                if (*word == '"' || *word == '\\')
                        fprintf(out, "\\%c", *word);
                else if (*word == '\n')
                        fputs("\\n", out);
                else if ((unsigned char) *word < 0x20 || *word == 0x7f)
                        fprintf(out, "\\x%02x", (unsigned) *word);
                else
                        fputc(*word, out);
        }
        fputc('"', out);
        if (fclose(out) != 0) {
                free(text);
                return NULL;
        }
        return text;
}

int podfile_bool(const char *text) {
        static const char *const words[][4] = {
                { "0", "no", "false", "off" },
                { "1", "yes", "true", "on" },
        };

        for (int value = 0; value < 2; value++)
                for (size_t i = 0; i < 4; i++)
                        if (strcasecmp(text, words[value][i]) == 0)
                                return value;
        return -EINVAL;
}
