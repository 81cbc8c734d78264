/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* One app as a service of the systemd inside the pod. */

#include "coreos-bind.h"
#include "coreos-limits.h"
#include "pod-ids.h"
#include "stage1-app.h"
#include "stage1-args.h"
#include "text.h"

/* Where the pod's systemd finds its units and, below that, volumes; inside the pod. */
#define COREOS_UNITS "rkt/units"
#define COREOS_APPS "rkt/apps" /* those of apps, behind its own */
#define COREOS_VOLUMES "/rkt/volumes"
#define COREOS_READY "rkt/ready" /* where it is seen that every app is up */

/* What the apps need from around them, summed up. */
typedef struct CoreosNeeds {
        const char *pod_path; /* absolute, borrowed */
        int root_fd;          /* of the pod's root, borrowed */
        bool own_usr;         /* the image brings a /usr; otherwise it is the host's */
        char *network;        /* the namespace of the pod's networks; NULL if it has none */
        Strv files;   /* of an app that the pod has its own of, by pairs: in the pod, in the app */
        char *hosts;  /* text of /etc/hosts for an app whose image has none */
        Strv sockets; /* names of those that systemd passed to us; "" once an app has one */
        Strv socket_units;     /* what the pod's systemd is to hold them for its apps with */
        PodIds ids;            /* whose the pod's root is */
        uint64_t capabilities; /* that some app keeps */
        CoreosLimits limits;   /* of the pod as a whole */
        CoreosBinds binds;     /* that come into the pod */
        Strv users, groups;    /* lines of passwd and group */
} CoreosNeeds;

void coreos_needs_done(CoreosNeeds *needs);

/**
 * coreos_app_write() - write an app's unit below the pod's root
 *
 * Returns: 0; any errno of what an app may be wrong about.
 */
int coreos_app_write(const Pod *pod,
                     int root_fd,
                     const AppcPod *manifest,
                     const Stage1App *app,
                     const Stage1Args *args,
                     CoreosNeeds *needs,
                     Error *e);

/* Removes it again; missing is fine. */
int coreos_app_remove(int root_fd, const char *app, Error *e);
