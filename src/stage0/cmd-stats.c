/* SPDX-License-Identifier: Apache-2.0 */
#include <signal.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "commands.h"
#include "human.h"
#include "pods.h"
#include "stats-output.h"
#include "stats-samples.h"
#include "sysd-module.h"

#define WATCH_MIN_NSEC (NSEC_PER_SEC / 10)
#define PICTURE_CLEAR "\033[H\033[J" /* cursor home, erase to the end; ECMA-48 */
/* Lines that are too long end at the window's edge; DEC's private modes. */
#define WRAP_OFF "\033[?7l"
#define WRAP_ON "\033[?7h"

typedef struct Settings {
        bool no_legend, full;
        OutputFormat format;
        int64_t watch_nsec; /* between two rounds; 0 for one alone */
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

static int set_watch(void *settings, const char *value, Error *e) {
        int64_t nsec = 0;

        if (human_parse_duration(value, &nsec) < 0 || nsec < WATCH_MIN_NSEC)
                return error_new(e, -EINVAL, "not a duration of at least 100ms (2s, 1m30s)");
        ((Settings *) settings)->watch_nsec = nsec;
        return 0;
}

static const Option options[] = {
        { "format", NULL, "", set_format,
          "choose the output format, allowed format includes 'json', 'json-pretty'. If empty, then the result is printed as a table",
          0, NULL, 0 },
        { "full", "true", "false", set_full, "print whole UUIDs, nanoseconds and bytes", 0, NULL,
          0 },
        { "no-legend", "true", "false", set_no_legend, "suppress a legend with the list", 0, NULL,
          0 },
        { "watch", "2s", "", set_watch,
          "show it again whenever that time has passed (2s if none is given), with the share of a processor used meanwhile, until interrupted or until the pods named have ended",
          0, NULL, 0 },
        {},
};

typedef struct Output {
        const SysdModule *systemd;
        sd_bus *bus;
        StatsSamples *samples; /* NULL when there is one round alone */
        StatsOutput to;
} Output;

static int show_app(Output *out, const Uuid *uuid, const char *app, Error *e) {
        _cleanup_(freep) char *unit = NULL;
        uint64_t permille = SYSD_UNKNOWN;
        SysdStats stats;
        int r = sysd_app_unit(uuid, app, &unit, e);

        if (r >= 0)
                r = out->systemd->stats_read(out->bus, unit, &stats, e);
        if (r >= 0 && out->samples && stats.cpu_nsec != SYSD_UNKNOWN)
                r = stats_samples_add(out->samples, unit, stats.cpu_nsec, stats.at_nsec, &permille);
        return r < 0 ? r : stats_output_add(&out->to, uuid, app, &stats, permille);
}

static int show_pod(Output *out, const Pod *pod, Error *e) {
        _cleanup_(appc_pod_freep) AppcPod *manifest = NULL;
        int r = pod_read_manifest(pod, &manifest, e);

        for (size_t i = 0; r >= 0 && i < manifest->n_apps; i++)
                r = show_app(out, &pod->uuid, manifest->apps[i].name, e);
        return r;
}

/* The pods that were named: looked up once, so that a name never comes to mean another one. */
typedef struct Named {
        Pod **pods;
        size_t n;
} Named;

static void named_done(Named *named) {
        for (size_t i = 0; i < named->n; i++)
                pod_close(named->pods[i]);
        free(named->pods);
}

static int find_named(const Stage0 *stage0, char **words, Named *named, Error *e) {
        named->pods = calloc(strv_length(words) + 1, sizeof(Pod *));
        if (!named->pods)
                return -ENOMEM;
        for (; *words; words++) {
                Pod **pod = &named->pods[named->n];
                int r = stage0_find_pod(stage0, *words, pod, e);

                if (r < 0)
                        return error_wrap(e, r, "problem retrieving pod");
                named->n++;
                if ((*pod)->state != POD_RUNNING)
                        return error_new(e, -EINVAL, "pod \"%s\" is not running",
                                         (*pod)->uuid.text);
        }
        return 0;
}

/* Those that have ended are left out. */
static int show_named(Output *out, const Named *named, Error *e) {
        int r = 0;

        for (size_t i = 0; i < named->n && r >= 0; i++)
                if (named->pods[i]->state == POD_RUNNING)
                        r = show_pod(out, named->pods[i], e);
        return r;
}

/* Looks again. Returns 1 when there is still something to show; 0; a negative errno. */
static int look_again(const Named *named, Error *e) {
        bool any = named->n == 0;

        for (size_t i = 0; i < named->n; i++) {
                int r = pod_refresh(named->pods[i], e);

                if (r < 0)
                        return r;
                any = any || named->pods[i]->state == POD_RUNNING;
        }
        return any;
}

/* One pod that cannot be read hides none of the others. */
static int show_all(const Stage0 *stage0, Output *out, Error *e) {
        _cleanup_(pods_closep) Pods *pods = NULL;
        _cleanup_(pod_list_done) PodList list = {};
        /* Anew in each round: in the first one there may be no directory of pods yet. */
        int r = pods_open(stage0->config.data, false, &pods, e);

        if (r >= 0)
                r = pods_list(pods, false, &list, e);
        for (size_t i = 0; i < list.n && r >= 0; i++) {
                _cleanup_(pod_closep) Pod *pod = NULL;
                _cleanup_(error_done) Error problem = ERROR_NULL;

                if (pod_open_listed(pods, &list.pods[i], &pod, NULL) < 0 ||
                    pod->state != POD_RUNNING)
                        continue;
                r = show_pod(out, pod, &problem);
                if (r == -ENOTCONN || r == -ECONNRESET)
                        return error_wrap(e, r, "lost the connection to systemd");
                if (r < 0)
                        rkt_say(stage0->rkt, "cannot tell of pod \"%s\": %s", pod->uuid.text,
                                error_cause(&problem));
                r = 0;
        }
        return r;
}

/* One round. All or nothing: half a document helps nobody. */
static int gather(const Stage0 *stage0, Output *out, const Named *named, char **ret, Error *e) {
        _cleanup_(freep) char *text = NULL;
        size_t n = 0;
        FILE *memory = open_memstream(&text, &n);
        int r = 0;

        if (!memory)
                return -ENOMEM;
        r = stats_output_begin(&out->to, memory);
        if (r >= 0)
                r = named->n > 0 ? show_named(out, named, e) : show_all(stage0, out, e);
        stats_output_finish(&out->to, r >= 0);
        if (fclose(memory) != 0 && r >= 0)
                r = -ENOMEM;
        if (r >= 0)
                *ret = ptr_take(&text);
        return r;
}

static size_t count_lines(const char *text) {
        size_t n = 0;

        for (; *text; text++)
                n += *text == '\n';
        return n;
}

/* As much as the window has room for: more would scroll its beginning away. */
static void paint(const char *text) {
        size_t n = count_lines(text), room = SIZE_MAX;
        struct winsize size;

        if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 1)
                room = (size_t) size.ws_row - 1; /* the cursor has one */
        fputs(PICTURE_CLEAR WRAP_OFF, stdout);
        if (n <= room)
                fputs(text, stdout);
        else {
                for (size_t i = 1; i < room; text++) {
                        putchar(*text);
                        i += *text == '\n';
                }
                printf("(%zu more)\n", n - room + 1);
        }
        fputs(WRAP_ON, stdout);
}

/* Returns 1; 0 when nobody reads it any more; a negative errno. */
static int print_round(const char *before, const char *text, Error *e) {
        if (before) {
                fputs(before, stdout);
                fputs(text, stdout);
        } else
                paint(text);
        if (fflush(stdout) == 0 && !ferror(stdout))
                return 1;
        if (errno == EPIPE || errno == EIO)
                return 0; /* whoever read it has seen enough; or the terminal is gone */
        return error_wrap(e, -errno, "cannot write to standard output");
}

static int watch(const Stage0 *stage0, Output *out, const Named *named, int64_t nsec, Error *e) {
        bool table = out->to.format == OUTPUT_TABLE;
        const char *before = table && isatty(STDOUT_FILENO) ? NULL : ""; /* NULL: a picture */
        int r = 1;

        (void) signal(SIGPIPE, SIG_IGN);
        out->to.share = true;
        out->samples = stats_samples_new();
        if (!out->samples)
                return -ENOMEM;
        while (r > 0) {
                _cleanup_(freep) char *text = NULL;

                r = gather(stage0, out, named, &text, e);
                if (r >= 0)
                        r = print_round(before, text, e);
                if (r > 0)
                        r = out->systemd->pause(out->bus, STDOUT_FILENO, (uint64_t) nsec / 1000, e);
                if (r > 0)
                        r = look_again(named, e);
                if (table && before)
                        before = "\n";
                stats_samples_turn(out->samples);
        }
        return r;
}

static int show_once(const Stage0 *stage0, Output *out, const Named *named, Error *e) {
        _cleanup_(freep) char *text = NULL;
        int r = gather(stage0, out, named, &text, e);

        if (r >= 0)
                fputs(text, stdout);
        return r;
}

static int show(const Stage0 *stage0, const Settings *settings, char **words, Error *e) {
        _cleanup_(named_done) Named named = {};
        Output out = { .to = { .format = settings->format,
                               .no_legend = settings->no_legend,
                               .full = settings->full } };
        int r = sysd_module_load(&out.systemd, e);

        if (r < 0)
                return r;
        r = out.systemd->connect(&out.bus, e);
        if (r >= 0)
                r = find_named(stage0, words, &named, e);
        if (r >= 0)
                r = settings->watch_nsec > 0 ? watch(stage0, &out, &named, settings->watch_nsec, e)
                                             : show_once(stage0, &out, &named, e);
        out.systemd->disconnect(out.bus);
        stats_samples_free(out.samples);
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
        .arguments = "[--no-legend] [--full] [--format=FORMAT] [--watch[=DURATION]] [UUID ...]",
        .summary = "Show what the apps of running pods use",
        .description =
                "Processor time, memory, tasks, and bytes read and written, as systemd counts them for the units of apps. Without a UUID: of all pods that run.",
        .options = { options },
        .settings_size = sizeof(Settings),
        .words = WORDS_RUNNING | WORDS_MANY,
        .run = run,
};
