/* SPDX-License-Identifier: Apache-2.0 */
#include "commands.h"
#include "pod-start.h"
#include "run-dns.h"

static int check(const Pod *pod, const RunSettings *settings, Error *e) {
        _cleanup_(appc_pod_freep) AppcPod *manifest = NULL;
        int r = 0;

        if (pod->state != POD_PREPARED)
                return error_new(e, -EINVAL, "pod \"%s\" is not prepared", pod->uuid.text);
        r = pod_read_manifest(pod, &manifest, e);
        if (r >= 0 && settings->interactive && manifest->n_apps > 1)
                return error_new(e, -EINVAL, "interactive option only supports pods with one app");
        return r;
}

static int run_pod(const Stage0 *stage0, const RunSettings *settings, const char *word, Error *e) {
        _cleanup_(pod_closep) Pod *pod = NULL;
        int r = stage0_find_pod(stage0, word, &pod, e);

        if (r < 0)
                return error_wrap(e, r, "problem retrieving pod");
        r = check(pod, settings, e);
        if (r >= 0)
                r = pod_lock(pod, true, e);
        /* Another may have run it while we waited. */
        if (r >= 0)
                r = pod_refresh(pod, e);
        if (r >= 0)
                r = check(pod, settings, e);
        if (r >= 0)
                r = pod_start(pod, e);
        if (r < 0)
                return r;
        r = pod_run(stage0, pod, settings, e);
        if (r == 0)
                printf("%s\n", pod->uuid.text); /* detached, and up */
        return r;
}

static int run(const Rkt *rkt, void *settings, char **words) {
        _cleanup_(stage0_done) Stage0 stage0 = {};
        _cleanup_(error_done) Error e = ERROR_NULL;
        int r = 0;

        if (!words[0] || words[1])
                return rkt_usage(rkt);
        r = run_dns_check(settings, &e);
        if (r >= 0)
                r = stage0_open(rkt, true, &stage0, &e);
        if (r >= 0)
                r = run_pod(&stage0, settings, words[0], &e);
        return r < 0 ? rkt_fail(rkt, &e, r) : r;
}

const Verb verb_run_prepared = {
        .name = "run-prepared",
        .arguments = "[options] UUID",
        .summary = "Run a prepared application pod in rkt",
        .description = "UUID must have been acquired via `rkt prepare`.",
        .options = { run_start_options, run_dns_options },
        .settings_size = sizeof(RunSettings),
        .flags = VERB_ROOT,
        .words = WORDS_PREPARED,
        .run = run,
        .done = run_settings_done,
};
