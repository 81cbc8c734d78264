/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A pod as units: one message for what holds it, one for all its apps, then its life until the
 * last app is gone. Callbacks run from the event loop that was given.
 *
 *            sysd_pod_anchor()         sysd_pod_start()            every app
 *   (new) ---------------------> held ------------------> started -----------> ended
 *                                        apps go up, or down, each by its own
 *
 * held:  the pod's slice, journal socket and scope are up (no scope when the caller is a service's
 *        main process: then that service holds the pod).
 * ended: no app runs and none will. The slice goes by itself once its last unit is gone. */

#include <signal.h>
#include <stdbool.h>
#include <systemd/sd-event.h>

#include "sysd-bus.h"
#include "sysd-names.h"
#include "sysd-result.h"

/* What the scope's processes get when it is to stop: nobody heeds it who does not ask for it. */
#define SYSD_POD_STOP_SIGNAL SIGURG

typedef enum SysdAppState {
        SYSD_APP_WAITING, /* its start job has not begun, or it is between restarts */
        SYSD_APP_UP,
        SYSD_APP_ENDED,
} SysdAppState;

typedef struct SysdApp {
        char *name, *unit;
        SysdProperties properties; /* what only this app has; the pod adds what all have */
        SysdAppState state;
        SysdResult result;
        bool restarting;   /* it has a Restart= of its own */
        uint32_t restarts; /* by systemd itself, as Restart= says */
        size_t n_fds; /* descriptors its properties will have when it is started, at most; known before
                         the anchor. 1 unless changed */
        struct SysdPod *pod; /* owner */
} SysdApp;

typedef struct SysdPodEvents {
        /* An app's state is another one, or it was started again. */
        void (*app_changed)(SysdApp *app, void *userdata);
        /* systemd cannot be reached for now, or again. What is asked of it meanwhile fails with
         * -ENOTCONN; the apps' states are up to date before it is said to be reached. */
        void (*reached)(bool reached, void *userdata);
} SysdPodEvents;

typedef struct SysdPod SysdPod;

typedef struct SysdPodPlace {
        const char *service; /* the unit whose main process the caller is and stays, or NULL */
        bool activating;     /* that service is not up until we say so: ordering after it would wait
                                for ever */
        const char *part_of; /* a service the caller runs in without being its main process: the
                                scope stops with it. NULL if there is none */
        const char *name;    /* what people call the pod; NULL for its UUID alone */
        bool awaited;        /* somebody waits for the apps to be up, and not for their end */
} SysdPodPlace;

int sysd_pod_new(sd_event *event,
                 const Uuid *uuid,
                 const SysdPodPlace *place,
                 const SysdPodEvents *events,
                 void *userdata,
                 SysdPod **ret,
                 Error *e);
SysdPod *sysd_pod_free(SysdPod *pod);
DEFINE_CLEANUP(SysdPod, sysd_pod_free);

const SysdNames *sysd_pod_names(const SysdPod *pod);

/* NULL while systemd cannot be reached. */
sd_bus *sysd_pod_bus(const SysdPod *pod);

/* The unit that holds the pod: its scope, or the caller's service. */
const char *sysd_pod_holder(const SysdPod *pod);

/* Adds an app, which starts after those added before. Owned by the pod. */
int sysd_pod_add_app(SysdPod *pod, const char *name, SysdApp **ret, Error *e);
SysdApp *const *sysd_pod_apps(const SysdPod *pod, size_t *ret_n);

/* Waits until the slice, the journal's socket and the scope with the calling process are up. */
int sysd_pod_anchor(SysdPod *pod, Error *e);

/**
 * sysd_pod_start() - hand all apps to systemd
 * @chain: each app requires the one before it and waits until that is up
 *
 * Returns once systemd has accepted them; what becomes of them comes by the events.
 */
int sysd_pod_start(SysdPod *pod, bool chain, Error *e);

/* Starts the app that was added last, on its own. Returns as sysd_pod_start(). */
int sysd_pod_start_app(SysdPod *pod, SysdApp *app, Error *e);

/* Asks for the end of one app. Returns 0, also when systemd knows no such unit any more. */
int sysd_pod_stop_app(SysdPod *pod, const SysdApp *app, Error *e);

/* Forgets an app that has ended or was never started, and lets systemd forget it: an app of its name
 * can be added then. Not from within an event. */
void sysd_pod_remove_app(SysdPod *pod, SysdApp *app);

/* Takes the calling process out of the pod's scope, so that it can see the pod's units end. Returns 0,
 * also where a service holds the pod; a negative errno. */
int sysd_pod_leave(SysdPod *pod, Error *e);

/* Asks for the orderly end of all apps, in reverse order. Harmless when said again. */
int sysd_pod_stop(SysdPod *pod, Error *e);

/* Asks for the end of the journal namespace's journald, which would stay for half a minute. For when
 * all output is in the journal. @handler is called when systemd has heard it: it does not listen to
 * who has left the bus. Returns 0; a negative errno, and then @handler is not called. */
int sysd_pod_stop_journal(SysdPod *pod, void (*handler)(void *userdata));

/* SIGKILL to all of them. */
int sysd_pod_kill(SysdPod *pod, Error *e);
