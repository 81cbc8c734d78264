/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* An app of the pod as every flavor finds it on disk. */

#include "app-mounts.h"
#include "app-user.h"
#include "appc-pod.h"
#include "pod.h"
#include "text.h"

typedef struct Stage1App {
        const AppcRuntimeApp *runtime; /* borrowed from the pod's manifest */
        const AppcApp *app;            /* effective: the pod's or the image's */
        AppcImage *image;
        int root_fd;     /* the app's tree */
        char *root_path; /* its absolute path on the host */
} Stage1App;

#define STAGE1_APP_NULL ((Stage1App){ .root_fd = -EBADF })

/* Opens what is on disk of an app. Returns 0; -EINVAL when nothing says what to run; others. */
int stage1_app_open(const Pod *pod,
                    const char *pod_path,
                    const AppcRuntimeApp *runtime,
                    Stage1App *ret,
                    Error *e);
void stage1_app_done(Stage1App *app);

/**
 * stage1_app_find() - open an app of the pod by its name, as the pod's manifest has it now
 * @ret_manifest: what the app borrows from; release it after the app
 *
 * Returns: 0; -ENOENT when the pod has no such app; as stage1_app_open().
 */
int stage1_app_find(const Pod *pod,
                    const char *pod_path,
                    const char *name,
                    AppcPod **ret_manifest,
                    Stage1App *ret,
                    Error *e);

/* Who the app runs as. Returns as app_identity_resolve(). */
int stage1_app_identity(const Stage1App *app, AppIdentity *ret, Error *e);

/* What the app executes. Returns 0 and words borrowed from it; -EINVAL when it says nothing. */
int stage1_app_command(const Stage1App *app, char *const **ret, Error *e);

/* Whether the app tells systemd when it is ready: the pod says so, or else the image. */
bool stage1_app_speaks_notify(const Stage1App *app);

/* What is mounted where in the app. Returns as app_mounts_resolve(). */
int stage1_app_mounts(const AppcPod *pod_manifest, const Stage1App *app, AppMounts *ret, Error *e);

/* Says on standard error which of an app's volumes nobody asked for: once, when it becomes the pod's. */
int stage1_app_tell_mounts(const AppcPod *pod_manifest, const Stage1App *app, Error *e);

/* What is mounted, opened, and where it lies once symlinks are followed: of each mount, in their order. */
typedef struct Stage1Volumes {
        int *fds;
        Strv places;
        size_t n;
} Stage1Volumes;

void stage1_volumes_done(Stage1Volumes *volumes);

/* Opens the volumes, and makes empty ones; symlinks are followed from @root_fd on. Returns as app_mount_places(). */
int stage1_volumes_open(
        const Pod *pod, int root_fd, const AppMounts *mounts, Stage1Volumes *ret, Error *e);

/* Where those of kind "empty" lie below the pod, by their names: made at the first use, shared by apps that name the
 * same, and gone with the pod. */
#define STAGE1_EMPTY_VOLUMES "sharedVolumes"

/* Opens what is behind a volume, perhaps with O_PATH. Returns a descriptor; a negative errno. */
int stage1_volume_open(const Pod *pod, const AppcVolume *volume, Error *e);
