/* SPDX-License-Identifier: Apache-2.0 */
#include "commands.h"
#include "output-format.h"
#include "stage1.h"

typedef struct Settings {
        char *uuid_file;
        bool force;
} Settings;

static int set_force(void *settings, const char *value, Error *e) {
        (void) e;
        return output_switch_set(&((Settings *) settings)->force, value);
}

static int set_uuid_file(void *settings, const char *value, Error *e) {
        (void) e;
        return output_text_set(&((Settings *) settings)->uuid_file, value);
}

static const Option options[] = {
        { "force", "true", "false", set_force, "forced stopping", 0, NULL },
        { "uuid-file", NULL, "", set_uuid_file, "read pod UUID from file instead of argument",
          OPTION_QUOTED, NULL },
        {},
};

static int call_stop(const Stage0 *stage0, const Pod *pod, bool force, Error *e) {
        char *arguments[3] = { NULL };
        Uuid uuid = pod->uuid;
        int r = 0;

        arguments[0] = force ? (char[]){ "--force" } : uuid.text;
        arguments[1] = force ? uuid.text : NULL;
        r = stage1_call(stage0, pod, STAGE1_STOP, arguments, true, e);
        if (r == -ENOSYS)
                return error_wrap(e, r, "rkt stop not implemented for pod's stage1");
        if (r < 0)
                return r;
        return r > 0 ? error_new(e, -EIO, "stage1's stop exited with status %d", r) : 0;
}

/* Returns 0; a negative errno with what is to be said of it. */
static int stop_one(const Stage0 *stage0, const char *word, bool force, Error *e) {
        _cleanup_(pod_closep) Pod *pod = NULL;
        int r = stage0_find_pod(stage0, word, &pod, e);

        if (r < 0)
                return error_wrap(e, r, "cannot get pod");
        if (pod->state == POD_EXITED || pod->state == POD_EXITED_GARBAGE ||
            pod->state == POD_EXITED_DELETING) {
                printf("pod \"%s\" is already stopped\n", pod->uuid.text);
                return 0;
        }
        if (pod->state != POD_RUNNING)
                return error_new(e, -EINVAL, "pod \"%s\" is not running", pod->uuid.text);
        r = call_stop(stage0, pod, force, e);
        if (r < 0)
                return error_wrap(e, r, "error stopping pod \"%s\"", pod->uuid.text);
        printf("\"%s\"\n", pod->uuid.text);
        return 0;
}

static int run(const Rkt *rkt, void *settings_pointer, char **words) {
        const Settings *settings = settings_pointer;
        _cleanup_(stage0_done) Stage0 stage0 = {};
        _cleanup_(strv_freep) Strv owned = NULL;
        _cleanup_(error_done) Error e = ERROR_NULL;
        unsigned n_failed = 0;
        int r = 0;

        if (!*words == !settings->uuid_file)
                return rkt_usage(rkt);
        r = stage0_open(rkt, false, &stage0, &e);
        if (r >= 0)
                r = stage0_uuid_words(words, settings->uuid_file, &words, &owned, &e);
        if (r < 0) {
                (void) rkt_fail(rkt, &e, r);
                return settings->uuid_file ? 1 : EXIT_FAILED; /* the original's code for this one */
        }
        for (; *words; words++) {
                r = stop_one(&stage0, *words, settings->force, &e);
                if (r < 0) {
                        (void) rkt_fail(rkt, &e, r);
                        error_done(&e);
                        n_failed++;
                }
        }
        if (n_failed > 0)
                rkt_say(rkt, "failed to stop %u pod(s)", n_failed);
        return n_failed > 0 ? EXIT_FAILED : 0;
}

static void done(void *settings) {
        free(((Settings *) settings)->uuid_file);
}

const Verb verb_stop = {
        .name = "stop",
        .arguments = "--uuid-file=FILE | UUID ...",
        .summary = "Stop a pod",
        .options = { options },
        .settings_size = sizeof(Settings),
        .words = WORDS_RUNNING | WORDS_MANY,
        .run = run,
        .done = done,
};
