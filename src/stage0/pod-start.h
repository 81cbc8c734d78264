/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Starting a pod in "run": its mounts, then stage1 in our place.
 * Source: inventory 4.2. */

#include "run-settings.h"
#include "stage1.h"

/**
 * pod_run() - become the pod's stage1, or start it in the background with --detach
 * @pod: locked and in "run"
 *
 * Returns: the exit code of a detached start (0: every app is up); a negative errno. In the
 *          foreground it returns only on failure; then the pod is there, exited, for the caller.
 */
int pod_run(const Stage0 *stage0, const Pod *pod, const RunSettings *settings, Error *e);

/* All of it, from the command line to the end: makes a pod and runs it. One that never ran is taken
 * back. Returns as pod_run(). */
int pod_make_and_run(const Stage0 *stage0, const RunSettings *settings, Error *e);
