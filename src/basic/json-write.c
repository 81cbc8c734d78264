/* SPDX-License-Identifier: Apache-2.0 */
#include "json-write.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

int json_text_begin(JsonText *document) {
        *document = (JsonText){};
        document->w = JSON_WRITER(open_memstream(&document->text, &document->n), false);
        return document->w.out ? 0 : -ENOMEM;
}

char *json_text_end(JsonText *document) {
        char *text = NULL;
        int r = fclose(document->w.out);

        text = document->text;
        *document = (JsonText){};
        if (r != 0) {
                free(text);
                return NULL;
        }
        return text;
}

static void indent(const JsonWriter *w) {
        fputc('\n', w->out);
        for (unsigned i = 0; i < w->depth; i++)
                fputc('\t', w->out);
}

/* Before a value or a key: the comma and the line break that it needs. */
static void separate(JsonWriter *w) {
        if (w->after_key) {
                w->after_key = false;
                return;
        }
        if (w->need_comma)
                fputc(',', w->out);
        if (w->pretty && w->depth > 0)
                indent(w);
        w->need_comma = true;
}

void json_write_begin(JsonWriter *w, char bracket) {
        separate(w);
        fputc(bracket, w->out);
        w->depth++;
        w->need_comma = false;
}

void json_write_end(JsonWriter *w, char bracket) {
        w->depth--;
        if (w->pretty && w->need_comma)
                indent(w);
        fputc(bracket, w->out);
        w->need_comma = true;
}

/* Bytes of the character at @text; 0 if there is none but a byte that is not UTF-8. */
static size_t character_length(const char *text) {
        for (size_t n = 1; n <= 4 && strnlen(text, n) == n; n++)
                if (text_is_utf8(text, n))
                        return n;
        return 0;
}

/* What stands for a character of one byte; NULL if it stands for itself. */
static const char *escape_of(unsigned char c, char buffer[static sizeof("\\u0000")]) {
        switch (c) {
        case '"':
                return "\\\"";
        case '\\':
                return "\\\\";
        case '\n':
                return "\\n";
        case '\r':
                return "\\r";
        case '\t':
                return "\\t";
        default:
                if (c >= 0x20 && c != '<' && c != '>' && c != '&')
                        return NULL;
                (void) snprintf(buffer, sizeof("\\u0000"), "\\u%04x", c);
                return buffer;
        }
}

/* Bytes in front that stand for themselves: most texts are nothing else. */
static size_t plain_span(const char *text) {
        size_t n = 0;

        while (text[n] >= 0x20 && text[n] <= 0x7e && !strchr("\"\\<>&", text[n]))
                n++;
        return n;
}

/* U+2028 and U+2029 end lines in JavaScript, so Go escapes them; what is not UTF-8 becomes U+FFFD,
 * one for each byte. */
static void write_text(FILE *out, const char *text) {
        char buffer[sizeof("\\u0000")];
        size_t length = 0;

        fputc('"', out);
        for (; *text; text += length) {
                const char *escape = NULL;

                length = plain_span(text);
                if (length > 0) {
                        fwrite(text, 1, length, out);
                        continue;
                }
                length = character_length(text);
                if (length == 0) {
                        escape = "\\ufffd";
                        length = 1;
                } else if (length == 1)
                        escape = escape_of((unsigned char) *text, buffer);
                else if (text_after(text, "\xe2\x80\xa8"))
                        escape = "\\u2028";
                else if (text_after(text, "\xe2\x80\xa9"))
                        escape = "\\u2029";

                if (escape)
                        fputs(escape, out);
                else
                        fwrite(text, 1, length, out);
        }
        fputc('"', out);
}

void json_write_key(JsonWriter *w, const char *key) {
        separate(w);
        write_text(w->out, key);
        fputs(w->pretty ? ": " : ":", w->out);
        w->after_key = true;
}

void json_write_string(JsonWriter *w, const char *text) {
        if (!text) {
                json_write_null(w);
                return;
        }
        separate(w);
        write_text(w->out, text);
}

void json_write_i64(JsonWriter *w, int64_t number) {
        separate(w);
        fprintf(w->out, "%" PRId64, number);
}

void json_write_u64(JsonWriter *w, uint64_t number) {
        separate(w);
        fprintf(w->out, "%" PRIu64, number);
}

void json_write_raw(JsonWriter *w, const char *text) {
        separate(w);
        fputs(text, w->out);
}

void json_write_bool(JsonWriter *w, bool value) {
        separate(w);
        fputs(value ? "true" : "false", w->out);
}

void json_write_null(JsonWriter *w) {
        separate(w);
        fputs("null", w->out);
}

void json_write_strv(JsonWriter *w, char *const *list) {
        json_write_begin(w, '[');
        for (; list && *list; list++)
                json_write_string(w, *list);
        json_write_end(w, ']');
}

void json_write_member_string(JsonWriter *w, const char *key, const char *text) {
        json_write_key(w, key);
        json_write_string(w, text);
}

void json_write_member_i64(JsonWriter *w, const char *key, int64_t number) {
        json_write_key(w, key);
        json_write_i64(w, number);
}

void json_write_member_u64(JsonWriter *w, const char *key, uint64_t number) {
        json_write_key(w, key);
        json_write_u64(w, number);
}

void json_write_member_bool(JsonWriter *w, const char *key, bool value) {
        json_write_key(w, key);
        json_write_bool(w, value);
}
