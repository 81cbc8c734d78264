/* SPDX-License-Identifier: Apache-2.0 */
#include "man.h"

#include "help.h"

#define FILL_COLUMN 70

static void write_character(FILE *out, char c) {
        switch (c) {
        case '\\':
                fputs("\\e", out);
                break;
        case '-':
                fputs("\\-", out);
                break;
        case '\'':
                fputs("\\(aq", out);
                break;
        case '`':
                fputs("\\(ga", out);
                break;
        case '^':
                fputs("\\(ha", out);
                break;
        case '~':
                fputs("\\(ti", out);
                break;
        default:
                fputc(c, out);
        }
}

static void write_raw(FILE *out, const char *text, size_t n) {
        for (size_t i = 0; i < n; i++)
                write_character(out, text[i]);
}

static void write_name(FILE *out, const char *text) {
        write_raw(out, text, strlen(text));
}

/* Filled lines; a newline begins a paragraph by @paragraph. @end closes the last line. */
static void write_text(FILE *out, const char *text, const char *paragraph, const char *end) {
        size_t column = 0;

        while (*text) {
                size_t n = strcspn(text, " \n");

                if (column > 0 && column + 1 + n > FILL_COLUMN) {
                        fputc('\n', out);
                        column = 0;
                } else if (column > 0) {
                        fputc(' ', out);
                        column++;
                }
                if (column == 0 && *text == '.')
                        fputs("\\&", out); /* or it would be a request */
                write_raw(out, text, n);
                column += n;
                text += n;
                if (*text == '\n') {
                        fprintf(out, "\n%s\n", paragraph);
                        column = 0;
                }
                text += strspn(text, " \n");
        }
        fprintf(out, "%s\n", end);
}

/* "rkt-run", or in capitals. */
static void write_page_name(FILE *out, const char *path, bool capitals) {
        fputs(capitals ? "RKT" : "rkt", out);
        if (*path)
                fputs("\\-", out);
        for (; *path; path++) {
                bool small = *path >= 'a' && *path <= 'z';

                write_character(out, *path == ' '        ? '-'
                                     : capitals && small ? (char) (*path - 'a' + 'A')
                                                         : *path);
        }
}

static bool is_switch(const Option *option) {
        return option->bare && option->initial &&
               (strcmp(option->initial, "true") == 0 || strcmp(option->initial, "false") == 0);
}

static void write_option(FILE *out, const Option *option) {
        fputs(".TP\n", out);
        if (option->letter)
                fprintf(out, "\\fB\\-%c\\fR, ", option->letter);
        fputs("\\fB\\-\\-", out);
        write_name(out, option->name);
        fputs(is_switch(option) ? "\\fR\n"
              : option->bare    ? "\\fR[=\\fIVALUE\\fR]\n"
                                : "\\fR=\\fIVALUE\\fR\n",
              out);
        write_text(out, option->help, ".IP", text_ends_with(option->help, ".") ? "" : ".");
        if (!text_is_empty(option->initial) && strcmp(option->initial, "false") != 0) {
                fputs("Default: ", out);
                write_name(out, option->initial);
                fputs(".\n", out);
        }
        if (option->flags & OPTION_IMAGE)
                fputs("Belongs to the image in front of it.\n", out);
}

static void write_options(FILE *out, const char *title, const Option *const *tables) {
        const Option *option = help_next_option(tables, NULL);

        if (!option)
                return;
        fprintf(out, ".SH %s\n", title);
        for (; option; option = help_next_option(tables, option))
                write_option(out, option);
}

static void write_commands(FILE *out, const Verb *verb, const char *path) {
        for (const Verb *const *child = verb->children; child && *child; child++) {
                _cleanup_(freep) char *name = NULL;

                if (((*child)->flags & VERB_HIDDEN) ||
                    asprintf(&name, "%s%s%s", path, *path ? " " : "", (*child)->name) < 0) {
                        name = NULL;
                        continue;
                }
                if ((*child)->run) {
                        fputs(".TP\n\\fB", out);
                        write_page_name(out, name, false);
                        fputs("\\fR(1)\n", out);
                        write_text(out, (*child)->summary, ".IP", "");
                }
                write_commands(out, *child, name);
        }
}

void man_write(FILE *out, const Verb *verb, const char *path, const char *date) {
        fputs(".TH ", out);
        write_page_name(out, path, true);
        fprintf(out, " 1 %s \"rkt " RKT_VERSION "\" \"User Commands\"\n.SH NAME\n", date);
        write_page_name(out, path, false);
        fputs(" \\- ", out);
        write_text(out, verb->summary, ".PP", "");
        fprintf(out, ".SH SYNOPSIS\n.B rkt%s", *path ? " " : "");
        write_name(out, path);
        fputc('\n', out);
        if (verb->arguments)
                write_text(out, verb->arguments, ".PP", "");
        if (verb->description) {
                fputs(".SH DESCRIPTION\n", out);
                write_text(out, verb->description, ".PP", "");
        }
        if (verb->children) {
                fputs(".SH COMMANDS\n", out);
                write_commands(out, verb, path);
        }
        write_options(out, "OPTIONS",
                      *path ? verb->options : (const Option *const[]){ global_options, NULL });
}
