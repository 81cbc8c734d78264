/* SPDX-License-Identifier: Apache-2.0 */
#include "app-verb.h"
#include "commands.h"
#include "pod-make.h"
#include "pod-start.h"

static int run(const Rkt *rkt, void *settings_pointer, char **words) {
        RunSettings *settings = settings_pointer;
        _cleanup_(stage0_done) Stage0 stage0 = {};
        _cleanup_(error_done) Error e = ERROR_NULL;
        int r = 0;

        if (*words) {
                (void) rkt_usage(rkt);
                return app_exit_failed();
        }
        settings->is_mutable = true;
        r = pod_check_settings(rkt, settings, &e);
        if (r >= 0)
                r = stage0_open(rkt, true, &stage0, &e);
        if (r >= 0)
                r = pod_make_and_run(&stage0, settings, &e);
        if (r >= 0)
                return r;
        (void) rkt_fail(rkt, &e, r);
        return app_exit_failed();
}

const Verb verb_app_sandbox = {
        .name = "sandbox",
        .summary = "Create an empty pod application sandbox",
        .description =
                "Initializes an empty pod having no applications. It lives until it is stopped: \"rkt "
                "app add\" and \"rkt app start\" bring apps into it.",
        .options = { run_sandbox_options, run_dns_options, run_stage1_options },
        .settings_size = sizeof(RunSettings),
        .flags = VERB_ROOT,
        .run = run,
        .done = run_settings_done,
};
