/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What list and status tell about a pod, gathered once. */

#include "network-verify.h"
#include "pod-files.h"

/* A volume as one app sees it. */
typedef struct PodMountInfo {
        char *volume, *path;
        char *source; /* on the host; NULL for one that begins empty */
        bool read_only;
} PodMountInfo;

typedef struct PodAppInfo {
        char *name, *image_id;
        char *image_name;  /* with version; NULL when the image's manifest cannot be read */
        int exit_status;   /* -1 while there is none */
        const char *state; /* "created", "running", "exited" or "unknown" */
        int64_t created, started, finished; /* nanoseconds, 0 for unknown */
        int restarts;                       /* by systemd, as --restart= says */
        PodMountInfo *mounts;
        size_t n_mounts;
        AppcPairs user_annotations, user_labels;
} PodAppInfo;

typedef struct PodInfo {
        Uuid uuid;
        char *name; /* NULL for none */
        PodState state;
        int64_t created, started, marked; /* nanoseconds, 0 for unknown */
        char *networks;                   /* "default:ip4=172.16.28.2, ..."; never NULL */
        Json *net_info;                   /* what a network left; NULL for none */
        const NetworkVerdicts *checks;    /* of its networks, borrowed; NULL when nobody asked */
        PodAppInfo *apps;
        size_t n_apps;
        AppcPairs user_annotations, user_labels;
} PodInfo;

/* @problems: one line for each thing that could not be read, while the rest goes on. */
int pod_info_read(const Pod *pod, PodInfo *ret, Strv *problems);
void pod_info_done(PodInfo *info);

/* Tells of each app what is known of it alone, for pods whose apps come and go: pod_info_read() tells of
 * it what is known of the pod, as the original does everywhere else. */
void pod_info_look_at_apps(const Pod *pod, PodInfo *info);

/* "ok", "unsupported" or "failed". */
const char *pod_info_check_name(const NetworkVerdict *verdict);

/* The API's object for an app. */
void pod_info_write_app(JsonWriter *w, const PodAppInfo *app);

/* The API's object for it (inventory 1.12). Returns 0; -EINVAL when the pod has no creation time. */
int pod_info_write(JsonWriter *w, const PodInfo *info, Error *e);

/* Whether the pod has stopped and left what exited pods leave. */
bool pod_state_is_after_run(PodState state);
