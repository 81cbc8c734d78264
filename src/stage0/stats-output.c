/* SPDX-License-Identifier: Apache-2.0 */
#include "stats-output.h"

#include "human.h"

#define SHORT_UUID 8

typedef enum Unit {
        UNIT_TIME,
        UNIT_SIZE,
        UNIT_COUNT,
        UNIT_SHARE,
} Unit;

/* "-" for what nobody counts. */
static int add_number(StatsOutput *out, uint64_t number, Unit unit) {
        _cleanup_(freep) char *text = NULL;
        unsigned long long n = number;

        if (number == SYSD_UNKNOWN)
                return table_add(out->table, "-");
        if (unit == UNIT_SHARE)
                return table_addf(out->table, "%llu.%llu", n / 10, n % 10);
        if (unit == UNIT_COUNT || out->full)
                return table_addf(out->table, "%llu", n);
        if (unit == UNIT_TIME)
                return table_addf(out->table, "%.3fs", (double) number / (double) NSEC_PER_SEC);
        text = human_size(number);
        return text ? table_add(out->table, text) : -ENOMEM;
}

static int add_row(StatsOutput *out,
                   const Uuid *uuid,
                   const char *app,
                   const SysdStats *stats,
                   uint64_t permille) {
        int r = table_addf(out->table, "%.*s", out->full ? UUID_TEXT_LENGTH : SHORT_UUID,
                           uuid->text);

        if (r >= 0)
                r = table_add(out->table, app);
        if (r >= 0)
                r = add_number(out, stats->cpu_nsec, UNIT_TIME);
        if (r >= 0 && out->share)
                r = add_number(out, permille, UNIT_SHARE);
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

static void write_percent(JsonWriter *w, const char *key, uint64_t permille) {
        char text[sizeof("1844674407370955161.5")];

        if (permille == SYSD_UNKNOWN)
                return;
        (void) snprintf(text, sizeof(text), "%llu.%llu", (unsigned long long) permille / 10,
                        (unsigned long long) permille % 10);
        json_write_key(w, key);
        json_write_raw(w, text);
}

static void write_object(JsonWriter *w,
                         const Uuid *uuid,
                         const char *app,
                         const SysdStats *stats,
                         uint64_t permille) {
        json_write_begin(w, '{');
        json_write_member_string(w, "pod", uuid->text);
        json_write_member_string(w, "app", app);
        write_number(w, "cpu_ns", stats->cpu_nsec);
        write_percent(w, "cpu_percent", permille);
        write_number(w, "cpu_limit_us", stats->cpu_limit_usec);
        write_number(w, "memory", stats->memory_bytes);
        write_number(w, "memory_limit", stats->memory_limit_bytes);
        write_number(w, "tasks", stats->tasks);
        write_number(w, "tasks_limit", stats->tasks_limit);
        write_number(w, "io_read", stats->io_read_bytes);
        write_number(w, "io_write", stats->io_write_bytes);
        json_write_end(w, '}');
}

int stats_output_add(StatsOutput *out,
                     const Uuid *uuid,
                     const char *app,
                     const SysdStats *stats,
                     uint64_t permille) {
        if (out->table)
                return add_row(out, uuid, app, stats, permille);
        write_object(&out->json, uuid, app, stats, permille);
        return 0;
}

static int add_legend(StatsOutput *out) {
        static const char *const titles[] = { "UUID",  "APP",   "CPU",  "CPU%",   "MEMORY",
                                              "LIMIT", "TASKS", "READ", "WRITTEN" };
        int r = 0;

        out->table = table_new(N_ELEMENTS(titles) - !out->share);
        if (!out->table)
                return -ENOMEM;
        for (size_t i = 0; i < N_ELEMENTS(titles) && r >= 0 && !out->no_legend; i++)
                if (out->share || strcmp(titles[i], "CPU%") != 0)
                        r = table_add(out->table, titles[i]);
        return r;
}

int stats_output_begin(StatsOutput *out, FILE *file) {
        out->json = JSON_WRITER(file, out->format == OUTPUT_JSON_PRETTY);
        if (out->format == OUTPUT_TABLE)
                return add_legend(out);
        json_write_begin(&out->json, '[');
        return 0;
}

void stats_output_finish(StatsOutput *out, bool write) {
        if (write && out->table) {
                table_write(out->table, out->json.out);
        } else if (write) {
                json_write_end(&out->json, ']');
                fputc('\n', out->json.out);
        }
        out->table = table_free(out->table);
}
