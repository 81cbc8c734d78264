/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* From the command line of run or prepare to a pod in "prepare": images found, manifest assembled,
 * directory filled. */

#include "image.h"
#include "pods.h"
#include "run-settings.h"

/**
 * pod_make() - make a pod
 * @ret: locked, in "prepare". On failure nothing is left of it
 *
 * Returns: 0; any errno of what the user, an image or the disk is wrong about.
 */
int pod_make(const Stage0 *stage0, const RunSettings *settings, Pod **ret, Error *e);

/* What options must agree on, before anything is done. */
int pod_check_settings(const Rkt *rkt, RunSettings *settings, Error *e);

/* Whether the apps' images may run in this stage1: -EKEYREJECTED where it wants verified ones only. */
int pod_check_trust(
        const Stage0 *stage0, const AppcImage *stage1, const Image *apps, size_t n, Error *e);
