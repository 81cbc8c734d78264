/* SPDX-License-Identifier: Apache-2.0 */

/* Stage1's "enter" entrypoint of flavor skim: --pid=N --appname=APP -- COMMAND [ARGUMENT...]
 *
 * The command becomes a unit in the pod's slice with the properties of the app's own: its user,
 * capabilities, system calls, limits. It ends with the app, or when we are told to. */

#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "files.h"
#include "pod-files.h"
#include "skim-app.h"
#include "skim-terminal.h"
#include "stage1-status.h"
#include "sysd-pod.h"

typedef struct Guest {
        sd_event *event;
        sd_bus *bus;
        char *unit;
        SysdWatch watch;
        SkimTerminal *terminal;
        int exit_status;
} Guest;

static void guest_done(Guest *guest) {
        skim_terminal_free(guest->terminal);
        sysd_watch_done(&guest->watch);
        sd_bus_flush_close_unref(guest->bus);
        sd_event_unref(guest->event);
        free(guest->unit);
}

static void on_unit(const SysdUnitReport *report, void *userdata) {
        Guest *guest = userdata;

        if (report->result)
                guest->exit_status = report->main_code == CLD_EXITED ? report->main_status
                                                                     : 128 + report->main_status;
        if (report->active_state && report->job == 0 &&
            (strcmp(report->active_state, "inactive") == 0 ||
             strcmp(report->active_state, "failed") == 0))
                (void) sd_event_exit(guest->event, guest->exit_status);
}

static int on_signal(sd_event_source *source, const struct signalfd_siginfo *info, void *userdata) {
        Guest *guest = userdata;

        (void) source;
        (void) info;
        (void) sysd_unit_job_later(guest->bus, "StopUnit", guest->unit);
        return 0;
}

static int add_signals(Guest *guest, Error *e) {
        const int numbers[] = { SIGTERM, SIGINT, SIGHUP };
        sigset_t set;

        sigemptyset(&set);
        sigaddset(&set, SIGWINCH);
        for (size_t i = 0; i < N_ELEMENTS(numbers); i++)
                sigaddset(&set, numbers[i]);
        (void) sigprocmask(SIG_BLOCK, &set, NULL);
        (void) signal(SIGPIPE, SIG_IGN);
        for (size_t i = 0; i < N_ELEMENTS(numbers); i++) {
                int r = sd_event_add_signal(guest->event, NULL, numbers[i], on_signal, guest);

                if (r < 0)
                        return error_wrap(e, r, "cannot wait for signal %d", numbers[i]);
        }
        return 0;
}

/* The guest belongs to the pod and goes with the app. */
static int add_place(const Uuid *uuid, const char *app_unit, SysdProperties *p) {
        SysdNames names;
        int r = 0;

        sysd_names_init(uuid, &names);
        r = sysd_set_string(p, "Slice", names.slice);
        if (r >= 0)
                r = sysd_add_string(p, "BindsTo", app_unit);
        if (r >= 0)
                r = sysd_add_string(p, "After", app_unit);
        if (r >= 0)
                r = sysd_set_bool(p, "DefaultDependencies", false);
        if (r >= 0)
                r = sysd_set_string(p, "CollectMode", "inactive-or-failed");
        return r < 0 ? r : sysd_set_bool(p, "AddRef", true);
}

static int
fill(const Pod *pod, const char *app_name, char *const *command, SysdProperties *p, Error *e) {
        _cleanup_(appc_pod_freep) AppcPod *manifest = NULL;
        _cleanup_(stage1_app_done) Stage1App app = STAGE1_APP_NULL;
        _cleanup_(strv_freep) Strv ignored = NULL;
        Stage1Args args = { .net = "host", .uuid = pod->uuid };
        char path[PATH_MAX];
        int r = 0;

        if (!getcwd(path, sizeof(path)))
                return error_wrap(e, -errno, "cannot tell the pod's directory");
        r = stage1_app_find(pod, path, app_name, &manifest, &app, e);
        if (r >= 0)
                r = stage1_read_insecure(pod, &args);
        return r < 0 ? r
                     : skim_app_properties(manifest, pod, path, &app, &args, command, p, &ignored,
                                           e);
}

static int start(Guest *guest, const Uuid *uuid, const SysdProperties *p, Error *e) {
        _cleanup_(freep) char *random = random_hex(4);
        SysdUnit unit = { .properties = p };
        int r = 0;

        if (!random || asprintf(&guest->unit, "rkt-%s-enter-%s.service", uuid->text, random) < 0) {
                guest->unit = NULL;
                return -ENOMEM;
        }
        unit.name = guest->unit;
        r = sysd_watch_unit(guest->bus, guest->unit, on_unit, guest, &guest->watch);
        if (r < 0)
                return error_wrap(e, r, "cannot follow unit '%s'", guest->unit);
        return sysd_start_transient(guest->bus, &unit, 1, NULL, e);
}

static int enter(const Uuid *uuid, const char *app, char *const *command, Error *e) {
        _cleanup_(sysd_properties_done) SysdProperties p = SYSD_PROPERTIES_NULL;
        _cleanup_(guest_done) Guest guest = {};
        _cleanup_(freep) char *app_unit = NULL;
        _cleanup_(pod_closep) Pod *pod = NULL;
        int r = pod_open_here(uuid, &pod, e);

        if (r >= 0)
                r = sysd_app_unit(uuid, app, &app_unit, e);
        if (r >= 0)
                r = fill(pod, app, command, &p, e);
        if (r >= 0)
                r = add_place(uuid, app_unit, &p);
        if (r < 0)
                return r;
        r = sd_event_new(&guest.event);
        if (r < 0)
                return error_wrap(e, r, "cannot make an event loop");
        r = sysd_connect(&guest.bus, e);
        if (r >= 0)
                r = sd_bus_attach_event(guest.bus, guest.event, SD_EVENT_PRIORITY_NORMAL);
        if (r >= 0)
                r = add_signals(&guest, e);
        if (r >= 0)
                r = skim_terminal_new(guest.event, &p, &guest.terminal, e);
        if (r >= 0)
                r = start(&guest, uuid, &p, e);
        if (r < 0)
                return r;
        r = sd_event_loop(guest.event);
        return r < 0 ? error_wrap(e, r, "lost the connection to systemd") : r;
}

int main(int argc, char **argv) {
        _cleanup_(error_done) Error e = ERROR_NULL;
        Stage1EnterArgs args = {};
        int r = stage1_enter_args_parse(argc, argv, &args, &e);

        if (r >= 0)
                r = enter(&args.uuid, args.app, args.command, &e);
        return r < 0 ? stage1_fail("stage1 enter", &e, r, false) : r;
}
