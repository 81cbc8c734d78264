/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "commands.h"
#include "help.h"

static int run(const Rkt *rkt, void *settings, char **words) {
        const Verb *verb = &verb_root;
        char path[64] = "";

        (void) settings;
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
        help_write(stdout, verb, path);
        return 0;
}

const Verb verb_help = {
        .name = "help",
        .arguments = "[COMMAND]",
        .summary = "Help about any command",
        .words = WORDS_VERBS,
        .run = run,
};
