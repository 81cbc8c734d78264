/* SPDX-License-Identifier: Apache-2.0 */
#include "podfile-parse.h"

#include <stdlib.h>

#define BLANK " \t\r"

/* Where the parser stands. */
typedef struct Reader {
        const char *file;
        unsigned line;
        Podfile *to;
        size_t section; /* index of the current one; SIZE_MAX before the first heading */
        char *pending;  /* a line that goes on in the next one */
        unsigned pending_line;
} Reader;

void podfile_done(Podfile *podfile) {
        for (size_t i = 0; i < podfile->n_sections; i++) {
                PodfileSection *section = &podfile->sections[i];

                for (size_t k = 0; k < section->n_lines; k++) {
                        free(section->lines[k].key);
                        free(section->lines[k].value);
                        free(section->lines[k].place);
                }
                free(section->lines);
                free(section->name);
                free(section->argument);
                free(section->place);
        }
        free(podfile->sections);
        *podfile = PODFILE_NULL;
}

const PodfileSection *podfile_section(const Podfile *podfile, const char *name) {
        for (size_t i = 0; i < podfile->n_sections; i++)
                if (strcmp(podfile->sections[i].name, name) == 0 && !podfile->sections[i].argument)
                        return &podfile->sections[i];
        return NULL;
}

static int bad(const Reader *reader, Error *e, const char *why, const char *what) {
        return error_new(e, -EBADMSG, "%s:%u: %s%s%s%s", reader->file, reader->line, why,
                         what ? " \"" : "", what ? what : "", what ? "\"" : "");
}

static char *place(const Reader *reader) {
        char *text = NULL;

        return asprintf(&text, "%s:%u", reader->file, reader->line) < 0 ? NULL : text;
}

static int
push_section(const Reader *reader, const char *name, const char *argument, size_t *ret_index) {
        Podfile *to = reader->to;
        PodfileSection *grown =
                reallocarray(to->sections, to->n_sections + 1, sizeof(PodfileSection));
        PodfileSection *section = NULL;

        if (!grown)
                return -ENOMEM;
        to->sections = grown;
        section = &grown[to->n_sections];
        *section = (PodfileSection){ .name = strdup(name),
                                     .argument = argument ? strdup(argument) : NULL,
                                     .place = place(reader) };
        *ret_index = to->n_sections++;
        return section->name && section->place && (!argument || section->argument) ? 0 : -ENOMEM;
}

/* "[NAME]" or "[NAME ARGUMENT]" */
static int take_heading(Reader *reader, char *text, Error *e) {
        size_t n = strlen(text);
        char *name = NULL, *argument = NULL;

        if (text[n - 1] != ']')
                return bad(reader, e, "a heading ends with ']'", NULL);
        text[n - 1] = '\0';
        name = text_trim(text + 1);
        if (*name == '\0' || strpbrk(name, "[]"))
                return bad(reader, e, "this is no heading", NULL);
        argument = name + strcspn(name, BLANK);
        if (*argument) {
                *argument++ = '\0';
                argument = text_trim(argument);
        } else
                argument = NULL;
        for (size_t i = 0; i < reader->to->n_sections; i++)
                if (strcmp(reader->to->sections[i].name, name) == 0 &&
                    text_equal(reader->to->sections[i].argument, argument)) {
                        reader->section = i;
                        return 0;
                }
        return push_section(reader, name, argument, &reader->section);
}

static int take_assignment(Reader *reader, char *text, Error *e) {
        char *equals = strchr(text, '='), *key = NULL;
        PodfileSection *section = NULL;
        PodfileLine *grown = NULL;

        if (!equals)
                return bad(reader, e, "this is neither a heading nor KEY=VALUE:", text);
        if (reader->section == SIZE_MAX)
                return bad(reader, e, "there is no heading before the first line", NULL);
        *equals = '\0';
        key = text_trim(text);
        if (*key == '\0')
                return bad(reader, e, "there is no key before '='", NULL);
        if (++reader->to->n_lines > PODFILE_LINES_MAX)
                return bad(reader, e, "there are too many lines", NULL);
        section = &reader->to->sections[reader->section];
        grown = reallocarray(section->lines, section->n_lines + 1, sizeof(PodfileLine));
        if (!grown)
                return -ENOMEM;
        section->lines = grown;
        grown = &grown[section->n_lines++];
        *grown = (PodfileLine){ strdup(key), strdup(text_trim(equals + 1)), place(reader) };
        return grown->key && grown->value && grown->place ? 0 : -ENOMEM;
}

/* One line with its continuations. */
static int take_whole(Reader *reader, char *text, Error *e) {
        char *trimmed = text_trim(text);

        if (*trimmed == '\0')
                return 0;
        return *trimmed == '[' ? take_heading(reader, trimmed, e)
                               : take_assignment(reader, trimmed, e);
}

/* A line as it stands in the file. Takes @text. A comment between a line and its continuation is
 * left out. */
static int take_line(Reader *reader, char *text, Error *e) {
        _cleanup_(freep) char *line = text, *joined = NULL;
        const char *begin = line + strspn(line, BLANK);
        size_t n = strlen(line);
        bool goes_on = false;
        int r = 0;

        if (*begin == '#' || *begin == ';')
                return 0;
        goes_on = n > 0 && line[n - 1] == '\\';
        if (goes_on)
                line[n - 1] = '\0';
        if (asprintf(&joined, "%s%s%s", reader->pending ? reader->pending : "",
                     reader->pending ? " " : "", line) < 0) {
                joined = NULL;
                return -ENOMEM;
        }
        if (!reader->pending)
                reader->pending_line = reader->line;
        free(reader->pending);
        reader->pending = NULL;
        if (goes_on) {
                reader->pending = ptr_take(&joined);
                return 0;
        }
        {
                unsigned last = reader->line;

                reader->line = reader->pending_line;
                r = take_whole(reader, joined, e);
                reader->line = last;
        }
        return r;
}

int podfile_parse(const char *text, size_t n, const char *file, Podfile *to, Error *e) {
        Reader reader = { .file = file, .to = to, .section = SIZE_MAX };
        const char *end = NULL;
        int r = 0;

        if (n > PODFILE_SIZE_MAX)
                return error_new(e, -EFBIG, "%s: it is larger than %zu bytes", file,
                                 PODFILE_SIZE_MAX);
        if (n == 0)
                return 0;
        if (memchr(text, '\0', n) || !text_is_utf8(text, n))
                return error_new(e, -EBADMSG, "%s: it is not text in UTF-8", file);
        for (end = text + n; text < end && r >= 0;) {
                const char *newline = memchr(text, '\n', (size_t) (end - text));
                size_t length = (size_t) ((newline ? newline : end) - text);
                char *line = strndup(text, length);

                reader.line++;
                r = line ? take_line(&reader, line, e) : -ENOMEM;
                text += length + 1;
        }
        if (r >= 0 && reader.pending) {
                reader.line = reader.pending_line;
                r = take_whole(&reader, reader.pending, e);
        }
        free(reader.pending);
        return r;
}
