/* SPDX-License-Identifier: Apache-2.0 */
#include "commands.h"
#include "pod-make.h"

static int run(const Rkt *rkt, void *settings_pointer, char **words) {
        RunSettings *settings = settings_pointer;
        _cleanup_(stage0_done) Stage0 stage0 = {};
        _cleanup_(pod_closep) Pod *pod = NULL;
        _cleanup_(error_done) Error e = ERROR_NULL;
        VerbOptions options;
        int r = 0;

        verb_options(&verb_prepare, settings, rkt, &options);
        r = run_settings_parse_images(settings, options.sets, words, &e);
        if (r == -ECANCELED) {
                (void) rkt_usage(rkt);
                return 0;
        }
        if (r < 0)
                return rkt_fail_with(rkt, &e, r, "error parsing app image arguments");
        r = pod_check_settings(rkt, settings, &e);
        if (r >= 0)
                r = stage0_open(rkt, true, &stage0, &e);
        if (r >= 0)
                r = pod_make(&stage0, settings, &pod, &e);
        if (r >= 0) {
                r = pod_seal(pod, &e);
                if (r < 0)
                        (void) pod_remove(pod, NULL);
        }
        if (r < 0)
                return rkt_fail(rkt, &e, r);
        printf("%s\n", pod->uuid.text);
        return 0;
}

const Verb verb_prepare = {
        .name = "prepare",
        .arguments = "[options] IMAGE [image options] [-- image arguments] [--- IMAGE ...]",
        .summary = "Prepare to run image(s) in a pod in rkt",
        .description = "Prints the pod's UUID. The pod is run with run-prepared.",
        .options = { run_image_options, run_pod_options, run_stage1_options, prepare_only_options },
        .settings_size = sizeof(RunSettings),
        .flags = VERB_ROOT | VERB_STOPS,
        .words = WORDS_IMAGES | WORDS_MANY,
        .run = run,
        .done = run_settings_done,
};
