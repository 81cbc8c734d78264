/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* From images and the command line to a pod manifest. Pure.
 * Source: inventory 4.7. */

#include "image.h"
#include "run-settings.h"

#define POD_MUTABLE_ANNOTATION "coreos.com/rkt/stage1/mutable"

/* Ours: how the apps of a pod are ordered ("none"; otherwise in a chain), and unit properties an app
 * asks for. Only a pod's manifest may carry them, never an image's. */
#define POD_ORDER_ANNOTATION "rkt/order"
#define POD_PROPERTIES_ANNOTATION "rkt/unit-properties"

/**
 * pod_manifest_make() - assemble the manifest
 * @images:  one for each of @settings->apps
 * @environ: inherited where --inherit-env says so
 *
 * Returns: 0; -EINVAL what does not fit together, in the original's words.
 */
int pod_manifest_make(const RunSettings *settings,
                      const Image *images,
                      char *const *environ,
                      AppcPod **ret,
                      Error *e);

/* Adds the one app of @settings to a pod that has others. On failure @pod is good for nothing. */
int pod_manifest_add(AppcPod *pod, const RunSettings *settings, const Image *image, Error *e);
void pod_manifest_remove(AppcPod *pod, const char *app);

/* Whether its apps come and go while it runs. */
bool pod_manifest_is_mutable(const AppcPod *pod);

/* Fills what a manifest given whole leaves out, for checking: each app's image must be there. */
int pod_manifest_check(const AppcPod *pod, const Image *images, Error *e);
