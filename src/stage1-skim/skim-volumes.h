/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Volumes of an app of this flavor. Without a root of its own the app sees a volume at the path it
 * means, on the host, and at that path in its tree; both only in its own mount namespace, which
 * only apps with volumes get. */

#include "skim-app.h"

/**
 * skim_volumes_set() - bind mounts for an app's unit
 *
 * Makes empty volumes in the pod's directory. Mount points that the host lacks are made there and
 * noted in the pod, so that skim_volumes_remove() takes them away again.
 */
int skim_volumes_set(const AppcPod *pod_manifest,
                     const Pod *pod,
                     const char *pod_path,
                     const Stage1App *app,
                     SysdProperties *p,
                     Error *e);

/* Makes @target and its missing parents on the host, a directory or an empty file, and notes what it
 * made. Returns 0; a negative errno. */
int skim_volumes_make_target(const Pod *pod, const char *target, bool directory, Error *e);

/* Removes the mount points made on the host, as far as they are empty. Never fails. */
void skim_volumes_remove(const Pod *pod);
