/* SPDX-License-Identifier: Apache-2.0 */
#include "commands.h"
#include "experiment.h"
#include "pod-app.h"

static int check_words(const RunSettings *settings, Error *e) {
        if (settings->n_apps == 0)
                return error_new(e, -EINVAL, "must provide the pod UUID and an IMAGEID");
        if (settings->n_apps > 1)
                return error_new(e, -EINVAL, "must give only one app");
        if (settings->n_mounts > 0)
                return error_new(e, -EINVAL, "--mount must follow the image");
        if (settings->apps[0].signature)
                return error_new(e, -EINVAL,
                                 "the image is in the store already: --signature belongs to fetch");
        return 0;
}

static int add(const Stage0 *stage0, const RunSettings *settings, const char *word, Error *e) {
        _cleanup_(pod_closep) Pod *pod = NULL;
        int r = stage0_find_running_pod(stage0, word, &pod, e);

        if (r < 0)
                return r;
        if (!pod_is_ready(pod))
                return error_new(e, -EAGAIN, "supervisor for pod \"%s\" is not yet ready",
                                 pod->uuid.text);
        r = pod_app_add(stage0, pod, settings, e);
        return r < 0 ? error_wrap(e, r, "error adding app to pod") : 0;
}

static int run(const Rkt *rkt, void *settings_pointer, char **words) {
        RunSettings *settings = settings_pointer;
        _cleanup_(stage0_done) Stage0 stage0 = {};
        _cleanup_(error_done) Error e = ERROR_NULL;
        VerbOptions options;
        int r = 0;

        if (!words[0] || !words[1]) {
                rkt_say(rkt, "must provide the pod UUID and an IMAGEID");
                return EXIT_FAILED;
        }
        verb_options(&verb_app_add, settings, rkt, &options);
        settings->replaces_arguments = experiment_is_on(EXPERIMENT_APP);
        r = run_settings_parse_images(settings, options.sets, words + 1, &e);
        if (r == -ECANCELED) {
                (void) rkt_usage(rkt);
                return 0;
        }
        if (r < 0)
                return rkt_fail_with(rkt, &e, r, "error parsing app image arguments");
        r = check_words(settings, &e);
        if (r >= 0)
                r = stage0_open(rkt, true, &stage0, &e);
        if (r >= 0)
                r = add(&stage0, settings, words[0], &e);
        return r < 0 ? rkt_fail(rkt, &e, r) : 0;
}

const Verb verb_app_add = {
        .name = "add",
        .arguments = "UUID IMAGEID [image options] [-- image arguments]",
        .summary = "Add an app to a pod",
        .description =
                "This adds an application available in the local image store to a running mutable pod.",
        .options = { run_image_options, run_app_only_options },
        .settings_size = sizeof(RunSettings),
        .flags = VERB_ROOT | VERB_STOPS,
        .words = WORDS_RUNNING,
        .run = run,
        .done = run_settings_done,
};
