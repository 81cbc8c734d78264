/* SPDX-License-Identifier: Apache-2.0 */
#include "app-verb.h"
#include "commands.h"
#include "pod-app.h"

static int run(const Rkt *rkt, void *settings, char **words) {
        static const AppVerb verb = { "start", "error starting app", pod_app_start, false };

        return app_verb_run(rkt, &verb, settings, words);
}

const Verb verb_app_start = {
        .name = "start",
        .arguments = "UUID --app=NAME",
        .summary = "Start an app in a pod",
        .description = "Returns once the app is up. One that has ended is started anew.",
        .options = { app_name_options },
        .settings_size = sizeof(AppSettings),
        .flags = VERB_ROOT,
        .words = WORDS_RUNNING,
        .run = run,
        .done = app_settings_done,
};
