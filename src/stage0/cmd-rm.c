/* SPDX-License-Identifier: Apache-2.0 */
#include "commands.h"
#include "output-format.h"
#include "pod-delete.h"

typedef struct Settings {
        char *uuid_file;
} Settings;

static int set_uuid_file(void *settings, const char *value, Error *e) {
        (void) e;
        return output_text_set(&((Settings *) settings)->uuid_file, value);
}

static const Option options[] = {
        { "uuid-file", NULL, "", set_uuid_file, "read pod UUID from file instead of argument",
          OPTION_QUOTED, NULL },
        {},
};

/* Moves the pod to where collected pods lie, if it is not there yet. Not for one that lives. */
static int mark(const Stage0 *stage0, Pod *pod, Error *e) {
        switch (pod->state) {
        case POD_RUNNING:
                return error_new(e, -EBUSY, "pod \"%s\" is currently running", pod->uuid.text);
        case POD_EMBRYO:
        case POD_PREPARING:
                return error_new(e, -EBUSY, "pod \"%s\" is currently being prepared",
                                 pod->uuid.text);
        case POD_EXITED_DELETING:
        case POD_DELETING:
                return error_new(e, -EBUSY, "pod \"%s\" is currently being deleted",
                                 pod->uuid.text);
        case POD_ABORTED_PREPARE:
                rkt_say(stage0->rkt, "moving failed prepare \"%s\" to garbage", pod->uuid.text);
                return pod_mark(pod, e);
        case POD_PREPARED:
                rkt_say(stage0->rkt, "moving expired prepared pod \"%s\" to garbage",
                        pod->uuid.text);
                return pod_mark(pod, e);
        case POD_EXITED:
                return pod_mark(pod, e);
        default:
                return 0;
        }
}

static int remove_one(const Stage0 *stage0, const char *word, Error *e) {
        _cleanup_(pod_closep) Pod *pod = NULL;
        int r = stage0_find_pod(stage0, word, &pod, e);

        if (r < 0)
                return error_wrap(e, r, "cannot get pod");
        r = mark(stage0, pod, e);
        if (r >= 0)
                r = pod_lock(pod, true, e);
        if (r >= 0)
                r = pod_refresh(pod, e); /* whoever held the lock may have removed it */
        if (r >= 0)
                r = pod_delete(stage0, pod, e);
        if (r >= 0)
                printf("\"%s\"\n", pod->uuid.text);
        return r;
}

static int run(const Rkt *rkt, void *settings_pointer, char **words) {
        const Settings *settings = settings_pointer;
        _cleanup_(stage0_done) Stage0 stage0 = {};
        _cleanup_(strv_freep) Strv owned = NULL;
        _cleanup_(error_done) Error e = ERROR_NULL;
        bool failed = false;
        int r = 0;

        if (!*words == !settings->uuid_file)
                return rkt_usage(rkt);
        r = stage0_open(rkt, true, &stage0, &e);
        if (r >= 0)
                r = stage0_uuid_words(words, settings->uuid_file, &words, &owned, &e);
        if (r < 0)
                return rkt_fail(rkt, &e, r);
        for (; *words; words++) {
                r = remove_one(&stage0, *words, &e);
                if (r < 0) {
                        (void) rkt_fail(rkt, &e, r);
                        error_done(&e);
                        failed = true;
                }
        }
        if (failed)
                rkt_say(rkt, "failed to remove one or more pods");
        return failed ? EXIT_FAILED : 0;
}

static void done(void *settings) {
        free(((Settings *) settings)->uuid_file);
}

const Verb verb_rm = {
        .name = "rm",
        .arguments = "--uuid-file=FILE | UUID ...",
        .summary = "Remove all files and resources associated with an exited pod",
        .description = "Unlike gc, rm allows users to remove specific pods.",
        .options = { options },
        .settings_size = sizeof(Settings),
        .flags = VERB_ROOT,
        .words = WORDS_PREPARED | WORDS_EXITED | WORDS_ABORTED | WORDS_MANY,
        .run = run,
        .done = done,
};
