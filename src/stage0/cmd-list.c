/* SPDX-License-Identifier: Apache-2.0 */
#include "commands.h"
#include "human.h"
#include "output-format.h"
#include "pod-info.h"
#include "pods.h"
#include "table.h"

#define SHORT_UUID 8
#define SHORT_ID 19

typedef struct Settings {
        bool no_legend, full;
        OutputFormat format;
} Settings;

static int set_no_legend(void *settings, const char *value, Error *e) {
        (void) e;
        return output_switch_set(&((Settings *) settings)->no_legend, value);
}

static int set_full(void *settings, const char *value, Error *e) {
        (void) e;
        return output_switch_set(&((Settings *) settings)->full, value);
}

static int set_format(void *settings, const char *value, Error *e) {
        return output_format_set(&((Settings *) settings)->format, value, e);
}

static const Option options[] = {
        { "format", NULL, "", set_format,
          "choose the output format, allowed format includes 'json', 'json-pretty'. If empty, then the result is printed as key value pairs",
          0, NULL },
        { "full", "true", "false", set_full, "use long output format", 0, NULL },
        { "no-legend", "true", "false", set_no_legend, "suppress a legend with the list", 0, NULL },
        {},
};

static int add_time(Table *table, int64_t time, bool full) {
        _cleanup_(freep) char *text = NULL;

        if (time <= 0)
                return table_add(table, "");
        text = full ? human_time(time) : human_age(time, human_now());
        return text ? table_add(table, text) : -ENOMEM;
}

static int add_image(Table *table, const PodAppInfo *app, bool full) {
        int r = table_add(table, app ? app->name : "-");

        if (r >= 0)
                r = table_add(table, !app ? "-" : app->image_name ? app->image_name : "--");
        if (r >= 0 && full)
                r = table_addf(table, "%.*s", SHORT_ID, app ? app->image_id : "-");
        return r;
}

/* Only the pod's first row tells what is the pod's. */
static int add_row(Table *table, const PodInfo *info, size_t i, bool full) {
        const PodAppInfo *app = i < info->n_apps ? &info->apps[i] : NULL;
        bool first = i == 0;
        int r = table_addf(table, "%.*s", first ? (full ? UUID_TEXT_LENGTH : SHORT_UUID) : 0,
                           info->uuid.text);

        if (r >= 0)
                r = add_image(table, app, full);
        if (r >= 0)
                r = table_add(table, first ? pod_state_name(info->state) : "");
        if (r >= 0)
                r = add_time(table, first ? info->created : 0, full);
        if (r >= 0)
                r = add_time(table, first ? info->started : 0, full);
        return r < 0 ? r : table_add(table, first ? info->networks : "");
}

static int add_legend(Table *table, bool full) {
        static const char *const names[] = { "UUID",  "APP",     "IMAGE NAME", "IMAGE ID",
                                             "STATE", "CREATED", "STARTED",    "NETWORKS" };
        int r = 0;

        for (size_t i = 0; i < N_ELEMENTS(names) && r >= 0; i++)
                if (full || strcmp(names[i], "IMAGE ID") != 0)
                        r = table_add(table, names[i]);
        return r;
}

static int print_table(const PodInfo *infos, size_t n, const Settings *settings) {
        _cleanup_(table_freep) Table *table = table_new(settings->full ? 8 : 7);
        int r = table ? 0 : -ENOMEM;

        if (r >= 0 && !settings->no_legend)
                r = add_legend(table, settings->full);
        for (size_t i = 0; i < n && r >= 0; i++)
                for (size_t k = 0; r >= 0 && (k == 0 || k < infos[i].n_apps); k++)
                        r = add_row(table, &infos[i], k, settings->full);
        if (r >= 0)
                table_write(table, stdout);
        return r;
}

static void print_json(const PodInfo *infos, size_t n, bool pretty, Strv *problems) {
        JsonWriter w = JSON_WRITER(stdout, pretty);
        bool any = false;

        for (size_t i = 0; i < n; i++) {
                _cleanup_(error_done) Error e = ERROR_NULL;
                int r = 0;

                if (infos[i].created > 0 && !any) {
                        json_write_begin(&w, '[');
                        any = true;
                }
                r = pod_info_write(&w, &infos[i], &e);
                if (r < 0)
                        (void) strv_append(problems,
                                           error_cause(&e) ? error_cause(&e) : "out of memory");
        }
        if (any)
                json_write_end(&w, ']');
        else
                json_write_null(&w); /* Go's nil slice */
        fputc('\n', stdout);
}

/* One pod that cannot be read hides none of the others. */
static int
read_all(const Stage0 *stage0, const PodList *list, PodInfo *infos, size_t *n, Strv *problems) {
        for (size_t i = 0; i < list->n; i++) {
                _cleanup_(pod_closep) Pod *pod = NULL;
                int r = pod_open(stage0->pods, &list->uuids[i], &pod, NULL);

                if (r == -ENOENT)
                        continue; /* removed meanwhile */
                if (r >= 0)
                        r = pod_info_read(pod, &infos[*n], problems);
                if (r == -ENOMEM)
                        return r;
                if (r < 0)
                        r = strv_appendf(problems, "cannot read pod \"%s\": %s",
                                         list->uuids[i].text, strerror(-r));
                else
                        (*n)++;
                if (r < 0)
                        return r;
        }
        return 0;
}

static int run(const Rkt *rkt, void *settings_pointer, char **words) {
        const Settings *settings = settings_pointer;
        _cleanup_(stage0_done) Stage0 stage0 = {};
        _cleanup_(pod_list_done) PodList list = {};
        _cleanup_(strv_freep) Strv problems = NULL;
        _cleanup_(error_done) Error e = ERROR_NULL;
        PodInfo *infos = NULL;
        size_t n = 0;
        int r = stage0_open(rkt, false, &stage0, &e);

        (void) words;
        if (r >= 0)
                r = pods_list(stage0.pods, false, &list, &e);
        if (r < 0)
                return rkt_fail_with(rkt, &e, r, "failed to get pod handles");
        infos = calloc(list.n + 1, sizeof(PodInfo));
        r = infos ? read_all(&stage0, &list, infos, &n, &problems) : -ENOMEM;
        if (r >= 0 && settings->format == OUTPUT_TABLE)
                r = print_table(infos, n, settings);
        else if (r >= 0)
                print_json(infos, n, settings->format == OUTPUT_JSON_PRETTY, &problems);
        for (size_t i = 0; i < n; i++)
                pod_info_done(&infos[i]);
        free(infos);
        (void) fflush(stdout);
        output_problems("pods", problems);
        return r < 0 ? rkt_fail(rkt, &e, r) : 0;
}

const Verb verb_list = {
        .name = "list",
        .arguments = "[--no-legend] [--full] [--format=FORMAT]",
        .summary = "List pods",
        .options = { options },
        .settings_size = sizeof(Settings),
        .run = run,
};
