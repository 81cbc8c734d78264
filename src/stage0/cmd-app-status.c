/* SPDX-License-Identifier: Apache-2.0 */
#include "app-verb.h"
#include "commands.h"
#include "experiment.h"
#include "human.h"
#include "pod-info.h"

static void print_time(const char *key, int64_t time) {
        _cleanup_(freep) char *text = time > 0 ? human_time_exact(time) : NULL;

        if (text)
                printf("%s=%s\n", key, text);
}

/* The original's logger ended each piece with a newline: lists came in the line behind their name,
 * followed by an empty one. */
static void begin_list(const char *key) {
        printf("%s=%s", key, experiment_is_on(EXPERIMENT_APP) ? "\n" : "");
}

static void end_list(void) {
        fputs(experiment_is_on(EXPERIMENT_APP) ? "\n\n" : "\n", stdout);
}

static void print_pairs(const char *key, const AppcPairs *pairs) {
        if (pairs->n == 0)
                return;
        begin_list(key);
        for (size_t i = 0; i < pairs->n; i++) {
                fputs(i > 0 ? "," : "", stdout);
                text_write_escaped(stdout, pairs->items[i].name);
                fputc(':', stdout);
                text_write_escaped(stdout, pairs->items[i].value);
        }
        end_list();
}

static void print_mounts(const PodAppInfo *app) {
        if (app->n_mounts == 0)
                return;
        begin_list("mounts");
        for (size_t i = 0; i < app->n_mounts; i++) {
                const PodMountInfo *mount = &app->mounts[i];

                fputs(i > 0 ? "," : "", stdout);
                text_write_escaped(stdout, mount->source ? mount->source : "");
                fputc(':', stdout);
                text_write_escaped(stdout, mount->path);
                printf(":(read_only:%s)", mount->read_only ? "true" : "false");
        }
        end_list();
}

static void print_text(const PodAppInfo *app) {
        printf("name=%s\nstate=%s\nimage_id=%s\n", app->name, app->state, app->image_id);
        print_time("created_at", app->created);
        print_time("started_at", app->started);
        print_time("finished_at", app->finished);
        if (app->exit_status >= 0)
                printf("exit_code=%d\n", app->exit_status);
        print_mounts(app);
        print_pairs("user_annotations", &app->user_annotations);
        print_pairs("user_labels", &app->user_labels);
}

static int show(const Stage0 *stage0, const AppSettings *settings, const char *word, Error *e) {
        _cleanup_(pod_closep) Pod *pod = NULL;
        _cleanup_(pod_info_done) PodInfo info = {};
        _cleanup_(strv_freep) Strv problems = NULL;
        JsonWriter w = JSON_WRITER(stdout, settings->format == OUTPUT_JSON_PRETTY);
        size_t i = 0;
        int r = stage0_find_pod(stage0, word, &pod, e);

        if (r >= 0)
                r = pod_info_read(pod, &info, &problems);
        if (r < 0)
                return error_wrap(e, r, "error getting app status");
        pod_info_look_at_apps(pod, &info);
        while (i < info.n_apps && strcmp(info.apps[i].name, settings->app) != 0)
                i++;
        if (i == info.n_apps)
                return error_new(e, -ENOENT, "cannot find app \"%s\" in the pod", settings->app);
        if (settings->format == OUTPUT_TABLE) {
                print_text(&info.apps[i]);
                return 0;
        }
        pod_info_write_app(&w, &info.apps[i]);
        fputc('\n', stdout);
        return 0;
}

static int run(const Rkt *rkt, void *settings_pointer, char **words) {
        const AppSettings *settings = settings_pointer;
        _cleanup_(stage0_done) Stage0 stage0 = {};
        _cleanup_(error_done) Error e = ERROR_NULL;
        int r = 0;

        if (!words[0] || words[1] || text_is_empty(settings->app)) {
                (void) rkt_usage(rkt);
                return app_exit_failed();
        }
        r = stage0_open(rkt, false, &stage0, &e);
        if (r >= 0)
                r = show(&stage0, settings, words[0], &e);
        if (r >= 0)
                return 0;
        (void) rkt_fail(rkt, &e, r);
        return app_exit_failed();
}

const Verb verb_app_status = {
        .name = "status",
        .arguments = "UUID --app=NAME",
        .summary = "Check the status of an app in the given pod",
        .description = "This will print detailed status of an app.",
        .options = { app_name_options, app_format_options },
        .settings_size = sizeof(AppSettings),
        .words = WORDS_RUNNING | WORDS_EXITED,
        .run = run,
        .done = app_settings_done,
};
