/* SPDX-License-Identifier: Apache-2.0 */
#include "skim-supervisor.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "pod-files.h"
#include "pod-name.h"
#include "skim-app.h"
#include "skim-journal.h"
#include "skim-launch.h"
#include "skim-listen.h"
#include "skim-machine.h"
#include "skim-network.h"
#include "skim-output.h"
#include "skim-place.h"
#include "skim-rest.h"
#include "skim-sandbox.h"
#include "skim-terminal.h"
#include "skim-tree.h"
#include "skim-volumes.h"
#include "stage1-helper.h"
#include "stage1-status.h"
#include "stage1-streams.h"
#include "sysd-journal.h"
#include "sysd-stream.h"

/* journald tells readers of new entries after a quarter of a second. Until about then nothing is
 * lost by not listening, and a pod that ends sooner is read once, at its end. */
#define FOLLOW_AFTER_USEC ((uint64_t) 100 * 1000)
/* By then all that a start sets going has been heard of. */
#define REST_AFTER_USEC ((uint64_t) 500 * 1000)
#define DRAIN_TIMEOUT_USEC ((uint64_t) 10 * 1000 * 1000)

/* How long a pod that is to stop waits for a bus that is gone: on a host that shuts down it never
 * comes back. */
#define UNREACHED_TIMEOUT_USEC ((uint64_t) 10 * 1000 * 1000)
/* How long systemd's own stop of the apps is trusted to have been one. */
#define STOP_TRUST_USEC ((uint64_t) 500 * 1000)
#define ORDER_ANNOTATION "rkt/order"

struct SkimSupervisor {
        const Pod *pod;
        const Stage1Args *args;
        const char *path;
        sd_event *event;
        SysdPod *units;
        char *place_unit; /* what we run in, if it matters */
        char *journal_directory;
        int *streams; /* our copies of the apps' stdout streams, in the apps' order */
        size_t n_apps, n_streams;
        Stage1Streams *attached; /* in the apps' order; NULL where no app has such streams */
        size_t n_attached;
        SkimOutput *output; /* NULL while nothing is followed */
        sd_event_source *follow;
        SkimTerminal *terminal; /* of an interactive app */
        SkimSandbox *sandbox;   /* where apps come and go; otherwise NULL */
        SkimListen *listen;     /* the sockets that systemd has passed; NULL if none */
        int sync_fd;            /* answers once all output is in the journal */
        sd_event_source *sync, *drain_deadline;
        struct timespec journal_written; /* as it was when it was looked at last */
        sd_event_source *unreached_deadline, *rest, *trust;
        SkimMachine *machine;
        unsigned n_farewells; /* answers that must come before we leave */
        SkimNetwork network;
        bool chain, prints, ready, stopping, draining;
        int exit_status; /* of the first app that failed; 0 while none has */
};

SkimSupervisor *skim_supervisor_free(SkimSupervisor *s) {
        if (!s)
                return NULL;
        skim_machine_free(s->machine);
        sd_event_source_disable_unref(s->unreached_deadline);
        sd_event_source_disable_unref(s->rest);
        sd_event_source_disable_unref(s->trust);
        sd_event_source_disable_unref(s->sync);
        fd_drop(&s->sync_fd);
        sd_event_source_disable_unref(s->drain_deadline);
        sd_event_source_disable_unref(s->follow);
        skim_output_free(s->output);
        skim_terminal_free(s->terminal);
        skim_sandbox_free(s->sandbox);
        skim_listen_free(s->listen);
        for (size_t i = 0; i < s->n_streams; i++)
                fd_drop(&s->streams[i]);
        free(s->streams);
        for (size_t i = 0; i < s->n_attached; i++)
                stage1_streams_done(&s->attached[i]);
        free(s->attached);
        sysd_pod_free(s->units);
        sd_event_unref(s->event);
        skim_network_return(&s->network);
        skim_network_done(&s->network);
        free(s->place_unit);
        free(s->journal_directory);
        free(s);
        return NULL;
}

/* Nobody reads what goes to /dev/null: then the journal need not be read either. */
static bool output_is_wanted(void) {
        struct stat st;

        return fstat(STDOUT_FILENO, &st) == 0 &&
               !(S_ISCHR(st.st_mode) && st.st_rdev == makedev(1, 3));
}

static void report(const Error *e, int r, const SkimSupervisor *s) {
        (void) stage1_fail("stage1", e, r, s->args->debug);
}

static void ask_for_stop(SkimSupervisor *s) {
        _cleanup_(error_done) Error e = ERROR_NULL;
        int r = sysd_pod_stop(s->units, &e);

        if (r < 0)
                report(&e, r, s);
}

/* The apps end with us, since they are bound to the unit we run in; only nobody reads how. */
static int on_unreached_timeout(sd_event_source *source, uint64_t usec, void *userdata) {
        SkimSupervisor *s = userdata;

        (void) source;
        (void) usec;
        return sd_event_exit(s->event, -ENOTCONN);
}

static void wait_for_systemd(SkimSupervisor *s) {
        if (!s->unreached_deadline)
                (void) sd_event_add_time_relative(s->event, &s->unreached_deadline, CLOCK_MONOTONIC,
                                                  UNREACHED_TIMEOUT_USEC, 0, on_unreached_timeout,
                                                  s);
}

static void stop_apps(SkimSupervisor *s) {
        if (sysd_pod_bus(s->units))
                ask_for_stop(s);
        else
                wait_for_systemd(s);
}

static int on_trust_timeout(sd_event_source *source, uint64_t usec, void *userdata) {
        SkimSupervisor *s = userdata;

        (void) source;
        (void) usec;
        if (!s->draining)
                stop_apps(s);
        return 0;
}

/* systemd stops the scope when it has stopped the apps, of which we are yet to hear: a job for all that the pod
 * is made of would take it longer than the rest. But anybody may have sent the signal. */
static void trust_systemd(SkimSupervisor *s) {
        if (sd_event_add_time_relative(s->event, &s->trust, CLOCK_MONOTONIC, STOP_TRUST_USEC, 0,
                                       on_trust_timeout, s) < 0)
                stop_apps(s);
}

static void look_at_all(SkimSupervisor *s);

static void begin_stop(SkimSupervisor *s, bool by_systemd) {
        if (s->stopping)
                return;
        s->stopping = true;
        skim_network_notify(&s->network, "STOPPING=1");
        if (by_systemd)
                trust_systemd(s);
        else
                stop_apps(s);
        if (s->sandbox) {
                skim_sandbox_close(s->sandbox);
                look_at_all(s); /* it may have no app to wait for */
        }
}

static int follow(SkimSupervisor *s, sd_event *event, Error *e) {
        if (s->output)
                return 0;
        return skim_output_new(event, s->journal_directory, s->n_apps > 1 || s->sandbox, &s->output,
                               e);
}

static int on_follow(sd_event_source *source, uint64_t usec, void *userdata) {
        SkimSupervisor *s = userdata;
        _cleanup_(error_done) Error e = ERROR_NULL;
        int r = follow(s, s->event, &e);

        (void) source;
        (void) usec;
        if (r < 0)
                report(&e, r, s);
        return 0;
}

static int follow_later(SkimSupervisor *s, Error *e) {
        int r = sd_event_add_time_relative(s->event, &s->follow, CLOCK_MONOTONIC, FOLLOW_AFTER_USEC,
                                           0, on_follow, s);

        return r < 0 ? error_wrap(e, r, "cannot follow the pod's journal") : 0;
}

static void leave(void *userdata) {
        SkimSupervisor *s = userdata;

        if (--s->n_farewells == 0)
                (void) sd_event_exit(s->event, 0);
}

static void on_unregistered(bool taken, void *userdata) {
        (void) taken;
        leave(userdata);
}

/* All output is in the journal. */
static void finish(SkimSupervisor *s) {
        _cleanup_(error_done) Error e = ERROR_NULL;
        int r = s->prints ? follow(s, NULL, &e) : 0;

        s->n_farewells = 1; /* our own */
        s->n_farewells += sysd_pod_stop_journal(s->units, leave) >= 0;
        s->n_farewells += skim_machine_leave(s->machine, on_unregistered, s);
        s->sync = sd_event_source_disable_unref(s->sync);
        s->drain_deadline = sd_event_source_disable_unref(s->drain_deadline);
        if (r < 0)
                report(&e, r, s);
        if (s->output)
                skim_output_finish(s->output);
        skim_volumes_remove(s->pod);
        leave(s);
}

static int on_synced(sd_event_source *source, int fd, uint32_t events, void *userdata) {
        (void) source;
        (void) fd;
        (void) events;
        finish(userdata);
        return 0;
}

static bool journal_goes_on(SkimSupervisor *s) {
        _cleanup_(freep) char *path = NULL;
        struct stat st;
        bool goes_on = false;

        if (asprintf(&path, "%s/system.journal", s->journal_directory) < 0) {
                path = NULL;
                return false;
        }
        if (stat(path, &st) < 0)
                return false;
        goes_on = st.st_mtim.tv_sec != s->journal_written.tv_sec ||
                  st.st_mtim.tv_nsec != s->journal_written.tv_nsec;
        s->journal_written = st.st_mtim;
        return goes_on;
}

/* A slow machine may take long for much output: it is given up when nothing is written any more. */
static int on_drain_timeout(sd_event_source *source, uint64_t usec, void *userdata) {
        (void) usec;
        if (journal_goes_on(userdata) &&
            sd_event_source_set_time_relative(source, DRAIN_TIMEOUT_USEC) >= 0 &&
            sd_event_source_set_enabled(source, SD_EVENT_ONESHOT) >= 0)
                return 0;
        fputs("stage1: warning: the journal did not take all output in time\n", stderr);
        finish(userdata);
        return 0;
}

static int wait_for_sync(SkimSupervisor *s) {
        int r = 0;

        s->sync_fd = sysd_journal_sync(sysd_pod_names(s->units));
        if (s->sync_fd < 0)
                return s->sync_fd;
        r = sd_event_add_io(s->event, &s->sync, s->sync_fd, EPOLLIN, on_synced, s);
        if (r >= 0)
                r = sd_event_add_time_relative(s->event, &s->drain_deadline, CLOCK_MONOTONIC,
                                               DRAIN_TIMEOUT_USEC, 0, on_drain_timeout, s);
        return r;
}

static void begin_drain(SkimSupervisor *s) {
        s->draining = true;
        /* Ends the streams also for what an app may have left behind with a copy of one, and makes
         * journald take in a last line without its newline. */
        for (size_t i = 0; i < s->n_streams; i++)
                (void) shutdown(s->streams[i], SHUT_WR);
        if ((s->n_streams == 0 && !(s->sandbox && skim_sandbox_has_written(s->sandbox))) ||
            wait_for_sync(s) < 0)
                finish(s);
}

static void note_end(SkimSupervisor *s, const SysdApp *app) {
        _cleanup_(error_done) Error e = ERROR_NULL;
        int status = sysd_result_exit_status(&app->result, STAGE1_FAILURE);
        bool failed = sysd_result_is_failure(&app->result);
        int r = 0;

        /* One that never ran because another failed has no status. */
        if (app->result.main_code != 0 || failed)
                r = stage1_write_exit_status(s->pod, app->name, status, &e);
        if (r < 0)
                report(&e, r, s);
        if (failed && app->result.main_code == 0)
                fprintf(stderr,
                        "stage1: app \"%s\" has no exit status (%s); see \"journalctl -u %s\"\n",
                        app->name, app->result.word, app->unit);
        if (s->sandbox)
                return; /* it lives on, whatever its apps do */
        if (failed && s->exit_status == 0)
                s->exit_status = status;
        if (failed)
                begin_stop(s, false);
}

static int on_rest(sd_event_source *source, uint64_t usec, void *userdata) {
        (void) source;
        (void) usec;
        (void) userdata;
        skim_rest();
        return 0;
}

/* Whoever waits for the pod finds it registered. */
static void tell_ready_if_known(SkimSupervisor *s) {
        if (!s->ready || !skim_machine_is_known(s->machine))
                return;
        skim_network_notify(&s->network, "READY=1");
        if (!s->rest)
                (void) sd_event_add_time_relative(s->event, &s->rest, CLOCK_MONOTONIC,
                                                  REST_AFTER_USEC, 0, on_rest, s);
}

static void on_known(void *userdata) {
        tell_ready_if_known(userdata);
}

static void become_ready(SkimSupervisor *s) {
        _cleanup_(freep) char *status = NULL;

        s->ready = true;
        (void) stage1_mark_ready(s->pod, NULL);
        if (asprintf(&status, "STATUS=Pod %s is up", s->pod->uuid.text) < 0)
                status = NULL;
        else
                skim_network_notify(&s->network, status);
        tell_ready_if_known(s);
}

static void look_at_all(SkimSupervisor *s) {
        size_t n = 0, n_ended = 0, n_waiting = 0;
        SysdApp *const *apps = sysd_pod_apps(s->units, &n);

        for (size_t i = 0; i < n; i++) {
                n_ended += apps[i]->state == SYSD_APP_ENDED;
                n_waiting += apps[i]->state == SYSD_APP_WAITING;
        }
        if (n_waiting == 0 && !s->ready && s->exit_status == 0)
                become_ready(s);
        if (n_ended == n && !s->draining && (s->stopping || !s->sandbox))
                begin_drain(s);
}

/* What systemd knows only as long as the unit lives. */
static void note_restarts(SkimSupervisor *s, const SysdApp *app) {
        _cleanup_(error_done) Error e = ERROR_NULL;
        int r = app->restarts > 0 ? stage1_write_restarts(s->pod, app->name, app->restarts, &e) : 0;

        if (r < 0)
                report(&e, r, s);
}

/* Whoever is attached to it leaves once all is read. */
static void end_streams(SkimSupervisor *s, const SysdApp *app) {
        size_t n = 0;
        SysdApp *const *apps = sysd_pod_apps(s->units, &n);

        for (size_t i = 0; i < s->n_attached && i < n; i++)
                if (apps[i] == app)
                        stage1_streams_done(&s->attached[i]);
}

static void on_app_changed(SysdApp *app, void *userdata) {
        SkimSupervisor *s = userdata;

        note_restarts(s, app);
        if (app->state == SYSD_APP_ENDED) {
                end_streams(s, app);
                note_end(s, app);
        }
        if (s->sandbox)
                skim_sandbox_app_changed(s->sandbox, app);
        look_at_all(s);
}

/* The apps do not mind; what could not be asked of systemd meanwhile is asked now. */
static void on_reached(bool reached, void *userdata) {
        SkimSupervisor *s = userdata;

        if (!reached) {
                if (s->stopping && !s->draining)
                        wait_for_systemd(s);
                return;
        }
        s->unreached_deadline = sd_event_source_disable_unref(s->unreached_deadline);
        skim_machine_register(s->machine);
        if (s->stopping && !s->draining)
                ask_for_stop(s);
}

static const SysdPodEvents events = { .app_changed = on_app_changed, .reached = on_reached };

static int on_signal(sd_event_source *source, const struct signalfd_siginfo *info, void *userdata) {
        SkimSupervisor *s = userdata;
        _cleanup_(error_done) Error e = ERROR_NULL;
        int r = 0;

        (void) source;
        if (s->stopping && (info->ssi_signo == SIGINT || info->ssi_signo == SIGTERM)) {
                r = sysd_pod_kill(s->units, &e); /* asked twice */
                if (r < 0)
                        report(&e, r, s);
                return 0;
        }
        begin_stop(s, info->ssi_signo == SYSD_POD_STOP_SIGNAL);
        return 0;
}

static int add_signals(SkimSupervisor *s, Error *e) {
        /* SIGRTMIN+3 to +6: halt, poweroff, reboot, kexec, as machined and init systems send. */
        const int numbers[] = { SIGTERM,      SIGINT,       SIGHUP,       SYSD_POD_STOP_SIGNAL,
                                SIGRTMIN + 3, SIGRTMIN + 4, SIGRTMIN + 5, SIGRTMIN + 6 };

        for (size_t i = 0; i < N_ELEMENTS(numbers); i++) {
                int r = sd_event_add_signal(s->event, NULL, numbers[i], on_signal, s);

                if (r < 0)
                        return error_wrap(e, r, "cannot wait for signal %d", numbers[i]);
        }
        return 0;
}

static int warn_ignored(const char *app, char *const *ignored) {
        for (; ignored && *ignored; ignored++)
                fprintf(stderr,
                        "stage1: warning: app \"%s\" asks for isolator \"%s\", which this flavor does "
                        "not enforce\n",
                        app, *ignored);
        return 0;
}

/* WatchdogSec= of the service that we are: we answer for ourselves, and an app that speaks to systemd is
 * to answer for itself, as it would have to without us. */
static int watch_app(SysdProperties *p) {
        const SysdProperty *type = sysd_property_get(p, "Type");
        uint64_t usec = 0;

        if (sd_watchdog_enabled(0, &usec) <= 0 || strcmp(type->text, "notify") != 0 ||
            sysd_property_get(p, "WatchdogUSec"))
                return 0;
        return sysd_set_u64(p, "WatchdogUSec", usec);
}

/* An app that may be started again, or gets sockets, starts through the program that sees to it that it
 * has all it needs each time. Another one has no need of it. */
static int
prepare_again(SkimSupervisor *s, const Stage1App *app, bool only, SysdApp *unit, Error *e) {
        const SysdProperty *restart = sysd_property_get(&unit->properties, "Restart");
        bool restarts = restart && strcmp(restart->text, "no") != 0;
        _cleanup_(freep) char *sockets = NULL, *journal = NULL, *helper = NULL;
        char verb[] = "again", none[] = "-";
        char *words[] = { verb, unit->name, unit->unit, NULL, NULL, NULL };
        int r = skim_listen_offer(s->listen, s->event, s->pod, s->path, app, only, &sockets, e);

        if (r < 0 || (!sockets && !restarts) || s->args->interactive)
                return r;
        /* systemd forgets descriptors when an app has ended, and only the journal can be had anew. */
        if (stage1_streams_wanted(app->runtime))
                return error_new(
                        e, -EINVAL,
                        "app \"%s\" has streams to attach to: it can neither be started again "
                        "(--restart) nor be given sockets",
                        unit->name);
        journal = sysd_stream_path(sysd_pod_names(s->units));
        helper = stage1_helper_path("exec");
        if (!journal || !helper)
                return -ENOMEM;
        words[3] = journal;
        words[4] = sockets ? sockets : none;
        return sysd_wrap_exec(&unit->properties, "ExecStart", helper, words);
}

static int want_streams(
        SkimSupervisor *s, size_t n_apps, const AppcRuntimeApp *runtime, SysdApp *unit, Error *e) {
        if (!s->attached) {
                s->attached = calloc(n_apps, sizeof(Stage1Streams));
                if (!s->attached)
                        return -ENOMEM;
                for (size_t i = 0; i < n_apps; i++)
                        s->attached[i] = STAGE1_STREAMS_NULL;
                s->n_attached = n_apps;
        }
        unit->n_fds = STAGE1_STREAMS_MAX;
        return stage1_streams_read(runtime, &s->attached[s->n_apps], e);
}

static int
add_app(SkimSupervisor *s, const AppcPod *manifest, const AppcRuntimeApp *runtime, Error *e) {
        _cleanup_(stage1_app_done) Stage1App app = { .root_fd = -EBADF };
        _cleanup_(strv_freep) Strv ignored = NULL;
        SysdApp *unit = NULL;
        int r = stage1_app_open(s->pod, s->path, runtime, &app, e);

        if (r >= 0)
                r = skim_tree_expose(s->pod, &app, e);
        if (r >= 0)
                r = sysd_pod_add_app(s->units, runtime->name, &unit, e);
        if (r >= 0 && stage1_streams_wanted(runtime))
                r = want_streams(s, manifest->n_apps, runtime, unit, e);
        if (r >= 0)
                r = stage1_app_tell_mounts(manifest, &app, e);
        if (r >= 0)
                r = skim_app_properties(manifest, s->pod, s->path, &app, s->args, NULL,
                                        &unit->properties, &ignored, e);
        if (r >= 0)
                r = watch_app(&unit->properties);
        if (r >= 0)
                r = prepare_again(s, &app, manifest->n_apps == 1, unit, e);
        if (r >= 0)
                r = warn_ignored(runtime->name, ignored);
        return r;
}

static int add_apps(SkimSupervisor *s, const AppcPod *manifest, Error *e) {
        int r = 0;

        for (; s->n_apps < manifest->n_apps && r >= 0; s->n_apps++)
                r = add_app(s, manifest, &manifest->apps[s->n_apps], e);
        return r < 0 ? r : skim_listen_check(s->listen, e);
}

static int take_sockets(SkimSupervisor *s, Error *e) {
        int r = skim_listen_new(&s->listen, e);

        if (r >= 0 && s->listen && s->args->interactive)
                return error_new(e, -EINVAL,
                                 "an interactive app cannot be given the sockets that systemd has "
                                 "passed: its standard input is the terminal");
        return r;
}

static int add_machine(SkimSupervisor *s) {
        const SkimMachineOf of = { s->event, s->units, s->pod, s->path, &s->network, on_known, s };

        s->machine = skim_machine_new(&of);
        return s->machine ? 0 : -ENOMEM;
}

int skim_supervisor_new(const Pod *pod,
                        const AppcPod *manifest,
                        const Stage1Args *args,
                        const char *path,
                        SkimSupervisor **ret,
                        Error *e) {
        _cleanup_(skim_supervisor_freep) SkimSupervisor *s = calloc(1, sizeof(SkimSupervisor));
        const char *order = appc_pairs_get(&manifest->annotations, ORDER_ANNOTATION);
        _cleanup_(freep) char *name = NULL;
        SysdPodPlace place = {};
        int r = 0;

        if (!s)
                return -ENOMEM;
        s->sync_fd = -EBADF;
        s->network = SKIM_NETWORK_NULL;
        s->pod = pod;
        s->args = args;
        s->path = path;
        s->prints = !args->interactive && output_is_wanted();
        s->chain = !order || strcmp(order, "none") != 0;
        r = sd_event_new(&s->event);
        if (r < 0)
                return error_wrap(e, r, "cannot make an event loop");
        (void) sd_event_set_watchdog(s->event, true);
        r = take_sockets(s, e);
        if (r < 0)
                return r;
        skim_place(&place, &s->place_unit);
        if (pod_name_read(pod, &name) >= 0)
                place.name = name;
        r = sysd_pod_new(s->event, &pod->uuid, &place, &events, s, &s->units, e);
        if (r >= 0)
                r = add_machine(s);
        if (r >= 0)
                r = add_apps(s, manifest, e);
        if (r < 0)
                return r;
        *ret = ptr_take(&s);
        return 0;
}

static int
connect_streams(SkimSupervisor *s, Stage1Streams *streams, int log_fd, SysdApp *app, Error *e) {
        _cleanup_(freep) char *program = stage1_helper_path("streams");
        int r = program ? stage1_streams_connect(s->pod, app->name, program, streams, e) : -ENOMEM;

        /* It outlives the app by as long as somebody takes to read, and nobody waits for it. */
        (void) signal(SIGCHLD, SIG_IGN);
        return r < 0 ? r : skim_app_set_streams(&app->properties, streams, log_fd);
}

/* Where the output of an app goes, once its stream to the journal is open. */
static int lead_output(SkimSupervisor *s, size_t i, SysdApp *app, Error *e) {
        bool own = false;

        for (size_t k = 0; s->attached && k < STAGE1_STREAMS_MAX; k++)
                own = own || s->attached[i].modes[k] != STAGE1_STREAM_DEFAULT;
        if (own)
                return connect_streams(s, &s->attached[i], s->streams[i], app, e);
        return skim_app_set_output(&app->properties, s->streams[i]);
}

static void streams_passed(SkimSupervisor *s) {
        for (size_t i = 0; i < s->n_attached; i++)
                stage1_streams_passed(&s->attached[i]);
}

static int open_streams(SkimSupervisor *s, Error *e) {
        SysdApp *const *apps = sysd_pod_apps(s->units, &s->n_apps);
        const SysdNames *names = sysd_pod_names(s->units);

        s->streams = calloc(s->n_apps + 1, sizeof(int));
        if (!s->streams)
                return -ENOMEM;
        for (; s->n_streams < s->n_apps; s->n_streams++) {
                SysdApp *app = apps[s->n_streams];
                int fd = sysd_stream_open(names, app->name, app->unit, e);
                int r = 0;

                if (fd < 0)
                        return fd;
                s->streams[s->n_streams] = fd;
                r = lead_output(s, s->n_streams, app, e);
                if (r < 0) {
                        s->n_streams++;
                        return r;
                }
        }
        return 0;
}

static int connect_output(SkimSupervisor *s, Error *e) {
        SysdApp *const *apps = sysd_pod_apps(s->units, &s->n_apps);

        if (s->args->interactive && s->n_apps > 0)
                return skim_terminal_new(s->event, &apps[0]->properties, &s->terminal, e);
        return open_streams(s, e);
}

/* The pod's cgroup below the hierarchy's root: all its units are in its slice. */
static int write_cgroup(const SkimSupervisor *s, Error *e) {
        _cleanup_(freep) char *path = NULL;

        if (asprintf(&path, "machine.slice/machine-rkt.slice/%s", sysd_pod_names(s->units)->slice) <
            0) {
                path = NULL;
                return -ENOMEM;
        }
        return stage1_write_cgroup(s->pod, path, e);
}

static int hold(SkimSupervisor *s, Error *e) {
        const SysdNames *names = sysd_pod_names(s->units);
        int r = stage1_write_insecure(s->pod, s->args, e);

        if (r >= 0)
                r = skim_journal_prepare(names, &s->journal_directory, e);
        if (r >= 0)
                r = sysd_journal_configure(names, e);
        if (r >= 0)
                r = skim_journal_show(s->journal_directory, e);
        if (r >= 0)
                r = sysd_pod_anchor(s->units, e);
        if (r >= 0)
                r = write_cgroup(s, e);
        if (r >= 0)
                r = stage1_write_pid(s->pod, getpid(), e);
        return r;
}

/* An empty one is ready at once. */
static int open_sandbox(SkimSupervisor *s, Error *e) {
        const SkimSandboxPod of = { s->event, s->pod, s->path, s->args, s->units };
        int r = s->args->is_mutable ? skim_sandbox_new(&of, &s->sandbox, e) : 0;

        if (r >= 0 && s->sandbox)
                look_at_all(s);
        return r;
}

int skim_supervisor_start(SkimSupervisor *s, Error *e) {
        int r = add_signals(s, e);

        if (r >= 0)
                r = skim_network_open(s->pod, &s->network, e);
        if (r >= 0)
                r = hold(s, e);
        if (r >= 0)
                r = connect_output(s, e);
        if (r >= 0)
                r = sysd_pod_start(s->units, s->chain, e);
        streams_passed(s);
        if (r >= 0)
                r = skim_machine_register_in_time(s->machine, e);
        if (r >= 0 && s->prints)
                r = follow_later(s, e);
        if (r >= 0)
                r = open_sandbox(s, e);
        /* Who takes the pod back must not be among what ends. */
        if (r < 0 && sysd_pod_leave(s->units, NULL) >= 0)
                (void) sysd_pod_stop(s->units, NULL);
        return r;
}

int skim_supervisor_run(SkimSupervisor *s, Error *e) {
        int r = sd_event_loop(s->event);

        if (r < 0)
                return error_wrap(e, r, "lost the connection to systemd");
        return s->exit_status;
}
