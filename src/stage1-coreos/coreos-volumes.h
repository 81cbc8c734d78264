/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Volumes of an app. */

#include "coreos-app.h"
#include "sysd-property.h"

/**
 * coreos_volumes_set() - find what an app's volumes are, and where they go
 * @needs: gets what has to come into the pod for it, or into the app's tree
 * @p:     gets what its systemd has to mount at each start
 * @list:  the same, for coreos_mounts_write()
 *
 * Returns: 0; -ENOENT when a source is not there; another negative errno.
 */
int coreos_volumes_set(const Pod *pod,
                       const Stage1App *app,
                       const AppMounts *mounts,
                       CoreosNeeds *needs,
                       SysdProperties *p,
                       Strv *list,
                       Error *e);

/* Removes what an app's volumes were mounted on; they are not mounted any more. Returns 0; a negative errno. */
int coreos_volumes_forget(int root_fd, const char *app);
