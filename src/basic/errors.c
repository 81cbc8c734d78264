/* SPDX-License-Identifier: Apache-2.0 */
#include "errors.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "text.h"

/* An error about an error (out of memory) keeps the number and loses the words. */
static void push(Error *e, char *text) {
        char **texts = NULL;

        if (!text)
                return;
        texts = realloc(e->texts, (e->n_texts + 1) * sizeof(char *));
        if (!texts) {
                free(text);
                return;
        }
        e->texts = texts;
        e->texts[e->n_texts++] = text;
}

__attribute__((format(printf, 1, 0))) static char *format_text(const char *format, va_list ap) {
        char *text = NULL;

        if (vasprintf(&text, format, ap) < 0)
                return NULL;
        return text;
}

int error_new(Error *e, int r, const char *format, ...) {
        va_list ap;
        char *text = NULL;

        if (!e)
                return r;

        va_start(ap, format);
        text = format_text(format,
                           ap); /* before the old texts go: they may be among the arguments */
        va_end(ap);
        error_done(e);
        push(e, text);
        return r;
}

int error_wrap(Error *e, int r, const char *format, ...) {
        va_list ap;

        if (!e)
                return r;

        if (e->n_texts == 0)
                push(e, strdup(strerror(-r)));
        va_start(ap, format);
        push(e, format_text(format, ap));
        va_end(ap);
        return r;
}

int error_prefix(Error *e, int r, const char *format, ...) {
        _cleanup_(freep) char *prefix = NULL;
        char *text = NULL;
        va_list ap;

        if (!e)
                return r;

        if (e->n_texts == 0)
                push(e, strdup(strerror(-r)));
        va_start(ap, format);
        prefix = format_text(format, ap);
        va_end(ap);
        if (prefix && e->n_texts > 0 && asprintf(&text, "%s%s", prefix, e->texts[0]) >= 0) {
                free(e->texts[0]);
                e->texts[0] = text;
        }
        return r;
}

const char *error_cause(const Error *e) {
        return e->n_texts > 0 ? e->texts[0] : NULL;
}

char *error_format(const Error *e, int r, bool debug) {
        _cleanup_(freep) char *buffer = NULL;
        _cleanup_(file_closep) FILE *out = NULL;
        size_t size = 0;

        if (e->n_texts == 0)
                return strdup(strerror(-r));

        out = open_memstream(&buffer, &size);
        if (!out)
                return NULL;

        text_write_escaped(out, e->texts[e->n_texts - 1]);
        for (unsigned i = e->n_texts - 1, depth = 1; i > 0; i--, depth++) {
                if (debug)
                        fprintf(out, "\n%*s└─", (int) (2 * depth), "");
                else if (i == 1)
                        fputs(": ", out);
                else
                        continue;
                text_write_escaped(out, e->texts[i - 1]);
        }

        if (fflush(out) != 0 || ferror(out))
                return NULL;
        fclose(ptr_take(&out));
        return ptr_take(&buffer);
}

void error_done(Error *e) {
        for (unsigned i = 0; i < e->n_texts; i++)
                free(e->texts[i]);
        free(e->texts);
        *e = ERROR_NULL;
}
