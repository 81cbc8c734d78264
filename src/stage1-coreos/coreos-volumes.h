/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Volumes of an app. */

#include "coreos-app.h"
#include "sysd-property.h"

/**
 * coreos_volumes_set() - find what an app's volumes are, and say in its unit where they go
 * @needs: gets what has to come into the pod for it
 *
 * Returns: 0; -ENOENT when a source is not there; another negative errno.
 */
int coreos_volumes_set(const Pod *pod,
                       const Stage1App *app,
                       const AppMounts *mounts,
                       CoreosNeeds *needs,
                       SysdProperties *p,
                       Error *e);

/* Adds an app's volumes to a list for coreos_mounts_write(). Returns 0; a negative errno. */
int coreos_volumes_list(const Stage1App *app, const AppMounts *mounts, Strv *ret);

/* Removes what an app's volumes were mounted on; they are not mounted any more. Returns 0; a negative errno. */
int coreos_volumes_forget(int root_fd, const char *app);
