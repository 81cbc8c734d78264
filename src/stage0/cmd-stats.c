/* SPDX-License-Identifier: Apache-2.0 */
#include "commands.h"
#include "human.h"
#include "output-format.h"
#include "pods.h"
#include "sysd-module.h"
#include "table.h"

#define SHORT_UUID 8

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
          "choose the output format, allowed format includes 'json', 'json-pretty'. If empty, then the result is printed as a table",
          0, NULL, 0 },
        { "full", "true", "false", set_full, "print whole UUIDs, nanoseconds and bytes", 0, NULL,
          0 },
        { "no-legend", "true", "false", set_no_legend, "suppress a legend with the list", 0, NULL,
          0 },
        {},
};

/* Where the rows go: a table, or a list of objects. */
typedef struct Output {
        const Settings *settings;
        const SysdModule *systemd;
        sd_bus *bus;
        Table *table;
        JsonWriter json;
} Output;

typedef enum Unit {
        UNIT_TIME,
        UNIT_SIZE,
        UNIT_COUNT,
} Unit;

/* "-" for what nobody counts. */
static int add_number(Output *out, uint64_t number, Unit unit) {
        _cleanup_(freep) char *text = NULL;

        if (number == SYSD_UNKNOWN)
                return table_add(out->table, "-");
        if (unit == UNIT_COUNT || out->settings->full)
                return table_addf(out->table, "%llu", (unsigned long long) number);
        if (unit == UNIT_TIME)
                return table_addf(out->table, "%.3fs", (double) number / (double) NSEC_PER_SEC);
        text = human_size(number);
        return text ? table_add(out->table, text) : -ENOMEM;
}

static int add_row(Output *out, const Uuid *uuid, const char *app, const SysdStats *stats) {
        int r = table_addf(out->table, "%.*s", out->settings->full ? UUID_TEXT_LENGTH : SHORT_UUID,
                           uuid->text);

        if (r >= 0)
                r = table_add(out->table, app);
        if (r >= 0)
                r = add_number(out, stats->cpu_nsec, UNIT_TIME);
        if (r >= 0)
                r = add_number(out, stats->memory_bytes, UNIT_SIZE);
        if (r >= 0)
                r = add_number(out, stats->memory_limit_bytes, UNIT_SIZE);
        if (r >= 0)
                r = add_number(out, stats->tasks, UNIT_COUNT);
        if (r >= 0)
                r = add_number(out, stats->io_read_bytes, UNIT_SIZE);
        return r < 0 ? r : add_number(out, stats->io_write_bytes, UNIT_SIZE);
}

static void write_number(JsonWriter *w, const char *key, uint64_t number) {
        if (number != SYSD_UNKNOWN)
                json_write_member_u64(w, key, number);
}

static void write_object(JsonWriter *w, const Uuid *uuid, const char *app, const SysdStats *stats) {
        json_write_begin(w, '{');
        json_write_member_string(w, "pod", uuid->text);
        json_write_member_string(w, "app", app);
        write_number(w, "cpu_ns", stats->cpu_nsec);
        write_number(w, "cpu_limit_us", stats->cpu_limit_usec);
        write_number(w, "memory", stats->memory_bytes);
        write_number(w, "memory_limit", stats->memory_limit_bytes);
        write_number(w, "tasks", stats->tasks);
        write_number(w, "tasks_limit", stats->tasks_limit);
        write_number(w, "io_read", stats->io_read_bytes);
        write_number(w, "io_write", stats->io_write_bytes);
        json_write_end(w, '}');
}

static int show_app(Output *out, const Uuid *uuid, const char *app, Error *e) {
        _cleanup_(freep) char *unit = NULL;
        SysdStats stats;
        int r = sysd_app_unit(uuid, app, &unit, e);

        if (r >= 0)
                r = out->systemd->stats_read(out->bus, unit, &stats, e);
        if (r < 0)
                return r;
        if (out->table)
                return add_row(out, uuid, app, &stats);
        write_object(&out->json, uuid, app, &stats);
        return 0;
}

static int show_pod(Output *out, const Pod *pod, Error *e) {
        _cleanup_(appc_pod_freep) AppcPod *manifest = NULL;
        int r = pod_read_manifest(pod, &manifest, e);

        for (size_t i = 0; r >= 0 && i < manifest->n_apps; i++)
                r = show_app(out, &pod->uuid, manifest->apps[i].name, e);
        return r;
}

static int show_named(const Stage0 *stage0, Output *out, const char *word, Error *e) {
        _cleanup_(pod_closep) Pod *pod = NULL;
        int r = stage0_find_pod(stage0, word, &pod, e);

        if (r < 0)
                return error_wrap(e, r, "problem retrieving pod");
        if (pod->state != POD_RUNNING)
                return error_new(e, -EINVAL, "pod \"%s\" is not running", pod->uuid.text);
        return show_pod(out, pod, e);
}

/* One pod that cannot be read hides none of the others. */
static int show_all(const Stage0 *stage0, Output *out, Error *e) {
        _cleanup_(pod_list_done) PodList list = {};
        int r = pods_list(stage0->pods, false, &list, e);

        for (size_t i = 0; i < list.n && r >= 0; i++) {
                _cleanup_(pod_closep) Pod *pod = NULL;
                _cleanup_(error_done) Error problem = ERROR_NULL;

                if (pod_open_listed(stage0->pods, &list.pods[i], &pod, NULL) < 0 ||
                    pod->state != POD_RUNNING)
                        continue;
                if (show_pod(out, pod, &problem) < 0)
                        rkt_say(stage0->rkt, "cannot tell of pod \"%s\": %s", pod->uuid.text,
                                error_cause(&problem));
        }
        return r;
}

static int begin(Output *out) {
        static const char *const titles[] = { "UUID",  "APP",   "CPU",  "MEMORY",
                                              "LIMIT", "TASKS", "READ", "WRITTEN" };
        int r = 0;

        if (out->settings->format != OUTPUT_TABLE) {
                json_write_begin(&out->json, '[');
                return 0;
        }
        out->table = table_new(N_ELEMENTS(titles));
        if (!out->table)
                return -ENOMEM;
        for (size_t i = 0; i < N_ELEMENTS(titles) && r >= 0 && !out->settings->no_legend; i++)
                r = table_add(out->table, titles[i]);
        return r;
}

static void finish(Output *out) {
        if (out->table) {
                table_write(out->table, out->json.out);
                return;
        }
        json_write_end(&out->json, ']');
        fputc('\n', out->json.out);
}

static int gather(const Stage0 *stage0, Output *out, char **words, Error *e) {
        int r = begin(out);

        if (r >= 0 && !*words)
                r = show_all(stage0, out, e);
        for (; *words && r >= 0; words++)
                r = show_named(stage0, out, *words, e);
        if (r >= 0)
                finish(out);
        return r;
}

/* All or nothing: half a document helps nobody. */
static int show(const Stage0 *stage0, const Settings *settings, char **words, Error *e) {
        _cleanup_(freep) char *text = NULL;
        size_t n = 0;
        Output out = { .settings = settings };
        FILE *memory = open_memstream(&text, &n);
        int r = memory ? sysd_module_load(&out.systemd, e) : -ENOMEM;

        if (!memory)
                return r;
        out.json = JSON_WRITER(memory, settings->format == OUTPUT_JSON_PRETTY);
        if (r >= 0)
                r = out.systemd->connect(&out.bus, e);
        if (r >= 0)
                r = gather(stage0, &out, words, e);
        if (out.systemd)
                out.systemd->disconnect(out.bus);
        table_free(out.table);
        if (fclose(memory) != 0 && r >= 0)
                r = -ENOMEM;
        if (r >= 0)
                fputs(text, stdout);
        return r;
}

static int run(const Rkt *rkt, void *settings, char **words) {
        _cleanup_(stage0_done) Stage0 stage0 = {};
        _cleanup_(error_done) Error e = ERROR_NULL;
        int r = stage0_open(rkt, false, &stage0, &e);

        if (r >= 0)
                r = show(&stage0, settings, words, &e);
        return r < 0 ? rkt_fail(rkt, &e, r) : 0;
}

const Verb verb_stats = {
        .name = "stats",
        .arguments = "[--no-legend] [--full] [--format=FORMAT] [UUID ...]",
        .summary = "Show what the apps of running pods use",
        .description =
                "Processor time, memory, tasks, and bytes read and written, as systemd counts them for the units of apps. Without a UUID: of all pods that run.",
        .options = { options },
        .settings_size = sizeof(Settings),
        .words = WORDS_RUNNING | WORDS_MANY,
        .run = run,
};
