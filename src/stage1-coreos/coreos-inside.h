/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A running pod's own mounts, reached from the host. Whatever is in the pod may be the work of an app that broke
 * out of its tree: no path leads out of the pod's root. */

#include "coreos-bind.h"
#include "pod-ids.h"
#include "stage1-app.h"

typedef struct CoreosInside {
        int process_fd; /* a pidfd of the pod's first process */
        int root_fd;    /* its root directory, with what is mounted there */
        pid_t pid;
        PodIds ids;
} CoreosInside;

#define COREOS_INSIDE_NULL ((CoreosInside){ .process_fd = -EBADF, .root_fd = -EBADF })

/* Returns 0; -ESRCH when the pod does not run; a negative errno. */
int coreos_inside_open(const Pod *pod, CoreosInside *ret, Error *e);
void coreos_inside_done(CoreosInside *inside);

/* What capabilities the pod's processes can have at most. Returns 0; a negative errno. */
int coreos_inside_capabilities(const CoreosInside *inside, uint64_t *ret, Error *e);

/**
 * coreos_inside_mount() - mount an app's tree in the pod, where it does not appear by itself, and @binds
 *
 * The caller has the pod's mounts for its own from then on, and its root directory.
 *
 * Returns: 0; a negative errno.
 */
int coreos_inside_mount(const CoreosInside *inside,
                        const Stage1App *app,
                        const CoreosBinds *binds,
                        Error *e);

/* Unmounts an app's tree and volumes there, whatever is of them; as above. */
int coreos_inside_unmount(const CoreosInside *inside, const char *app, Error *e);
