/* SPDX-License-Identifier: Apache-2.0 */
#include "commands.h"
#include "pod-make.h"
#include "pod-start.h"

static int run(const Rkt *rkt, void *settings_pointer, char **words) {
        RunSettings *settings = settings_pointer;
        _cleanup_(stage0_done) Stage0 stage0 = {};
        _cleanup_(error_done) Error e = ERROR_NULL;
        VerbOptions options;
        int r = 0;

        verb_options(&verb_run, settings, rkt, &options);
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
                r = pod_make_and_run(&stage0, settings, &e);
        return r < 0 ? rkt_fail(rkt, &e, r) : r;
}

const Verb verb_run = {
        .name = "run",
        .arguments = "[options] IMAGE [image options] [-- image arguments] [--- IMAGE ...]",
        .summary = "Run image(s) in a pod in rkt",
        .description =
                "IMAGE should be a string referencing an image: either a hash, local file on disk, or URL.\n"
                "They will be checked in that order and the first match will be used.\n"
                "Volumes are made available to the container via --volume.\n"
                "Mounts bind volumes into each image's root within the container via --mount.\n"
                "--mount is position-sensitive; occurring before any images applies to all images, occurring "
                "after any images applies only to the nearest preceding image.",
        .options = { run_image_options, run_pod_options, run_stage1_options, run_start_options,
                     run_dns_options, run_only_options },
        .settings_size = sizeof(RunSettings),
        .flags = VERB_ROOT | VERB_STOPS,
        .words = WORDS_IMAGES | WORDS_MANY,
        .run = run,
        .done = run_settings_done,
};
