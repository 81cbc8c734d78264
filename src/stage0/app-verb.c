/* SPDX-License-Identifier: Apache-2.0 */
#include "app-verb.h"

#include "appc-name.h"
#include "experiment.h"

static int set_app(void *settings, const char *value, Error *e) {
        (void) e;
        return output_text_set(&((AppSettings *) settings)->app, value);
}

static int set_no_legend(void *settings, const char *value, Error *e) {
        (void) e;
        return output_switch_set(&((AppSettings *) settings)->no_legend, value);
}

static int set_format(void *settings, const char *value, Error *e) {
        return output_format_set(&((AppSettings *) settings)->format, value, e);
}

const Option app_name_options[] = {
        { "app", NULL, "", set_app, "name of the app within the pod", OPTION_QUOTED, NULL, 0 },
        {},
};

const Option app_format_options[] = {
        { "format", NULL, "", set_format,
          "choose the output format, allowed format includes 'json', 'json-pretty'. If empty, then the result is printed as text",
          0, NULL, 0 },
        {},
};

const Option app_legend_options[] = {
        { "no-legend", "true", "false", set_no_legend, "suppress a legend with the list", 0, NULL,
          0 },
        {},
};

void app_settings_done(void *settings) {
        free(((AppSettings *) settings)->app);
}

int app_exit_failed(void) {
        return experiment_is_on(EXPERIMENT_APP) ? 1 : EXIT_FAILED;
}

static int
run(const Stage0 *stage0, const AppVerb *verb, const char *app, const char *word, Error *e) {
        _cleanup_(pod_closep) Pod *pod = NULL;
        int r = stage0_find_pod(stage0, word, &pod, e);

        if (r < 0)
                return error_wrap(e, r, "problem retrieving pod");
        r = appc_name_check(app, e);
        if (r < 0)
                return error_prefix(e, r, "invalid app name \"%s\": ", app);
        if (pod->state != POD_RUNNING && !verb->when_exited)
                return error_new(e, -ESRCH, "pod \"%s\" isn't currently running", pod->uuid.text);
        r = verb->action(stage0, pod, app, e);
        return r < 0 ? error_wrap(e, r, "%s", verb->failure) : 0;
}

int app_verb_run(const Rkt *rkt, const AppVerb *verb, const AppSettings *settings, char **words) {
        _cleanup_(stage0_done) Stage0 stage0 = {};
        _cleanup_(error_done) Error e = ERROR_NULL;
        int r = 0;

        if (!words[0] || words[1]) {
                rkt_say(rkt, "must provide the pod UUID");
                return EXIT_FAILED;
        }
        if (!settings->app) {
                rkt_say(rkt, "must provide the app to %s", verb->doing);
                return EXIT_FAILED;
        }
        r = stage0_open(rkt, false, &stage0, &e);
        if (r >= 0)
                r = run(&stage0, verb, settings->app, words[0], &e);
        return r < 0 ? rkt_fail(rkt, &e, r) : 0;
}
