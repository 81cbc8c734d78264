/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The files inside a pod's directory. Names and formats are the original's (inventory 2.3): stage1
 * images and other tools read them. */

#include <stdint.h>

#include "appc-pod.h"
#include "pod.h"

#define POD_MANIFEST_MAX ((size_t) 4 * 1024 * 1024)

/* Below the pod's directory. */
#define POD_STAGE1_ROOTFS "stage1/rootfs"
#define POD_STAGE1_MANIFEST "stage1/manifest"
#define POD_STAGE1_TREE "stage1TreeStoreID"
#define POD_OVERLAY_MARK "overlay-prepared"

/* "stage1/rootfs/opt/stage2/APP", "appsinfo/APP": allocated; NULL when out of memory. */
char *pod_app_directory(const char *app);
char *pod_app_info(const char *app);

/* The pod's manifest. Returns 0; -ENOENT while it is being made; what appc_pod_parse() returns. */
int pod_read_manifest(const Pod *pod, AppcPod **ret, Error *e);
int pod_write_manifest(const Pod *pod, const char *text, size_t n, Error *e);

/* When this returns, what it takes to read a status of the pod's is on disk: its manifest, and the name of
 * the tree whose overlay has the status. */
int pod_sync(const Pod *pod, Error *e);

/* The manifest of the image that an app was made from, as of the pod's making. */
int pod_read_app_image(const Pod *pod, const char *app, AppcImage **ret, Error *e);
int pod_read_stage1_manifest(const Pod *pod, AppcImage **ret, Error *e);

/* Trees (layers) that the pod or one of its apps stands on, topmost first: one key a line. */
int pod_read_trees(const Pod *pod, const char *path, Strv *ret);
int pod_write_trees(const Pod *pod, const char *path, char *const *keys, Error *e);

/* Nanoseconds since the epoch; 0 where the pod has not come so far. */
int64_t pod_created(const Pod *pod);
int64_t pod_started(const Pod *pod);
int64_t pod_marked(const Pod *pod);

/**
 * pod_read_pid() - the process that stands for the pod
 *
 * From the file "pid", or the only child of the one in "ppid".
 *
 * Returns: 0; -ENOENT when neither is there yet; -ESRCH when the process in ppid has no child yet;
 *          a negative errno.
 */
int pod_read_pid(const Pod *pod, pid_t *ret, Error *e);

/* What stage1 noted of an app: @exit_status is -1 while there is none, @restarts is how often systemd
 * has started it again. */
typedef struct PodAppEnd {
        int exit_status, restarts;
} PodAppEnd;

#define POD_RESTARTS "rkt/restarts"

/* Returns 0; a negative errno where stage1's root cannot be read. */
int pod_read_app_end(const Pod *pod, const char *app, PodAppEnd *ret);

/* Whether stage1 said that every app it should start is up. */
bool pod_is_ready(const Pod *pod);

/* Opens a path below what stage1 sees as its root, whether that is mounted here or not. */
int pod_open_in_stage1(const Pod *pod, const char *path, int flags);
