/* SPDX-License-Identifier: Apache-2.0 */
#include "help.h"

#include "table.h"

#define WIDTH 80
#define OPTION_COLUMN 8

static void write_names(FILE *out, const Verb *verb, const char *path) {
        fprintf(out, "NAME:\n\t%s - %s\n\n", *path ? path : "rkt", verb->summary);
        fprintf(out, "USAGE:\n\trkt%s%s", *path ? " " : "", path);
        if (verb->arguments)
                fprintf(out, " %s", verb->arguments);
        fputs("\n\n", out);
        if (!*path)
                fprintf(out, "VERSION:\n\t%s\n\n", RKT_VERSION);
}

/* All that can be run below @verb, by full name. */
static int add_commands(Table *table, const Verb *verb, const char *path) {
        int r = 0;

        for (const Verb *const *child = verb->children; child && *child && r >= 0; child++) {
                _cleanup_(freep) char *name = NULL;

                if ((*child)->flags & VERB_HIDDEN)
                        continue;
                if (asprintf(&name, "%s%s%s", path, *path ? " " : "", (*child)->name) < 0) {
                        name = NULL;
                        return -ENOMEM;
                }
                if ((*child)->run) {
                        r = table_addf(table, "    %s", name);
                        if (r >= 0)
                                r = table_add(table, (*child)->summary);
                }
                if (r >= 0)
                        r = add_commands(table, *child, name);
        }
        return r;
}

static void write_commands(FILE *out, const Verb *verb, const char *path) {
        _cleanup_(table_freep) Table *table = verb->children ? table_new(2) : NULL;

        if (!table || add_commands(table, verb, path) < 0)
                return;
        fputs("COMMANDS:\n", out);
        table_write(table, out);
        fputc('\n', out);
}

/* Words broken so that lines fit, each behind @indent blanks. */
static void write_wrapped(FILE *out, const char *text, size_t indent) {
        size_t column = indent;

        fprintf(out, "%*s", (int) indent, "");
        while (*text) {
                size_t n = strcspn(text, " \n");

                if (column > indent && column + 1 + n > WIDTH) {
                        fprintf(out, "\n%*s", (int) indent, "");
                        column = indent;
                } else if (column > indent) {
                        fputc(' ', out);
                        column++;
                }
                fwrite(text, 1, n, out);
                column += n;
                text += n;
                if (*text == '\n') {
                        fprintf(out, "\n%*s", (int) indent, "");
                        column = indent;
                        text++;
                }
                text += strspn(text, " ");
        }
        fputc('\n', out);
}

static void write_option(FILE *out, const Option *option) {
        const char *quote = option->flags & OPTION_QUOTED ? "\"" : "";

        if (option->letter)
                fprintf(out, "    -%c, ", option->letter);
        else
                fputs("    ", out);
        fprintf(out, "--%s%s=%s%s%s%s\n", option->name, option->bare ? "[" : "", quote,
                option->initial ? option->initial : "", quote, option->bare ? "]" : "");
        write_wrapped(out, option->help, OPTION_COLUMN);
}

const Option *help_next_option(const Option *const *tables, const Option *last) {
        const Option *next = NULL;

        for (; *tables; tables++)
                for (const Option *option = *tables; option->name; option++)
                        if (!(option->flags & OPTION_HIDDEN) && !option->deprecated &&
                            (!last || strcmp(option->name, last->name) > 0) &&
                            (!next || strcmp(option->name, next->name) < 0))
                                next = option;
        return next;
}

static void write_options(FILE *out, const char *title, const Option *const *tables) {
        const Option *option = help_next_option(tables, NULL);

        if (!option)
                return;
        fprintf(out, "%s:\n", title);
        for (; option; option = help_next_option(tables, option))
                write_option(out, option);
        fputc('\n', out);
}

void help_write(FILE *out, const Verb *verb, const char *path) {
        write_names(out, verb, path);
        write_commands(out, verb, path);
        if (verb->description) {
                fputs("DESCRIPTION:\n", out);
                write_wrapped(out, verb->description, 4);
                fputc('\n', out);
        }
        write_options(out, "OPTIONS", verb->options);
        write_options(out, "GLOBAL OPTIONS", (const Option *const[]){ global_options, NULL });
}
