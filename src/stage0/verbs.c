/* SPDX-License-Identifier: Apache-2.0 */

/* The tree of verbs. */

#include "commands.h"

static const Verb *const verbs[] = {
        &verb_app,      &verb_attach, &verb_cat_manifest, &verb_completion, &verb_config,
        &verb_df,       &verb_enter,  &verb_export,       &verb_fetch,      &verb_gc,
        &verb_help,     &verb_image,  &verb_list,         &verb_logs,       &verb_prepare,
        &verb_rm,       &verb_run,    &verb_run_prepared, &verb_stats,      &verb_status,
        &verb_stop,     &verb_trust,  &verb_update,       &verb_version,    &verb_abort,
        &verb_complete, NULL,
};

const Verb verb_root = {
        .name = "rkt",
        .arguments = "[command]",
        .summary = "rkt, the application container runner",
        .description = "A command line client for running images as units of the host's systemd.\n"
                       "To get the help on any specific command, run \"rkt help command\".",
        .children = verbs,
};

const Verb *verb_find(const Verb *verb, const char *word) {
        const Verb *found = NULL;

        for (const Verb *const *child = verb->children; child && *child; child++) {
                if (strcmp((*child)->name, word) == 0)
                        return *child;
                if (!text_after((*child)->name, word) || *word == '\0' ||
                    ((*child)->flags & VERB_HIDDEN))
                        continue;
                if (found)
                        return NULL;
                found = *child;
        }
        return found;
}
