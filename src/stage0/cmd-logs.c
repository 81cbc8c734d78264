/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "commands.h"
#include "human.h"
#include "openat.h"
#include "output-format.h"
#include "pods.h"
#include "sysd-module.h"

/* What apps have said before is shown, too, unless their journald hangs. */
#define CATCH_UP_MSEC 2000

typedef struct Settings {
        char *app;
        bool follow, json;
        int64_t since;  /* nanoseconds since the epoch; 0 from the beginning */
        uint64_t lines; /* one more than what was given; 0 for all */
} Settings;

static int set_app(void *settings, const char *value, Error *e) {
        (void) e;
        return output_text_set(&((Settings *) settings)->app, value);
}

static int set_follow(void *settings, const char *value, Error *e) {
        (void) e;
        return output_switch_set(&((Settings *) settings)->follow, value);
}

static int set_lines(void *settings, const char *value, Error *e) {
        int r = text_parse_u64(value, INT32_MAX, &((Settings *) settings)->lines);

        (void) e;
        ((Settings *) settings)->lines += r >= 0;
        return r;
}

static int set_output(void *settings, const char *value, Error *e) {
        bool json = strcmp(value, "json") == 0;

        if (!json && strcmp(value, "text") != 0)
                return error_new(e, -EINVAL, "must be one of \"text\", \"json\"");
        ((Settings *) settings)->json = json;
        return 0;
}

static int set_since(void *settings, const char *value, Error *e) {
        int r = human_parse_time(value, human_now(), &((Settings *) settings)->since);

        if (r < 0)
                return error_new(e, r, "neither a duration (10m) nor a time (2016-01-02 15:04:05)");
        return 0;
}

static const Option options[] = {
        { "app", NULL, "", set_app, "show the output of this app only", OPTION_QUOTED, NULL },
        { "follow", "true", "false", set_follow, "go on showing what comes, until the pod ends", 0,
          NULL, 'f' },
        { "lines", NULL, "all", set_lines, "show only so many of the last lines", 0, NULL, 'n' },
        { "output", NULL, "text", set_output,
          "how to print a line: its text, or as an object with all that the journal knows of it (json)",
          0, NULL, 'o' },
        { "since", NULL, "", set_since,
          "show only what came since then: a duration before now (10m), a date, a time, or @SECONDS",
          OPTION_QUOTED, NULL, 0 },
        {},
};

static bool pod_is_running(void *userdata) {
        Pod *pod = userdata;

        return pod_refresh(pod, NULL) >= 0 && pod->state == POD_RUNNING;
}

/* Where a pod has a systemd of its own, the journal is in its tree, and whoever is root there may do with
 * it what he likes. @ret_fd: what @ret leads through. Returns 1; 0 this pod has none there. */
static int own_journal(const Pod *pod, int *ret_fd, char **ret, Error *e) {
        int fd = open_beneath(pod->fd, "stage1/rootfs/var/log/journal", O_RDONLY | O_DIRECTORY);

        if (fd == -ENOENT)
                return 0;
        if (fd < 0)
                return error_wrap(e, fd, "cannot open the journal in pod \"%s\"", pod->uuid.text);
        *ret_fd = fd;
        if (asprintf(ret, "/proc/self/fd/%d", fd) < 0) {
                *ret = NULL;
                return -ENOMEM;
        }
        return 1;
}

static int host_journal(
        const Pod *pod, const SysdModule *systemd, const SysdNames *names, char **ret, Error *e) {
        int r = systemd->journal_directory(names, ret, e);

        if (r < 0)
                return r;
        if (access(*ret, F_OK) < 0 && errno == ENOENT)
                return error_new(
                        e, -ENOENT, "cannot read the pod's journal: pod \"%s\" has %s",
                        pod->uuid.text,
                        pod->state <= POD_PREPARED
                                ? "not run yet"
                                : "none; a pod of flavor fly has no journal of its own, and what its "
                                  "apps write when detached is in the host's (journalctl "
                                  "--identifier=APPNAME)");
        if (pod->state == POD_RUNNING)
                systemd->journal_catch_up(names, CATCH_UP_MSEC);
        return 0;
}

static int show(const Stage0 *stage0, const Settings *settings, const char *word, Error *e) {
        _cleanup_(appc_pod_freep) AppcPod *manifest = NULL;
        _cleanup_(freep) char *directory = NULL;
        _cleanup_(pod_closep) Pod *pod = NULL;
        _cleanup_(fd_closep) int fd = -EBADF;
        SysdLogQuery query = {
                .app = settings->app,
                .follow = settings->follow,
                .json = settings->json,
                .since_usec = settings->since / 1000,
                .last = settings->lines > 0 ? (int64_t) settings->lines - 1 : -1,
                .still_there = pod_is_running,
        };
        const SysdModule *systemd = NULL;
        SysdNames names;
        int r = stage0_find_pod(stage0, word, &pod, e);

        if (r < 0)
                return error_wrap(e, r, "problem retrieving pod");
        r = pod_read_manifest(pod, &manifest, e);
        if (r < 0)
                return r;
        if (settings->app && !appc_pod_app(manifest, settings->app))
                return error_new(e, -ENOENT, "no app \"%s\" in pod \"%s\"", settings->app,
                                 pod->uuid.text);
        query.with_names = manifest->n_apps > 1 && !settings->app;
        query.userdata = pod;
        sysd_names_init(&pod->uuid, &names);
        r = sysd_module_load(&systemd, e);
        if (r >= 0)
                r = own_journal(pod, &fd, &directory, e);
        if (r == 0)
                r = host_journal(pod, systemd, &names, &directory, e);
        return r < 0 ? r : systemd->logs_print(directory, &query, stdout, e);
}

static int run(const Rkt *rkt, void *settings, char **words) {
        _cleanup_(stage0_done) Stage0 stage0 = {};
        _cleanup_(error_done) Error e = ERROR_NULL;
        int r = 0;

        if (!words[0] || words[1])
                return rkt_usage(rkt);
        (void) signal(SIGPIPE, SIG_IGN);
        r = stage0_open(rkt, false, &stage0, &e);
        if (r >= 0)
                r = show(&stage0, settings, words[0], &e);
        return r < 0 ? rkt_fail(rkt, &e, r) : 0;
}

static void done(void *settings) {
        free(((Settings *) settings)->app);
}

const Verb verb_logs = {
        .name = "logs",
        .arguments = "[--app=APPNAME] [--follow] [--lines=N] [--since=TIME] [--output=json] UUID",
        .summary = "Show what the apps of a pod wrote",
        .description =
                "Works while the pod runs and after it has exited, until gc removes it. Pods of flavor fly have no journal: what their apps write goes where the output of rkt goes, or into the host's journal when they are detached (journalctl --identifier=APPNAME).",
        .options = { options },
        .settings_size = sizeof(Settings),
        .words = WORDS_RUNNING | WORDS_EXITED,
        .run = run,
        .done = done,
};
