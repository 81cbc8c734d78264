/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What an app of this flavor sees: its tree, and in it the host's /dev, /proc and /sys, a /tmp of
 * its own, and the pod's volumes.
 *
 * The app gets a mount namespace with nothing else in it, so that nothing is left on the host when
 * it ends. Volumes, /dev, /proc and /sys stay in the host's peer groups: what the app mounts in them
 * the host sees, and the other way round. */

#include "stage1-app.h"
#include "stage1-args.h"

typedef struct FlyMounts FlyMounts;

/**
 * fly_mounts_open() - find the sources of all that is to be mounted
 *
 * Sources that are mount points of the host are made shared, as this flavor promises.
 *
 * Returns: 0; -ENOENT, -EINVAL and others, naming the volume.
 */
int fly_mounts_open(const AppcPod *manifest,
                    const Pod *pod,
                    const Stage1App *app,
                    const Stage1Args *args,
                    FlyMounts **ret,
                    Error *e);
FlyMounts *fly_mounts_free(FlyMounts *mounts);
DEFINE_CLEANUP(FlyMounts, fly_mounts_free);

/**
 * fly_mounts_enter() - give the calling process the app's root
 * @root: the app's tree, relative to the working directory
 *
 * Afterwards the root and the working directory are the app's, and nothing of the host can be
 * reached but through the mounts.
 *
 * Returns: 0; a negative errno, and then the process must end.
 */
int fly_mounts_enter(FlyMounts *mounts, const char *root, bool read_only, Error *e);
