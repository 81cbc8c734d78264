/* SPDX-License-Identifier: Apache-2.0 */
#include "app-verb.h"
#include "commands.h"
#include "pod-app.h"

/* One that has ended with its pod has been stopped, too. */
static int stop(const Stage0 *stage0, const Pod *pod, const char *app, Error *e) {
        if (pod->state == POD_RUNNING)
                return pod_app_stop(stage0, pod, app, e);
        printf("pod \"%s\" is already stopped\n", pod->uuid.text);
        return 0;
}

static int run(const Rkt *rkt, void *settings, char **words) {
        static const AppVerb verb = { "stop", "error stopping app", stop, true };

        return app_verb_run(rkt, &verb, settings, words);
}

const Verb verb_app_stop = {
        .name = "stop",
        .arguments = "UUID --app=NAME",
        .summary = "Stop an app running in a pod",
        .description = "Returns once the app has ended. The pod goes on.",
        .options = { app_name_options },
        .settings_size = sizeof(AppSettings),
        .flags = VERB_ROOT,
        .words = WORDS_RUNNING,
        .run = run,
        .done = app_settings_done,
};
