/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Removing pods, for gc, rm, and a start that failed. */

#include "stage1.h"

/**
 * pod_delete() - remove a pod that will not run again, and all it left
 * @pod: exited or garbage, locked by us
 *
 * Stage1's collector first (the pod's units, journal, mount points), then whatever is still mounted
 * in its directory, then the directory. What fails is said and does not keep the rest from going.
 *
 * Returns: 0; the first failure. Then the pod is still there, for the next time.
 */
int pod_delete(const Stage0 *stage0, Pod *pod, Error *e);
