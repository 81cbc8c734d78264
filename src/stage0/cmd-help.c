/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "commands.h"
#include "help.h"
#include "man.h"
#include "output-format.h"

typedef struct Settings {
        char *man_date;
} Settings;

static int set_man(void *settings, const char *value, Error *e) {
        (void) e;
        return output_text_set(&((Settings *) settings)->man_date, value);
}

static const Option options[] = {
        { "man", NULL, "", set_man, "print a manual page of that date (YYYY-MM-DD)", OPTION_HIDDEN,
          NULL, 0 },
        {},
};

static int run(const Rkt *rkt, void *settings_pointer, char **words) {
        const Settings *settings = settings_pointer;
        const Verb *verb = &verb_root;
        char path[64] = "";

        for (; *words; words++) {
                const Verb *const *child = verb->children;
                size_t n = strlen(path);

                while (child && *child && strcmp((*child)->name, *words) != 0)
                        child++;
                if (!child || !*child) {
                        rkt_say(rkt, "unknown help topic \"%s\"", *words);
                        return EXIT_FAILED;
                }
                verb = *child;
                (void) snprintf(path + n, sizeof(path) - n, "%s%s", n > 0 ? " " : "", verb->name);
        }
        if (settings->man_date)
                man_write(stdout, verb, path, settings->man_date);
        else
                help_write(stdout, verb, path);
        return 0;
}

static void done(void *settings) {
        free(((Settings *) settings)->man_date);
}

const Verb verb_help = {
        .name = "help",
        .arguments = "[COMMAND]",
        .summary = "Help about any command",
        .options = { options },
        .settings_size = sizeof(Settings),
        .words = WORDS_VERBS,
        .run = run,
        .done = done,
};
