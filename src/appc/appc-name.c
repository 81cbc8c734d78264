/* SPDX-License-Identifier: Apache-2.0 */
#include "appc-name.h"

#include <errno.h>
#include <stddef.h>

#include "text.h"

/* The two alphabets differ in their separators, in what sanitizing puts in place of what is not in
 * them, and in the words of their errors. */
typedef struct Alphabet {
        const char *type;
        const char *separators;
        char substitute;
} Alphabet;

static const Alphabet identifier = { "ACIdentifier", "-._~/", '_' };
static const Alphabet name = { "ACName", "-", '-' };

static bool is_alphanumeric(char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

static bool is_separator(const Alphabet *alphabet, char c) {
        return c != '\0' && strchr(alphabet->separators, c);
}

static int check(const Alphabet *alphabet, const char *text, Error *e) {
        size_t n = strlen(text);

        if (n == 0)
                return error_new(e, -EINVAL, "%s cannot be empty", alphabet->type);
        for (size_t i = 0; i < n; i++)
                if (!is_alphanumeric(text[i]) && !is_separator(alphabet, text[i]))
                        return error_new(e, -EINVAL,
                                         "%s must contain only lower case alphanumeric characters "
                                         "plus \"%s\"",
                                         alphabet->type, alphabet->separators);
        if (is_separator(alphabet, text[0]) || is_separator(alphabet, text[n - 1]))
                return error_new(e, -EINVAL,
                                 "%s must start and end with only lower case alphanumeric "
                                 "characters",
                                 alphabet->type);
        return 0;
}

int appc_identifier_check(const char *text, Error *e) {
        return check(&identifier, text, e);
}

int appc_name_check(const char *text, Error *e) {
        return check(&name, text, e);
}

/* Bytes of the character at @text: a bad byte counts as one. */
static size_t character_length(const char *text) {
        for (size_t n = 1; n <= 4 && strnlen(text, n) == n; n++)
                if (text_is_utf8(text, n))
                        return n;
        return 1;
}

/* One substitute for each character, however many bytes it has. */
static int sanitize(const Alphabet *alphabet, const char *text, char **ret) {
        _cleanup_(freep) char *buffer = malloc(strlen(text) + 1);
        size_t n = 0, start = 0;

        if (!buffer)
                return -ENOMEM;
        for (; *text; text += character_length(text)) {
                char c = *text;

                if (c >= 'A' && c <= 'Z')
                        c = (char) (c | 0x20);
                if (!is_alphanumeric(c) && !is_separator(alphabet, c))
                        c = alphabet->substitute;
                buffer[n++] = c;
        }
        while (n > 0 && is_separator(alphabet, buffer[n - 1]))
                n--;
        while (start < n && is_separator(alphabet, buffer[start]))
                start++;
        if (start == n)
                return -EINVAL;
        buffer[n] = '\0';
        memmove(buffer, buffer + start, n - start + 1);
        *ret = ptr_take(&buffer);
        return 0;
}

int appc_identifier_sanitize(const char *text, char **ret) {
        return sanitize(&identifier, text, ret);
}

int appc_name_sanitize(const char *text, char **ret) {
        return sanitize(&name, text, ret);
}
