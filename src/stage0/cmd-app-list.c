/* SPDX-License-Identifier: Apache-2.0 */
#include "app-verb.h"
#include "commands.h"
#include "experiment.h"
#include "pod-info.h"
#include "table.h"

static int write_table(const PodInfo *info, bool legend) {
        _cleanup_(table_freep) Table *table = table_new(2);
        int r = table ? 0 : -ENOMEM;

        if (r >= 0 && legend)
                r = table_add(table, "NAME");
        if (r >= 0 && legend)
                r = table_add(table, "STATE");
        for (size_t i = 0; i < info->n_apps && r >= 0; i++) {
                r = table_add(table, info->apps[i].name);
                if (r >= 0)
                        r = table_add(table, info->apps[i].state);
        }
        if (r < 0)
                return r;
        table_write(table, stdout);
        /* The original's logger ended even nothing with a newline. */
        if (!legend && info->n_apps == 0 && experiment_is_on(EXPERIMENT_APP))
                fputc('\n', stdout);
        return 0;
}

static void write_json(const PodInfo *info, bool pretty) {
        JsonWriter w = JSON_WRITER(stdout, pretty);

        json_write_begin(&w, '[');
        for (size_t i = 0; i < info->n_apps; i++)
                pod_info_write_app(&w, &info->apps[i]);
        json_write_end(&w, ']');
        fputc('\n', stdout);
}

static int list(const Stage0 *stage0, const AppSettings *settings, const char *word, Error *e) {
        _cleanup_(pod_closep) Pod *pod = NULL;
        _cleanup_(pod_info_done) PodInfo info = {};
        _cleanup_(strv_freep) Strv problems = NULL;
        int r = stage0_find_pod(stage0, word, &pod, e);

        if (r >= 0)
                r = pod_info_read(pod, &info, &problems);
        if (r < 0)
                return error_wrap(e, r, "error listing apps");
        pod_info_look_at_apps(pod, &info);
        if (settings->format == OUTPUT_TABLE)
                return write_table(&info, !settings->no_legend);
        write_json(&info, settings->format == OUTPUT_JSON_PRETTY);
        return 0;
}

static int run(const Rkt *rkt, void *settings, char **words) {
        _cleanup_(stage0_done) Stage0 stage0 = {};
        _cleanup_(error_done) Error e = ERROR_NULL;
        int r = 0;

        if (!words[0] || words[1]) {
                (void) rkt_usage(rkt);
                return app_exit_failed();
        }
        r = stage0_open(rkt, false, &stage0, &e);
        if (r >= 0)
                r = list(&stage0, settings, words[0], &e);
        if (r >= 0)
                return 0;
        (void) rkt_fail(rkt, &e, r);
        return app_exit_failed();
}

const Verb verb_app_list = {
        .name = "list",
        .arguments = "UUID",
        .summary = "List apps for the given pod",
        .description =
                "This only lists the name and state of the apps, app status will show more detailed info.",
        .options = { app_format_options, app_legend_options },
        .settings_size = sizeof(AppSettings),
        .words = WORDS_RUNNING | WORDS_EXITED,
        .run = run,
        .done = app_settings_done,
};
