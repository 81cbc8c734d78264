/* SPDX-License-Identifier: Apache-2.0 */
#include "commands.h"
#include "human.h"
#include "output-format.h"
#include "pod-info.h"
#include "pods.h"
#include "table.h"

#define SHORT_UUID 8
#define SHORT_ID 19

#define FIELDS_MAX 16

typedef enum Field {
        FIELD_UUID,
        FIELD_APP,
        FIELD_IMAGE,
        FIELD_IMAGE_ID,
        FIELD_STATE,
        FIELD_CREATED,
        FIELD_STARTED,
        FIELD_NETWORKS,
        FIELD_NAME,
        _FIELD_MAX,
} Field;

typedef struct Settings {
        bool no_legend, full;
        OutputFormat format;
        Field fields[FIELDS_MAX];
        size_t n_fields; /* 0 for those that are usual */
} Settings;

/* A cell of the row of one app; NULL for a pod without any. */
typedef int (*CellAdd)(Table *table, const PodInfo *info, const PodAppInfo *app, bool full);

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

static int add_uuid(Table *table, const PodInfo *info, const PodAppInfo *app, bool full) {
        (void) app;
        return table_addf(table, "%.*s", full ? UUID_TEXT_LENGTH : SHORT_UUID, info->uuid.text);
}

static int add_app(Table *table, const PodInfo *info, const PodAppInfo *app, bool full) {
        (void) info;
        (void) full;
        return table_add(table, app ? app->name : "-");
}

static int add_image(Table *table, const PodInfo *info, const PodAppInfo *app, bool full) {
        (void) info;
        (void) full;
        return table_add(table, !app ? "-" : app->image_name ? app->image_name : "--");
}

static int add_image_id(Table *table, const PodInfo *info, const PodAppInfo *app, bool full) {
        (void) info;
        (void) full;
        return table_addf(table, "%.*s", SHORT_ID, app ? app->image_id : "-");
}

static int add_state(Table *table, const PodInfo *info, const PodAppInfo *app, bool full) {
        (void) app;
        (void) full;
        return table_add(table, pod_state_name(info->state));
}

static int add_time(Table *table, int64_t time, bool full) {
        _cleanup_(freep) char *text = NULL;

        if (time <= 0)
                return table_add(table, "");
        text = full ? human_time(time) : human_age(time, human_now());
        return text ? table_add(table, text) : -ENOMEM;
}

static int add_created(Table *table, const PodInfo *info, const PodAppInfo *app, bool full) {
        (void) app;
        return add_time(table, info->created, full);
}

static int add_started(Table *table, const PodInfo *info, const PodAppInfo *app, bool full) {
        (void) app;
        return add_time(table, info->started, full);
}

static int add_networks(Table *table, const PodInfo *info, const PodAppInfo *app, bool full) {
        (void) app;
        (void) full;
        return table_add(table, info->networks);
}

static int add_name(Table *table, const PodInfo *info, const PodAppInfo *app, bool full) {
        (void) app;
        (void) full;
        return table_add(table, info->name ? info->name : "");
}

static const struct {
        const char *name, *title;
        CellAdd add;
        bool of_app;    /* otherwise of the pod, and in its first row alone */
        bool full_only; /* unless it is asked for */
} fields[_FIELD_MAX] = {
        [FIELD_UUID] = { "uuid", "UUID", add_uuid, false, false },
        [FIELD_APP] = { "app", "APP", add_app, true, false },
        [FIELD_IMAGE] = { "image", "IMAGE NAME", add_image, true, false },
        [FIELD_IMAGE_ID] = { "imageid", "IMAGE ID", add_image_id, true, true },
        [FIELD_STATE] = { "state", "STATE", add_state, false, false },
        [FIELD_CREATED] = { "created", "CREATED", add_created, false, false },
        [FIELD_STARTED] = { "started", "STARTED", add_started, false, false },
        [FIELD_NETWORKS] = { "networks", "NETWORKS", add_networks, false, false },
        [FIELD_NAME] = { "name", "NAME", add_name, false, false },
};

static int find_field(const char *name, Field *ret, Error *e) {
        for (size_t i = 0; i < _FIELD_MAX; i++)
                if (strcmp(fields[i].name, name) == 0) {
                        *ret = (Field) i;
                        return 0;
                }
        return error_new(e, -EINVAL, "unknown field \"%s\"", name);
}

static int set_fields(void *settings_pointer, const char *value, Error *e) {
        Settings *settings = settings_pointer;
        _cleanup_(strv_freep) Strv names = NULL;
        int r = strv_split(value, ',', &names);

        settings->n_fields = 0;
        for (char **name = names; r >= 0 && *name; name++) {
                if (settings->n_fields == FIELDS_MAX)
                        return error_new(e, -EINVAL, "more than %d fields", FIELDS_MAX);
                r = find_field(*name, &settings->fields[settings->n_fields++], e);
        }
        return r;
}

/* The original knew no names: who gives none gets its table. */
static bool is_usual(Field field, const Settings *settings, bool any_name) {
        return field == FIELD_NAME ? any_name : settings->full || !fields[field].full_only;
}

static void use_usual_fields(Settings *settings, const PodInfo *infos, size_t n) {
        bool any_name = false;

        for (size_t i = 0; i < n; i++)
                any_name = any_name || infos[i].name;
        for (size_t i = 0; i < _FIELD_MAX; i++)
                if (is_usual((Field) i, settings, any_name))
                        settings->fields[settings->n_fields++] = (Field) i;
}

static int add_row(Table *table, const PodInfo *info, size_t i, const Settings *settings) {
        const PodAppInfo *app = i < info->n_apps ? &info->apps[i] : NULL;
        int r = 0;

        for (size_t k = 0; k < settings->n_fields && r >= 0; k++) {
                Field field = settings->fields[k];

                r = i == 0 || fields[field].of_app
                            ? fields[field].add(table, info, app, settings->full)
                            : table_add(table, "");
        }
        return r;
}

static int add_legend(Table *table, const Settings *settings) {
        int r = 0;

        for (size_t k = 0; k < settings->n_fields && r >= 0; k++)
                r = table_add(table, fields[settings->fields[k]].title);
        return r;
}

static const Option options[] = {
        { "fields", NULL, "", set_fields,
          "comma-separated list of fields to display. Accepted values: \"uuid\", \"app\", "
          "\"image\", \"imageid\", \"state\", \"created\", \"started\", \"networks\", \"name\"",
          0, NULL },
        { "format", NULL, "", set_format,
          "choose the output format, allowed format includes 'json', 'json-pretty'. If empty, then the result is printed as key value pairs",
          0, NULL },
        { "full", "true", "false", set_full, "use long output format", 0, NULL },
        { "no-legend", "true", "false", set_no_legend, "suppress a legend with the list", 0, NULL },
        {},
};

static int print_table(const PodInfo *infos, size_t n, const Settings *settings) {
        _cleanup_(table_freep) Table *table = table_new(settings->n_fields);
        int r = table ? 0 : -ENOMEM;

        if (r >= 0 && !settings->no_legend)
                r = add_legend(table, settings);
        for (size_t i = 0; i < n && r >= 0; i++)
                for (size_t k = 0; r >= 0 && (k == 0 || k < infos[i].n_apps); k++)
                        r = add_row(table, &infos[i], k, settings);
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
                int r = pod_open_listed(stage0->pods, &list->pods[i], &pod, NULL);

                if (r == -ENOENT)
                        continue; /* removed meanwhile */
                if (r >= 0)
                        r = pod_info_read(pod, &infos[*n], problems);
                if (r == -ENOMEM)
                        return r;
                if (r < 0)
                        r = strv_appendf(problems, "cannot read pod \"%s\": %s",
                                         list->pods[i].uuid.text, strerror(-r));
                else
                        (*n)++;
                if (r < 0)
                        return r;
        }
        return 0;
}

static int run(const Rkt *rkt, void *settings_pointer, char **words) {
        Settings *settings = settings_pointer;
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
        if (settings->n_fields == 0)
                use_usual_fields(settings, infos, n);
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
        .arguments = "[--no-legend] [--full] [--fields=FIELDS] [--format=FORMAT]",
        .summary = "List pods",
        .options = { options },
        .settings_size = sizeof(Settings),
        .run = run,
};
