/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <time.h>

#include "commands.h"
#include "human.h"
#include "output-format.h"
#include "pod-info.h"
#include "pods.h"

#define POLL_NSEC (100 * 1000 * 1000) /* as the original: files cannot be waited for otherwise */

typedef struct Settings {
        char *uuid_file;
        bool check_networks;
        OutputFormat format;
        int64_t wait, wait_ready; /* nanoseconds, INT64_MAX for ever; 0 for not at all */
} Settings;

/* A boolean or a duration; true and negative durations mean for ever. */
static int set_duration(int64_t *slot, const char *value) {
        int boolean = text_parse_bool(value);
        int64_t duration = 0;
        int r = 0;

        if (boolean >= 0) {
                *slot = boolean ? INT64_MAX : 0;
                return 0;
        }
        r = human_parse_duration(value, &duration);
        if (r >= 0)
                *slot = duration < 0 ? INT64_MAX : duration;
        return r;
}

static int set_wait(void *settings, const char *value, Error *e) {
        (void) e;
        return set_duration(&((Settings *) settings)->wait, value);
}

static int set_wait_ready(void *settings, const char *value, Error *e) {
        (void) e;
        return set_duration(&((Settings *) settings)->wait_ready, value);
}

static int set_format(void *settings, const char *value, Error *e) {
        return output_format_set(&((Settings *) settings)->format, value, e);
}

static int set_check_networks(void *settings, const char *value, Error *e) {
        (void) e;
        return output_switch_set(&((Settings *) settings)->check_networks, value);
}

static int set_uuid_file(void *settings, const char *value, Error *e) {
        (void) e;
        return output_text_set(&((Settings *) settings)->uuid_file, value);
}

static const Option options[] = {
        { "check-networks", "true", "false", set_check_networks,
          "ask the plugins of a running pod's networks whether all is as they made it", 0, NULL },
        { "format", NULL, "", set_format,
          "choose the output format, allowed format includes 'json', 'json-pretty'. If empty, then the result is printed as key value pairs",
          0, NULL },
        { "uuid-file", NULL, "", set_uuid_file, "read pod UUID from file instead of argument",
          OPTION_QUOTED, NULL },
        { "wait", "true", "false", set_wait, "toggle waiting for the pod to finish", 0, NULL },
        { "wait-ready", "true", "false", set_wait_ready, "toggle waiting until the pod is ready", 0,
          NULL },
        {},
};

static bool is_ready(const Pod *pod) {
        return pod_is_ready(pod);
}

static bool is_finished(const Pod *pod) {
        return pod->state == POD_EXITED || pod->state == POD_ABORTED_PREPARE ||
               pod->state == POD_GARBAGE || pod->state == POD_GONE ||
               pod->state == POD_EXITED_GARBAGE || pod->state == POD_EXITED_DELETING;
}

static int wait_until(Pod *pod, bool (*reached)(const Pod *pod), int64_t limit, Error *e) {
        const struct timespec pause = { .tv_nsec = POLL_NSEC };
        int64_t waited = 0;

        for (;;) {
                int r = pod_refresh(pod, e);

                if (r < 0 || reached(pod))
                        return r;
                if (waited >= limit)
                        return error_new(e, -ETIMEDOUT, "context deadline exceeded");
                (void) nanosleep(&pause, NULL);
                waited += POLL_NSEC;
        }
}

static void print_time(const char *key, int64_t time) {
        _cleanup_(freep) char *text = human_time(time);

        printf("%s=%s\n", key, text ? text : "");
}

static bool has_run(PodState state) {
        return state == POD_RUNNING || state == POD_DELETING || pod_state_is_after_run(state);
}

static void print_text(const Pod *pod, const PodInfo *info) {
        bool exited = info->state == POD_EXITED || info->state == POD_EXITED_GARBAGE;
        pid_t pid = -1;

        printf("state=%s\n", pod_state_name(info->state));
        print_time("created", info->created);
        if (info->started > 0)
                print_time("started", info->started);
        if (info->state == POD_RUNNING || info->state == POD_EXITED)
                printf("networks=%s\n", info->networks);
        for (size_t i = 0; info->checks && i < info->checks->n; i++)
                printf("check-%s=%s\n", info->checks->items[i].network,
                       pod_info_check_name(&info->checks->items[i]));
        if (info->name)
                printf("name=%s\n", info->name);
        if (!has_run(info->state))
                return;
        if (pod_read_pid(pod, &pid, NULL) >= 0)
                printf("pid=%d\n", pid);
        printf("exited=%s\n", exited ? "true" : "false");
        for (size_t i = 0; i < info->n_apps; i++)
                if (info->apps[i].restarts > 0)
                        printf("restarts-%s=%d\n", info->apps[i].name, info->apps[i].restarts);
        for (size_t i = 0; i < info->n_apps; i++)
                if (info->state != POD_RUNNING && info->apps[i].exit_status >= 0)
                        printf("app-%s=%d\n", info->apps[i].name, info->apps[i].exit_status);
}

static int check_networks(const Rkt *rkt, const Pod *pod, NetworkVerdicts *ret, Error *e) {
        if (pod->state != POD_RUNNING)
                return error_new(e, -EINVAL, "pod \"%s\" is not running", pod->uuid.text);
        return network_verify(pod, rkt->local_config, ret, e);
}

/* Once all is printed. */
static int tell_checks(const NetworkVerdicts *checks, Error *e) {
        for (size_t i = 0; i < checks->n; i++)
                if (checks->items[i].result < 0 && checks->items[i].result != -EOPNOTSUPP)
                        return error_new(e, checks->items[i].result, "%s", checks->items[i].reason);
        return 0;
}

static int
print(const Pod *pod, const Settings *settings, const NetworkVerdicts *checks, Error *e) {
        _cleanup_(pod_info_done) PodInfo info = {};
        _cleanup_(strv_freep) Strv problems = NULL;
        JsonWriter w = JSON_WRITER(stdout, settings->format == OUTPUT_JSON_PRETTY);
        int r = pod_info_read(pod, &info, &problems);

        if (r < 0)
                return error_wrap(e, r, "unable to read pod \"%s\"", pod->uuid.text);
        info.checks = settings->check_networks ? checks : NULL;
        if (settings->format == OUTPUT_TABLE) {
                print_text(pod, &info);
                return 0;
        }
        r = pod_info_write(&w, &info, e);
        if (r >= 0)
                fputc('\n', stdout);
        return r;
}

static int run(const Rkt *rkt, void *settings_pointer, char **words) {
        const Settings *settings = settings_pointer;
        _cleanup_(stage0_done) Stage0 stage0 = {};
        _cleanup_(network_verdicts_done) NetworkVerdicts checks = {};
        _cleanup_(pod_closep) Pod *pod = NULL;
        _cleanup_(error_done) Error e = ERROR_NULL;
        int r = 0;

        if (settings->uuid_file ? words[0] != NULL : !words[0] || words[1])
                return rkt_usage(rkt);
        r = stage0_open(rkt, false, &stage0, &e);
        if (r < 0)
                return rkt_fail(rkt, &e, r);
        if (settings->uuid_file) {
                r = stage0_find_pod_in_file(&stage0, settings->uuid_file, &pod, &e);
                if (r < 0) {
                        (void) rkt_fail(rkt, &e, r);
                        return 1; /* the original's code for this one */
                }
        } else
                r = stage0_find_pod(&stage0, words[0], &pod, &e);
        if (r < 0)
                return rkt_fail_with(rkt, &e, r, "problem retrieving pod");

        if (settings->wait_ready > 0) {
                r = wait_until(pod, is_ready, settings->wait_ready, &e);
                if (r < 0)
                        return rkt_fail_with(rkt, &e, r, "error waiting for pod readiness");
        }
        if (settings->wait > 0) {
                r = wait_until(pod, is_finished, settings->wait, &e);
                if (r < 0)
                        return rkt_fail_with(rkt, &e, r, "error waiting for pod to finish");
        }
        if (settings->check_networks) {
                r = check_networks(rkt, pod, &checks, &e);
                if (r < 0)
                        return rkt_fail_with(rkt, &e, r, "cannot check the pod's networks");
        }
        r = print(pod, settings, &checks, &e);
        if (r < 0)
                return rkt_fail_with(rkt, &e, r, "unable to print status");
        r = tell_checks(&checks, &e);
        return r < 0 ? rkt_fail(rkt, &e, r) : 0;
}

static void done(void *settings) {
        free(((Settings *) settings)->uuid_file);
}

const Verb verb_status = {
        .name = "status",
        .arguments =
                "[--check-networks] [--wait=true|DURATION] [--wait-ready=true|DURATION] (UUID|--uuid-file=FILE)",
        .summary = "Check the status of a rkt pod",
        .description =
                "Prints assorted information about the pod such as its state, pid and exit status.",
        .options = { options },
        .settings_size = sizeof(Settings),
        .words = WORDS_PODS,
        .run = run,
        .done = done,
};
