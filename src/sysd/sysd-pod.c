/* SPDX-License-Identifier: Apache-2.0 */
#include "sysd-pod.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include "sysd-link.h"
#include "sysd-watch.h"

#define APPS_PER_MESSAGE 16

/* dbus-daemon drops a connection that sends more descriptors in one message. */
#define FDS_PER_MESSAGE 16
#define ANCHOR_TIMEOUT_USEC ((uint64_t) 90 * 1000 * 1000)
#define STOP_JOURNAL_TIMEOUT_USEC ((uint64_t) 5 * 1000 * 1000)

struct SysdPod {
        sd_event *event;
        SysdLink *link;
        sd_bus *bus; /* the link's; NULL while systemd cannot be reached */
        Uuid uuid;
        SysdNames names;
        char *service, *part_of, *name;
        bool activating, awaited;
        SysdApp **apps;
        size_t n_apps;
        const SysdPodEvents *events;
        void *userdata;
        char *anchor_result; /* how the anchor's job ended; NULL until then */
        sd_bus_slot *journal_stop;
        void (*on_journal_stop)(void *userdata);
};

static SysdApp *app_free(SysdApp *app) {
        sysd_properties_done(&app->properties);
        free(app->name);
        free(app->unit);
        free(app);
        return NULL;
}

SysdPod *sysd_pod_free(SysdPod *pod) {
        if (!pod)
                return NULL;
        sd_bus_slot_unref(pod->journal_stop);
        sysd_link_free(pod->link);
        for (size_t i = 0; i < pod->n_apps; i++)
                app_free(pod->apps[i]);
        free(pod->apps);
        sd_event_unref(pod->event);
        free(pod->service);
        free(pod->part_of);
        free(pod->name);
        free(pod->anchor_result);
        free(pod);
        return NULL;
}

const SysdNames *sysd_pod_names(const SysdPod *pod) {
        return &pod->names;
}

sd_bus *sysd_pod_bus(const SysdPod *pod) {
        return pod->bus;
}

const char *sysd_pod_holder(const SysdPod *pod) {
        return pod->service ? pod->service : pod->names.scope;
}

SysdApp *const *sysd_pod_apps(const SysdPod *pod, size_t *ret_n) {
        *ret_n = pod->n_apps;
        return pod->apps;
}

static void on_link(bool whole, void *userdata) {
        SysdPod *pod = userdata;

        pod->bus = sysd_link_bus(pod->link);
        pod->events->reached(whole, pod->userdata);
}

static int copy_optional(const char *text, char **ret) {
        *ret = text ? strdup(text) : NULL;
        return text && !*ret ? -ENOMEM : 0;
}

int sysd_pod_new(sd_event *event,
                 const Uuid *uuid,
                 const SysdPodPlace *place,
                 const SysdPodEvents *events,
                 void *userdata,
                 SysdPod **ret,
                 Error *e) {
        _cleanup_(sysd_pod_freep) SysdPod *pod = calloc(1, sizeof(SysdPod));
        int r = 0;

        if (!pod)
                return -ENOMEM;
        pod->event = sd_event_ref(event);
        pod->events = events;
        pod->userdata = userdata;
        pod->uuid = *uuid;
        sysd_names_init(uuid, &pod->names);
        pod->activating = place->activating;
        pod->awaited = place->awaited;
        if (copy_optional(place->service, &pod->service) < 0 ||
            copy_optional(place->part_of, &pod->part_of) < 0 ||
            copy_optional(place->name, &pod->name) < 0)
                return -ENOMEM;
        r = sysd_link_new(event, on_link, pod, &pod->link, e);
        if (r < 0)
                return r;
        pod->bus = sysd_link_bus(pod->link);
        *ret = ptr_take(&pod);
        return 0;
}

int sysd_pod_add_app(SysdPod *pod, const char *name, SysdApp **ret, Error *e) {
        SysdApp **grown = reallocarray(pod->apps, pod->n_apps + 1, sizeof(SysdApp *));
        SysdApp *app = NULL;
        int r = 0;

        if (!grown)
                return -ENOMEM;
        pod->apps = grown;
        app = calloc(1, sizeof(SysdApp));
        if (!app)
                return -ENOMEM;
        app->pod = pod;
        app->n_fds = 1;
        app->name = strdup(name);
        r = app->name ? sysd_app_unit(&pod->uuid, name, &app->unit, e) : -ENOMEM;
        if (r < 0) {
                app_free(app);
                return r;
        }
        pod->apps[pod->n_apps++] = app;
        *ret = app;
        return 0;
}

static void on_anchor_job(const char *job, const char *result, void *userdata) {
        SysdPod *pod = userdata;

        (void) job; /* the unit is new: it has no other */
        if (!pod->anchor_result)
                pod->anchor_result = strdup(result);
}

static int unreachable(Error *e) {
        return error_new(e, -ENOTCONN, "systemd cannot be reached: the system bus is gone");
}

/* Nothing can happen to the pod before it is held: so this one wait may run the loop itself. */
static int wait_for_anchor(SysdPod *pod, const char *unit, Error *e) {
        uint64_t now = 0, deadline = 0;
        int r = sd_event_now(pod->event, CLOCK_MONOTONIC, &now);

        if (r < 0)
                return r;
        deadline = now + ANCHOR_TIMEOUT_USEC;
        while (!pod->anchor_result) {
                if (!pod->bus)
                        return unreachable(e);
                if (now >= deadline)
                        return error_new(e, -ETIMEDOUT, "systemd did not start '%s' in time", unit);
                r = sd_event_run(pod->event, deadline - now);
                if (r < 0)
                        return error_wrap(e, r, "cannot wait for '%s'", unit);
                r = sd_event_now(pod->event, CLOCK_MONOTONIC, &now);
                if (r < 0)
                        return r;
        }
        if (strcmp(pod->anchor_result, "done") != 0)
                return error_new(e, -EIO,
                                 "systemd could not start '%s': its job ended with '%s'; see "
                                 "\"journalctl -b -u %s\"",
                                 unit, pod->anchor_result, unit);
        return 0;
}

/* Behind the last app that goes in the same message as this one. */
static size_t batch_end(const SysdPod *pod, size_t first) {
        size_t end = first, n_fds = 0;

        for (; end < pod->n_apps && end - first < APPS_PER_MESSAGE; end++) {
                n_fds += pod->apps[end]->n_fds;
                if (end > first && n_fds > FDS_PER_MESSAGE)
                        break;
        }
        return end;
}

/* What an active unit names stays loaded: so that systemd can tell how an app has ended for as long as
 * there is the pod, also to one who was away. The last app of a message names the others. A reference
 * (AddRef) would cost systemd two calls to the bus for each app, and end with the connection. */
static int keep_apps(const SysdPod *pod, SysdProperties *slice) {
        int r = 0;

        for (size_t end = 0; end < pod->n_apps && r >= 0;) {
                end = batch_end(pod, end);
                r = sysd_add_string(slice, "Before", pod->apps[end - 1]->unit);
        }
        return r;
}

static int fill_slice(const SysdPod *pod, SysdProperties *slice) {
        _cleanup_(freep) char *description = NULL;
        int r = keep_apps(pod, slice);

        if (r < 0)
                return r;

        if (asprintf(&description, "rkt pod %s%s%s", pod->name ? pod->name : "",
                     pod->name ? " " : "", pod->uuid.text) < 0) {
                description = NULL;
                return -ENOMEM;
        }
        r = sysd_set_string(slice, "Description", description);
        if (r < 0)
                return r;
        /* A slice stays when its last unit is gone, unless told otherwise. Below a service nothing
         * needs it until the apps are there: then it goes with the service. */
        return pod->service ? sysd_add_string(slice, "BindsTo", pod->service)
                            : sysd_set_bool(slice, "StopWhenUnneeded", true);
}

/* Whoever holds the pod also holds its journal's socket, which stops at once when nobody needs it. The
 * end of a pod waits for the namespace's journald, so that is set going at once; but systemd starts it
 * before it tells that the pod is held, which the apps would wait for. */
static int fill_journal_needs(const SysdPod *pod, SysdProperties *anchor) {
        _cleanup_(freep) char *socket = NULL, *service = NULL;
        int r = 0;

        if (asprintf(&socket, "systemd-journald@%s.socket", pod->names.journal_namespace) < 0) {
                socket = NULL;
                return -ENOMEM;
        }
        if (asprintf(&service, "systemd-journald@%s.service", pod->names.journal_namespace) < 0) {
                service = NULL;
                return -ENOMEM;
        }
        r = sysd_add_string(anchor, "Requires", socket);
        if (r >= 0)
                r = sysd_add_string(anchor, "After", socket);
        return r < 0 || pod->awaited ? r : sysd_add_string(anchor, "Wants", service);
}

static int fill_scope(const SysdPod *pod, SysdProperties *scope) {
        int r = sysd_set_string(scope, "Slice", pod->names.slice);

        if (r >= 0)
                r = sysd_set_pid(scope, "PIDs", (uint32_t) getpid());
        if (r >= 0)
                r = sysd_set_string(scope, "CollectMode", "inactive-or-failed");
        /* It reaches every process in there, while networks are left for one, and programs in Go end at a
         * SIGTERM also where it is ignored. This one means something to the supervisor alone. */
        if (r >= 0)
                r = sysd_set_i32(scope, "KillSignal", SYSD_POD_STOP_SIGNAL);
        /* A host that shuts down takes the bus away only when we have told how the apps ended. */
        if (r >= 0)
                r = sysd_add_string(scope, "After", "dbus.service");
        if (r >= 0 && pod->part_of)
                r = sysd_add_string(scope, "PartOf", pod->part_of);
        if (r >= 0 && pod->part_of)
                r = sysd_add_string(scope, "After", pod->part_of);
        return r;
}

int sysd_pod_anchor(SysdPod *pod, Error *e) {
        _cleanup_(sysd_properties_done) SysdProperties slice = {}, scope = {};
        SysdUnit units[] = {
                { pod->names.slice, &slice },
                { pod->names.scope, &scope },
        };
        size_t n_units = pod->service ? 1 : 2;
        const char *anchor = units[n_units - 1].name;
        _cleanup_(sysd_watch_done) SysdWatch watch = {};
        _cleanup_(sysd_job_done) SysdJob job = {};
        int r = fill_slice(pod, &slice);

        if (r >= 0 && !pod->service) {
                const SysdProperty *description = sysd_property_get(&slice, "Description");

                r = sysd_set_string(&scope, "Description", description->text);
                if (r >= 0)
                        r = fill_scope(pod, &scope);
        }
        if (r >= 0)
                r = fill_journal_needs(pod, pod->service ? &slice : &scope);
        if (r < 0)
                return r;

        r = sysd_watch_job(pod->bus, anchor, on_anchor_job, pod, &watch);
        if (r < 0)
                return error_wrap(e, r, "cannot follow the jobs of systemd");
        r = sysd_start_transient(pod->bus, units, n_units, &job, e);
        if (r < 0)
                return r;
        sysd_watch_trust(&watch, job.manager);
        return wait_for_anchor(pod, anchor, e);
}

/* A scope of its own for this process alone. */
static int start_own_scope(SysdPod *pod, const char *unit, Error *e) {
        _cleanup_(sysd_properties_done) SysdProperties scope = {};
        const SysdUnit units[] = { { unit, &scope } };
        _cleanup_(sysd_watch_done) SysdWatch watch = {};
        _cleanup_(sysd_job_done) SysdJob job = {};
        int r = sysd_set_pid(&scope, "PIDs", (uint32_t) getpid());

        if (r >= 0)
                r = sysd_set_string(&scope, "CollectMode", "inactive-or-failed");
        if (r >= 0)
                r = sysd_watch_job(pod->bus, unit, on_anchor_job, pod, &watch);
        if (r >= 0)
                r = sysd_start_transient(pod->bus, units, 1, &job, e);
        if (r < 0)
                return r;
        sysd_watch_trust(&watch, job.manager);
        return wait_for_anchor(pod, unit, e);
}

int sysd_pod_leave(SysdPod *pod, Error *e) {
        _cleanup_(freep) char *unit = NULL;

        if (pod->service)
                return 0;
        if (!pod->bus)
                return unreachable(e);
        free(ptr_take(&pod->anchor_result));
        if (asprintf(&unit, "run-rkt-%s.scope", pod->uuid.text) < 0) {
                unit = NULL;
                return -ENOMEM;
        }
        return start_own_scope(pod, unit, e);
}

static SysdAppState state_of(const SysdUnitReport *report, SysdAppState before) {
        if (strcmp(report->active_state, "active") == 0 ||
            strcmp(report->active_state, "reloading") == 0)
                return SYSD_APP_UP;
        /* Until its start job has run, a unit is as inactive as one that has ended. */
        if (strcmp(report->active_state, "inactive") == 0 ||
            strcmp(report->active_state, "failed") == 0)
                return report->job == 0 ? SYSD_APP_ENDED : before;
        if (strcmp(report->active_state, "activating") == 0)
                return SYSD_APP_WAITING;
        return before; /* deactivating */
}

/* systemd says "failed" or "inactive" also of one that it is about to start again, and the next moment
 * that it is "activating". Who asks hears the latter. */
static bool is_premature(SysdApp *app, const SysdUnitReport *report) {
        /* Or a drop-in of the host's says so. */
        bool may_restart = app->restarting || sysd_result_is_failure(&app->result);

        return may_restart && !report->asked && !report->gone &&
               state_of(report, app->state) == SYSD_APP_ENDED &&
               sysd_link_ask(app->pod->link, app->unit) >= 0;
}

static void on_unit(const SysdUnitReport *report, void *userdata) {
        SysdApp *app = userdata;
        SysdAppState before = app->state;
        bool again = report->restarts > app->restarts;

        if (before == SYSD_APP_ENDED)
                return;
        sysd_result_take(&app->result, report);
        if (again)
                app->restarts = report->restarts;
        if (report->active_state && !is_premature(app, report))
                app->state = state_of(report, before);
        if (again || app->state != before)
                app->pod->events->app_changed(app, app->pod->userdata);
}

/* What all apps have. Defaults first, so that an app's own properties replace them. */
static int
fill_app(const SysdPod *pod, const SysdApp *app, const SysdApp *previous, SysdProperties *ret) {
        const char *holder = sysd_pod_holder(pod);
        int r = sysd_set_string(ret, "Slice", pod->names.slice);

        if (r >= 0)
                r = sysd_add_string(ret, "BindsTo", holder);
        if (r >= 0 && !pod->activating)
                r = sysd_add_string(ret, "After", holder);
        if (r >= 0 && previous)
                r = sysd_add_string(ret, "Requires", previous->unit);
        if (r >= 0 && previous)
                r = sysd_add_string(ret, "After", previous->unit);
        if (r >= 0)
                r = sysd_set_bool(ret, "DefaultDependencies", false);
        if (r >= 0)
                r = sysd_set_string(ret, "CollectMode", "inactive-or-failed");
        return r < 0 ? r : sysd_properties_merge(ret, &app->properties);
}

/* Sends @n apps in one message; the others travel with the last, which pulls them in. */
static int start_batch(SysdPod *pod, size_t first, size_t n, bool chain, Error *e) {
        SysdProperties all[APPS_PER_MESSAGE] = {};
        SysdUnit units[APPS_PER_MESSAGE] = {};
        _cleanup_(sysd_job_done) SysdJob job = {};
        int r = 0;

        for (size_t i = 0; i < n && r >= 0; i++) {
                SysdApp *app = pod->apps[first + i];
                const SysdApp *previous = chain && first + i > 0 ? pod->apps[first + i - 1] : NULL;

                units[i] = (SysdUnit){ app->unit, &all[i] };
                r = fill_app(pod, app, previous, &all[i]);
                if (r >= 0 && !chain && i + 1 < n)
                        r = sysd_add_string(&all[n - 1], "Wants", app->unit);
                if (r >= 0)
                        r = sysd_link_follow(pod->link, app->unit, on_unit, app);
        }
        if (r >= 0)
                r = sysd_start_transient(pod->bus, units, n, &job, e);
        if (r >= 0)
                sysd_link_trust(pod->link, job.manager);
        for (size_t i = 0; i < n; i++)
                sysd_properties_done(&all[i]);
        return r;
}

int sysd_pod_start(SysdPod *pod, bool chain, Error *e) {
        for (size_t first = 0; first < pod->n_apps; first = batch_end(pod, first)) {
                int r = start_batch(pod, first, batch_end(pod, first) - first, chain, e);

                if (r < 0)
                        return r;
        }
        for (size_t i = 0; i < pod->n_apps; i++) {
                SysdApp *app = pod->apps[i];
                const SysdProperty *restart = sysd_property_get(&app->properties, "Restart");

                app->restarting = restart && strcmp(restart->text, "no") != 0;
                sysd_properties_done(&app->properties);
        }
        return 0;
}

int sysd_pod_start_app(SysdPod *pod, SysdApp *app, Error *e) {
        assert(pod->n_apps > 0 && pod->apps[pod->n_apps - 1] == app);
        if (!pod->bus)
                return unreachable(e);
        /* The slice was made before and names only the apps of that time: this keeps it loaded. */
        if (sysd_set_bool(&app->properties, "AddRef", true) < 0)
                return -ENOMEM;
        return start_batch(pod, pod->n_apps - 1, 1, false, e);
}

int sysd_pod_stop_app(SysdPod *pod, const SysdApp *app, Error *e) {
        int r = pod->bus ? sysd_unit_job(pod->bus, "StopUnit", app->unit, NULL, e) : unreachable(e);

        return r < 0 ? r : 0;
}

void sysd_pod_remove_app(SysdPod *pod, SysdApp *app) {
        size_t kept = 0;

        sysd_link_unfollow(pod->link, app);
        /* Our reference was all that kept it. It has none where it was never started. */
        if (pod->bus)
                (void) sd_bus_call_method(pod->bus, SYSD_SERVICE, SYSD_PATH, SYSD_MANAGER,
                                          "UnrefUnit", NULL, NULL, "s", app->unit);
        for (size_t i = 0; i < pod->n_apps; i++)
                if (pod->apps[i] != app)
                        pod->apps[kept++] = pod->apps[i];
        pod->n_apps = kept;
        app_free(app);
}

int sysd_pod_stop(SysdPod *pod, Error *e) {
        if (!pod->bus)
                return unreachable(e);
        return sysd_unit_job(pod->bus, "StopUnit", pod->names.slice, NULL, e);
}

static int on_journal_stop(sd_bus_message *m, void *userdata, sd_bus_error *ignored) {
        SysdPod *pod = userdata;

        (void) m;
        (void) ignored;
        pod->on_journal_stop(pod->userdata);
        return 0;
}

int sysd_pod_stop_journal(SysdPod *pod, void (*handler)(void *userdata)) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *call = NULL;
        _cleanup_(freep) char *service = NULL;
        int r = 0;

        if (!pod->bus)
                return -ENOTCONN;
        if (asprintf(&service, "systemd-journald@%s.service", pod->names.journal_namespace) < 0) {
                service = NULL;
                return -ENOMEM;
        }
        pod->on_journal_stop = handler;
        pod->journal_stop = sd_bus_slot_unref(pod->journal_stop);
        r = sd_bus_message_new_method_call(pod->bus, &call, SYSD_SERVICE, SYSD_PATH, SYSD_MANAGER,
                                           "StopUnit");
        if (r >= 0)
                r = sd_bus_message_append(call, "ss", service, "replace");
        if (r >= 0)
                r = sd_bus_call_async(pod->bus, &pod->journal_stop, call, on_journal_stop, pod,
                                      STOP_JOURNAL_TIMEOUT_USEC);
        return r < 0 ? r : 0;
}

int sysd_pod_kill(SysdPod *pod, Error *e) {
        int first = 0;

        if (!pod->bus)
                return unreachable(e);
        for (size_t i = 0; i < pod->n_apps; i++) {
                int r = 0;

                if (pod->apps[i]->state == SYSD_APP_ENDED)
                        continue;
                r = sysd_unit_kill(pod->bus, pod->apps[i]->unit, SIGKILL, e);
                if (r < 0 && first >= 0)
                        first = r;
        }
        return first;
}
