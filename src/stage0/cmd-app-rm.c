/* SPDX-License-Identifier: Apache-2.0 */
#include "app-verb.h"
#include "commands.h"
#include "pod-app.h"

static int run(const Rkt *rkt, void *settings, char **words) {
        static const AppVerb verb = { "remove", "error removing app", pod_app_remove, true };

        return app_verb_run(rkt, &verb, settings, words);
}

const Verb verb_app_rm = {
        .name = "rm",
        .arguments = "UUID --app=NAME",
        .summary = "Remove an app from a pod",
        .description =
                "An app that still runs is stopped first. Its files go with it; what it wrote stays in the pod's log.",
        .options = { app_name_options },
        .settings_size = sizeof(AppSettings),
        .flags = VERB_ROOT,
        .words = WORDS_RUNNING,
        .run = run,
        .done = app_settings_done,
};
