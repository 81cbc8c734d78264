/* SPDX-License-Identifier: Apache-2.0 */

/* The tree of verbs. */

#include "commands.h"

static const Verb *const verbs[] = {
        &verb_cat_manifest, &verb_df,     &verb_enter, &verb_fetch,   &verb_gc,    &verb_help,
        &verb_image,        &verb_list,   &verb_logs,  &verb_prepare, &verb_rm,    &verb_run,
        &verb_run_prepared, &verb_status, &verb_stop,  &verb_version, &verb_abort, NULL,
};

const Verb verb_root = {
        .name = "rkt",
        .arguments = "[command]",
        .summary = "rkt, the application container runner",
        .description = "A command line client for running images as units of the host's systemd.\n"
                       "To get the help on any specific command, run \"rkt help command\".",
        .children = verbs,
};
