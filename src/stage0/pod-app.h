/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Apps that come and go while their pod runs. All changes of a pod's set of apps happen under the lock
 * of its manifest; whatever a crash leaves of one is overwritten by the next of its name, or goes with
 * the pod.
 *
 *   (none) --pod_app_add()--> created --start--> running --its end, or stop--> exited
 *      '<------------------------- pod_app_remove() ------------------------------'
 *
 * An app is there when the pod's manifest names it: that is written last when it comes, and last when
 * it goes. Source: inventory 1.26, 4.5. */

#include "pods.h"
#include "run-settings.h"

/* The one app of @settings, whose image is in the store. Returns 0; -EEXIST and others. */
int pod_app_add(const Stage0 *stage0, const Pod *pod, const RunSettings *settings, Error *e);

/* Stops it first if it runs. */
int pod_app_remove(const Stage0 *stage0, const Pod *pod, const char *app, Error *e);

/* Waits until the app is up. */
int pod_app_start(const Stage0 *stage0, const Pod *pod, const char *app, Error *e);

/* Waits until it has ended. Returns 0; -ESRCH when it does not run. */
int pod_app_stop(const Stage0 *stage0, const Pod *pod, const char *app, Error *e);
