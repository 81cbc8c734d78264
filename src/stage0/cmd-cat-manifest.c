/* SPDX-License-Identifier: Apache-2.0 */
#include "commands.h"
#include "output-format.h"
#include "pods.h"

typedef struct Settings {
        bool compact;
        char *uuid_file;
} Settings;

static int set_pretty(void *settings, const char *value, Error *e) {
        bool pretty = true;
        int r = output_switch_set(&pretty, value);

        (void) e;
        ((Settings *) settings)->compact = !pretty;
        return r;
}

static int set_uuid_file(void *settings, const char *value, Error *e) {
        (void) e;
        return output_text_set(&((Settings *) settings)->uuid_file, value);
}

static const Option options[] = {
        { "pretty-print", "true", "true", set_pretty, "apply indent to format the output", 0,
          NULL },
        { "uuid-file", NULL, "", set_uuid_file, "read pod UUID from file instead of argument",
          OPTION_QUOTED, NULL },
        {},
};

static int run(const Rkt *rkt, void *settings_pointer, char **words) {
        const Settings *settings = settings_pointer;
        _cleanup_(stage0_done) Stage0 stage0 = {};
        _cleanup_(appc_pod_freep) AppcPod *manifest = NULL;
        _cleanup_(pod_closep) Pod *pod = NULL;
        _cleanup_(error_done) Error e = ERROR_NULL;
        _cleanup_(freep) char *text = NULL;
        int r = 0;

        if (settings->uuid_file ? words[0] != NULL : !words[0] || words[1])
                return rkt_usage(rkt);
        r = stage0_open(rkt, false, &stage0, &e);
        if (r >= 0)
                r = settings->uuid_file
                            ? stage0_find_pod_in_file(&stage0, settings->uuid_file, &pod, &e)
                            : stage0_find_pod(&stage0, words[0], &pod, &e);
        if (r < 0)
                return rkt_fail_with(rkt, &e, r, "problem retrieving pod");
        r = pod_read_manifest(pod, &manifest, &e);
        if (r < 0)
                return rkt_fail(rkt, &e, r);
        text = appc_pod_format(manifest, !settings->compact);
        if (!text)
                return rkt_fail(rkt, &e, -ENOMEM);
        puts(text);
        return 0;
}

static void done(void *settings) {
        free(((Settings *) settings)->uuid_file);
}

const Verb verb_cat_manifest = {
        .name = "cat-manifest",
        .arguments = "[--pretty-print] (UUID|--uuid-file=FILE)",
        .summary = "Inspect and print the pod manifest",
        .options = { options },
        .settings_size = sizeof(Settings),
        .words = WORDS_PODS,
        .run = run,
        .done = done,
};
