/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Filling a new pod's directory, and mounting what it stands on when it starts.
 * Source: inventory 2.3, 2.4. */

#include "images.h"
#include "pod.h"

typedef struct PodPlan {
        const char *manifest; /* JSON, as it goes into the pod */
        size_t n_manifest;
        const AppcPod *pod; /* the same, parsed */
        const Image *apps;  /* one for each app */
        const Image *stage1;
        bool overlay;       /* otherwise the trees are copied */
        bool private_users; /* a range of users that is the pod's own */
} PodPlan;

/* Everything but mounts; the pod is locked and in "prepare". */
int pod_prepare(
        const Stage0 *stage0, Images *images, const Pod *pod, const PodPlan *plan, Error *e);

/* Mounts stage1's and the apps' trees of a pod in "run", if it was prepared for overlays. With private users
 * the mounts translate owners, unless @as_stored is said: then files belong to whom they do on disk. */
int pod_mount(const Stage0 *stage0, const Pod *pod, bool as_stored, Error *e);

bool pod_has_overlays(const Pod *pod);

/* The same for one app, of a pod that is there already. */
int pod_prepare_app(Images *images,
                    const Pod *pod,
                    const char *name,
                    const Image *image,
                    bool overlay,
                    Error *e);
int pod_mount_app(const Stage0 *stage0, const Pod *pod, const char *app, Error *e);
