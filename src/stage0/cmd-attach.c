/* SPDX-License-Identifier: Apache-2.0 */
#include "commands.h"
#include "output-format.h"
#include "stage1.h"

typedef struct Settings {
        char *app, *mode;
} Settings;

static int set_app(void *settings, const char *value, Error *e) {
        (void) e;
        return output_text_set(&((Settings *) settings)->app, value);
}

static int set_mode(void *settings, const char *value, Error *e) {
        (void) e;
        return output_text_set(&((Settings *) settings)->mode, value);
}

static const Option options[] = {
        { "app", NULL, "", set_app, "name of the app to attach to within the specified pod",
          OPTION_QUOTED, NULL, 0 },
        { "mode", NULL, "auto", set_mode,
          "what to attach to: auto (all there is), list (only say what there is), or a comma-separated list of stdin, stdout, stderr, tty, tty-in, tty-out",
          OPTION_QUOTED, NULL, 0 },
        {},
};

/* In the order in which the original passes them. */
static const char *const endpoints[] = { "tty-in", "tty-out", "stdin", "stdout", "stderr" };
#define N_TTY_ENDPOINTS 2

static int take_endpoint(const char *word, bool *wanted, Error *e) {
        bool known = false;

        for (size_t i = 0; i < N_ELEMENTS(endpoints); i++) {
                bool is = strcmp(word, endpoints[i]) == 0 ||
                          (i < N_TTY_ENDPOINTS && strcmp(word, "tty") == 0);

                known = known || is;
                wanted[i] = wanted[i] || is;
        }
        return known ? 0 : error_new(e, -EINVAL, "unknown endpoint \"%s\"", word);
}

static int add_endpoints(const char *mode, Strv *arguments, Error *e) {
        _cleanup_(strv_freep) Strv words = NULL;
        bool wanted[N_ELEMENTS(endpoints)] = {};
        int r = strv_split(mode, ',', &words);

        for (char **word = words; r >= 0 && *word; word++)
                r = take_endpoint(text_trim(*word), wanted, e);
        if (r >= 0 && (wanted[0] || wanted[1]) && (wanted[2] || wanted[3] || wanted[4]))
                return error_new(e, -EINVAL,
                                 "tty and the streams stdin, stdout and stderr exclude each other");
        for (size_t i = 0; i < N_ELEMENTS(endpoints) && r >= 0; i++)
                r = strv_appendf(arguments, "--%s=%s", endpoints[i], wanted[i] ? "true" : "false");
        return r;
}

/* Source: inventory 1.25. */
static int
make_arguments(const Rkt *rkt, const char *mode, const char *app, Strv *arguments, Error *e) {
        bool all = text_is_empty(mode) || strcmp(mode, "auto") == 0;
        bool list = !all && strcmp(mode, "list") == 0;
        int r = strv_appendf(arguments, "--action=%s",
                             all    ? "auto-attach"
                             : list ? "list"
                                    : "custom-attach");

        if (r >= 0 && !all && !list)
                r = add_endpoints(mode, arguments, e);
        if (r >= 0)
                r = strv_appendf(arguments, "--app=%s", app);
        return r < 0 ? r : strv_appendf(arguments, "--debug=%s", rkt->debug ? "true" : "false");
}

static int attach(const Stage0 *stage0, const Settings *settings, const char *word, Error *e) {
        _cleanup_(appc_pod_freep) AppcPod *manifest = NULL;
        _cleanup_(strv_freep) Strv arguments = NULL;
        _cleanup_(pod_closep) Pod *pod = NULL;
        const char *app = NULL;
        int r = stage0_find_running_pod(stage0, word, &pod, e);

        if (r >= 0)
                r = pod_read_manifest(pod, &manifest, e);
        if (r >= 0)
                r = stage0_choose_app(manifest, settings->app, "attach", &app, e);
        if (r >= 0)
                r = make_arguments(stage0->rkt, settings->mode, app, &arguments, e);
        return r < 0 ? r : stage1_replace(stage0, pod, STAGE1_ATTACH, arguments, e);
}

static int run(const Rkt *rkt, void *settings, char **words) {
        _cleanup_(stage0_done) Stage0 stage0 = {};
        _cleanup_(error_done) Error e = ERROR_NULL;
        int r = 0;

        if (!words[0] || words[1])
                return rkt_usage(rkt);
        r = stage0_open(rkt, false, &stage0, &e);
        if (r >= 0)
                r = attach(&stage0, settings, words[0], &e);
        return rkt_fail(rkt, &e, r);
}

static void done(void *settings_pointer) {
        Settings *settings = settings_pointer;

        free(settings->app);
        free(settings->mode);
}

const Verb verb_attach = {
        .name = "attach",
        .arguments = "[--app=APPNAME] [--mode=MODE] UUID",
        .summary = "Attach to the streams of an app within a rkt pod",
        .description =
                "The app must have been run with --stdin=, --stdout= or --stderr= of \"stream\" or \"tty\".",
        .options = { options },
        .settings_size = sizeof(Settings),
        .flags = VERB_ROOT,
        .words = WORDS_RUNNING,
        .run = run,
        .done = done,
};
