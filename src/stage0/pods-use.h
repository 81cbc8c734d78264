/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What pods hold on to in the image store. */

#include "pods.h"

typedef struct PodsUse {
        Strv trees;  /* keys of trees that any pod stands on */
        Strv images; /* ids of images that apps of running pods were made from */
} PodsUse;

/* Whoever removes things by this holds store_lock_trees() exclusively, so that no pod is being made.
 * Returns 0; a negative errno: then nothing may be removed. */
int pods_use_read(const Stage0 *stage0, PodsUse *ret, Error *e);
void pods_use_done(PodsUse *use);
