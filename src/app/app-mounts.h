/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Which volume goes where in an app: the pod's mounts, then the image's mount points, each with the
 * volume of its name or an empty one made for it. Pure: nothing is mounted here.
 * Source: inventory 5.1.15; appc-oci 2.8. */

#include "appc-pod.h"

typedef struct AppMount {
        AppcVolume volume; /* its source is set for host volumes only */
        char *target;      /* absolute, cleaned, as the app means it */
        bool read_only;    /* decided: the volume's word, else the mount point's, else no */
        bool recursive;    /* decided: yes unless the volume says otherwise */
        bool implicit;     /* no volume was given for this mount point */
} AppMount;

typedef struct AppMounts {
        AppMount *items;
        size_t n;
} AppMounts;

#define APP_MOUNTS_NULL ((AppMounts){})

/**
 * app_mounts_resolve() - the mounts of one app
 * @app: the effective app section of @runtime
 *
 * Returns: 0; -ENOENT "could not find volume X"; -EINVAL.
 */
int app_mounts_resolve(const AppcPod *pod,
                       const AppcRuntimeApp *runtime,
                       const AppcApp *app,
                       AppMounts *ret,
                       Error *e);
void app_mounts_done(AppMounts *mounts);
