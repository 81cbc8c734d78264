/* SPDX-License-Identifier: Apache-2.0 */
#include "json-write.h"

#include <inttypes.h>
#include <string.h>

#include "text.h"

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

/* U+2028 and U+2029 end lines in JavaScript; Go escapes them, and what is not UTF-8 becomes
 * U+FFFD. */
static void write_quoted(FILE *out, const char *text) {
        fputc('"', out);
        for (const char *p = text; *p; p++) {
                unsigned char c = (unsigned char) *p;

                if (c == '"' || c == '\\')
                        fprintf(out, "\\%c", c);
                else if (c == '\n')
                        fputs("\\n", out);
                else if (c == '\r')
                        fputs("\\r", out);
                else if (c == '\t')
                        fputs("\\t", out);
                else if (c < 0x20 || c == '<' || c == '>' || c == '&')
                        fprintf(out, "\\u%04x", c);
                else if (text_after(p, "\xe2\x80\xa8") || text_after(p, "\xe2\x80\xa9")) {
                        fprintf(out, "\\u20%02x", (unsigned) (unsigned char) p[2] - 0x80);
                        p += 2;
                } else
                        fputc(c, out);
        }
        fputc('"', out);
}

/* Bytes that are not UTF-8 cannot be JSON: they are shown as U+FFFD, one each. */
static void write_text(FILE *out, const char *text) {
        _cleanup_(freep) char *clean = NULL;
        size_t size = 0;
        FILE *stream = NULL;

        if (text_is_utf8(text, strlen(text))) {
                write_quoted(out, text);
                return;
        }
        stream = open_memstream(&clean, &size);
        if (!stream)
                return;
        for (const char *p = text; *p;) {
                size_t length = 1;

                while (length <= 4 && !text_is_utf8(p, strnlen(p, length)))
                        length++;
                if (length > 4 || strnlen(p, length) < length) {
                        fputs("\xef\xbf\xbd", stream);
                        p++;
                } else {
                        fwrite(p, 1, length, stream);
                        p += length;
                }
        }
        if (fclose(stream) == 0)
                write_quoted(out, clean);
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
