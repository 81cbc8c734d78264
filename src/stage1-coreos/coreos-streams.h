/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Where the standard streams of an app lead. For those that are attached to, a helper is a unit beside the app's:
 * it makes what the app's unit opens. */

#include "stage1-app.h"
#include "sysd-property.h"

/**
 * coreos_streams_set() - set an app's standard streams, and write what its helper reads
 * @interactive: they are the pod's console
 * @unit:        gets what the app's unit depends on
 * @service:     gets where its streams lead
 *
 * Returns: 0; a negative errno.
 */
int coreos_streams_set(int root_fd,
                       const Stage1App *app,
                       bool interactive,
                       SysdProperties *unit,
                       SysdProperties *service,
                       Error *e);

/* Removes what the helper of an app has read and made; missing is fine. */
int coreos_streams_forget(int root_fd, const char *app);
