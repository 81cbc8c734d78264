/* SPDX-License-Identifier: Apache-2.0 */
#include <fts.h>
#include <sys/stat.h>

#include "commands.h"
#include "human.h"
#include "image-store.h"
#include "json-write.h"
#include "output-format.h"
#include "pod-info.h"
#include "pods-use.h"
#include "store-usage.h"
#include "table.h"

#define BLOCK 512 /* of st_blocks */

typedef struct Settings {
        bool full, no_legend;
        OutputFormat format;
} Settings;

static int set_full(void *settings, const char *value, Error *e) {
        (void) e;
        return output_switch_set(&((Settings *) settings)->full, value);
}

static int set_no_legend(void *settings, const char *value, Error *e) {
        (void) e;
        return output_switch_set(&((Settings *) settings)->no_legend, value);
}

static int set_format(void *settings, const char *value, Error *e) {
        return output_format_set(&((Settings *) settings)->format, value, e);
}

static const Option options[] = {
        { "format", NULL, "", set_format,
          "choose the output format, allowed format includes 'json', 'json-pretty'. If empty, then the result is printed as a table",
          0, NULL },
        { "full", "true", "false", set_full, "print sizes in bytes", 0, NULL },
        { "no-legend", "true", "false", set_no_legend, "suppress a legend with the list", 0, NULL },
        {},
};

/* A line: of all that there is, how much could go. */
typedef struct Line {
        const char *name;
        uint64_t n, bytes, unused;
} Line;

/* What lies in a directory, as it takes space on disk, without what is mounted there. Names are looked
 * at only, so that a running app may change them meanwhile. */
static int measure(char *path, uint64_t *ret) {
        FTS *walk = fts_open((char *[]){ path, NULL }, FTS_PHYSICAL | FTS_XDEV, NULL);
        FTSENT *entry = NULL;

        if (!walk)
                return -errno;
        *ret = 0;
        while ((entry = fts_read(walk)))
                if (entry->fts_info != FTS_DP && entry->fts_info != FTS_NS &&
                    entry->fts_info != FTS_ERR)
                        *ret += (uint64_t) entry->fts_statp->st_blocks * BLOCK;
        (void) fts_close(walk);
        return 0;
}

static int read_pods(const Stage0 *stage0, Line *line, Error *e) {
        _cleanup_(pod_list_done) PodList list = {};
        int r = pods_list(stage0->pods, true, &list, e);

        for (size_t i = 0; r >= 0 && i < list.n; i++) {
                _cleanup_(pod_closep) Pod *pod = NULL;
                _cleanup_(freep) char *path = NULL;
                uint64_t bytes = 0;

                if (pod_open_listed(stage0->pods, &list.pods[i], &pod, NULL) < 0)
                        continue; /* removed meanwhile */
                path = pod_path(pod);
                if (!path || measure(path, &bytes) < 0)
                        continue;
                line->n++;
                line->bytes += bytes;
                if (pod_state_is_after_run(pod->state) || pod->state == POD_ABORTED_PREPARE ||
                    pod->state == POD_GARBAGE)
                        line->unused += bytes;
        }
        return r;
}

enum { LINE_IMAGES, LINE_TREES, LINE_PODS, LINE_TOTAL, N_LINES };

static int read_lines(const Rkt *rkt, Line lines[static N_LINES], Error *e) {
        _cleanup_(stage0_done) Stage0 stage0 = {};
        _cleanup_(store_freep) Store *store = NULL;
        _cleanup_(pods_use_done) PodsUse use = {};
        StoreUsage usage = {};
        int r = stage0_open(rkt, false, &stage0, e);

        if (r >= 0)
                r = image_store_open(rkt, &store, e);
        if (r >= 0)
                r = pods_use_read(&stage0, &use, e);
        if (r >= 0)
                r = store_usage_read(store, use.trees, use.images, &usage, e);
        if (r < 0)
                return r;
        lines[LINE_IMAGES] =
                (Line){ "images", usage.images.n, usage.images.bytes, usage.images_unused };
        lines[LINE_TREES] = (Line){ "trees", usage.trees.n, usage.trees.bytes, usage.trees_unused };
        lines[LINE_PODS] = (Line){ .name = "pods" };
        r = read_pods(&stage0, &lines[LINE_PODS], e);
        lines[LINE_TOTAL] = (Line){ .name = "total" };
        for (unsigned i = 0; i < LINE_TOTAL; i++) {
                lines[LINE_TOTAL].n += lines[i].n;
                lines[LINE_TOTAL].bytes += lines[i].bytes;
                lines[LINE_TOTAL].unused += lines[i].unused;
        }
        return r;
}

static int add_size(Table *table, uint64_t bytes, bool full) {
        _cleanup_(freep) char *text = NULL;

        if (full)
                return table_addf(table, "%ju", (uintmax_t) bytes);
        text = human_size(bytes);
        return text ? table_add(table, text) : -ENOMEM;
}

static int print_table(const Line lines[static N_LINES], const Settings *settings) {
        static const char *const legend[] = { "WHAT", "COUNT", "SIZE", "RECLAIMABLE" };
        _cleanup_(table_freep) Table *table = table_new(N_ELEMENTS(legend));
        int r = table ? 0 : -ENOMEM;

        for (size_t i = 0; r >= 0 && !settings->no_legend && i < N_ELEMENTS(legend); i++)
                r = table_add(table, legend[i]);
        for (unsigned i = 0; r >= 0 && i < N_LINES; i++) {
                r = table_add(table, lines[i].name);
                if (r >= 0)
                        r = table_addf(table, "%ju", (uintmax_t) lines[i].n);
                if (r >= 0)
                        r = add_size(table, lines[i].bytes, settings->full);
                if (r >= 0)
                        r = add_size(table, lines[i].unused, settings->full);
        }
        if (r >= 0)
                table_write(table, stdout);
        return r;
}

static void print_json(const Line lines[static N_LINES], bool pretty) {
        JsonWriter w = JSON_WRITER(stdout, pretty);

        json_write_begin(&w, '{');
        for (unsigned i = 0; i < N_LINES; i++) {
                json_write_key(&w, lines[i].name);
                json_write_begin(&w, '{');
                json_write_member_u64(&w, "count", lines[i].n);
                json_write_member_u64(&w, "size", lines[i].bytes);
                json_write_member_u64(&w, "reclaimable", lines[i].unused);
                json_write_end(&w, '}');
        }
        json_write_end(&w, '}');
        fputc('\n', stdout);
}

static int run(const Rkt *rkt, void *settings_pointer, char **words) {
        const Settings *settings = settings_pointer;
        _cleanup_(error_done) Error e = ERROR_NULL;
        Line lines[N_LINES] = {};
        int r = read_lines(rkt, lines, &e);

        (void) words;
        if (r >= 0 && settings->format == OUTPUT_TABLE)
                r = print_table(lines, settings);
        else if (r >= 0)
                print_json(lines, settings->format == OUTPUT_JSON_PRETTY);
        return r < 0 ? rkt_fail(rkt, &e, r) : 0;
}

const Verb verb_df = {
        .name = "df",
        .arguments = "[--full] [--no-legend] [--format=FORMAT]",
        .summary = "Show how much disk space images, trees and pods take",
        .description =
                "images: what was delivered of them. trees: images unpacked, each layer once. pods: what pods wrote. Reclaimable is what \"rkt image gc --grace-period=0s\" and \"rkt gc --grace-period=0s\" remove.",
        .options = { options },
        .settings_size = sizeof(Settings),
        .run = run,
};
