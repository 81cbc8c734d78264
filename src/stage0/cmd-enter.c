/* SPDX-License-Identifier: Apache-2.0 */
#include <time.h>

#include "commands.h"
#include "output-format.h"
#include "stage1.h"

#define POLL_NSEC (100 * 1000 * 1000)
#define DEFAULT_COMMAND "/bin/bash"

typedef struct Settings {
        char *app;
} Settings;

static int set_app(void *settings, const char *value, Error *e) {
        (void) e;
        return output_text_set(&((Settings *) settings)->app, value);
}

static const Option options[] = {
        { "app", NULL, "", set_app, "name of the app to enter within the specified pod",
          OPTION_QUOTED, NULL },
        {},
};

/* A pod that has just been started may not have told its PID yet. */
static int wait_for_pid(Pod *pod, pid_t *ret, Error *e) {
        const struct timespec pause = { .tv_nsec = POLL_NSEC };

        for (;;) {
                _cleanup_(error_done) Error ignored = ERROR_NULL;
                int r = pod_read_pid(pod, ret, &ignored);

                if (r >= 0)
                        return 0;
                if (r != -ENOENT && r != -ESRCH)
                        return pod_read_pid(pod, ret, e);
                r = pod_refresh(pod, e);
                if (r < 0)
                        return r;
                if (pod->state != POD_RUNNING)
                        return error_new(e, -ESRCH, "pod %s is not running anymore",
                                         pod->uuid.text);
                (void) nanosleep(&pause, NULL);
        }
}

static int make_arguments(pid_t pid, const char *app, char **command, Strv *ret) {
        int r = strv_appendf(ret, "--pid=%d", pid);

        if (r >= 0)
                r = strv_appendf(ret, "--appname=%s", app);
        if (r >= 0)
                r = strv_append(ret, "--");
        if (r >= 0 && !*command)
                r = strv_append(ret, DEFAULT_COMMAND);
        for (; *command && r >= 0; command++)
                r = strv_append(ret, *command);
        return r;
}

static int enter(const Stage0 *stage0, const Settings *settings, char **words, Error *e) {
        _cleanup_(appc_pod_freep) AppcPod *manifest = NULL;
        _cleanup_(pod_closep) Pod *pod = NULL;
        _cleanup_(strv_freep) Strv arguments = NULL;
        const char *app = NULL;
        pid_t pid = -1;
        int r = stage0_find_running_pod(stage0, words[0], &pod, e);

        if (r < 0)
                return r;
        r = wait_for_pid(pod, &pid, e);
        if (r < 0)
                return error_wrap(e, r, "unable to enter pod \"%s\"", pod->uuid.text);
        r = pod_read_manifest(pod, &manifest, e);
        if (r >= 0)
                r = stage0_choose_app(manifest, settings->app, "enter", &app, e);
        if (r < 0)
                return r;
        if (!words[1])
                rkt_say(stage0->rkt, "no command specified, assuming \"%s\"", DEFAULT_COMMAND);
        r = make_arguments(pid, app, words + 1, &arguments);
        return r < 0 ? r : stage1_replace(stage0, pod, STAGE1_ENTER, arguments, e);
}

static int run(const Rkt *rkt, void *settings_pointer, char **words) {
        _cleanup_(stage0_done) Stage0 stage0 = {};
        _cleanup_(error_done) Error e = ERROR_NULL;
        int r = 0;

        if (!words[0])
                return rkt_usage(rkt);
        r = stage0_open(rkt, false, &stage0, &e);
        if (r >= 0)
                r = enter(&stage0, settings_pointer, words, &e);
        return rkt_fail(rkt, &e, r);
}

static void done(void *settings) {
        free(((Settings *) settings)->app);
}

#define ENTER_VERB(verb_name, verb_summary)                                                       \
        {                                                                                         \
                .name = (verb_name), .arguments = "[--app=APPNAME] UUID [CMD [ARGS ...]]",        \
                .summary = (verb_summary),                                                        \
                .description = "By default the CMD that is run is /bin/bash.",                    \
                .options = { options }, .settings_size = sizeof(Settings),                        \
                .flags = VERB_ROOT | VERB_STOPS, .words = WORDS_RUNNING, .run = run, .done = done \
        }

const Verb verb_enter = ENTER_VERB("enter", "Enter the namespaces of an app within a rkt pod");
const Verb verb_app_exec =
        ENTER_VERB("exec", "Execute a command in an app of a pod, as enter does");
