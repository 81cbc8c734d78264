/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The stage1 interface as stage0 sees it: a pod's stage1 image names programs, which are executed
 * with the pod's directory as working directory.
 * Source: inventory part 4. */

#include "pods.h"

#define STAGE1_RUN "coreos.com/rkt/stage1/run"
#define STAGE1_ENTER "coreos.com/rkt/stage1/enter"
#define STAGE1_GC "coreos.com/rkt/stage1/gc"
#define STAGE1_ATTACH "coreos.com/rkt/stage1/attach"
#define STAGE1_STOP "coreos.com/rkt/stage1/stop"
#define STAGE1_APP_ADD "coreos.com/rkt/stage1/app/add"
#define STAGE1_APP_RM "coreos.com/rkt/stage1/app/rm"
#define STAGE1_APP_START "coreos.com/rkt/stage1/app/start"
#define STAGE1_APP_STOP "coreos.com/rkt/stage1/app/stop"
#define STAGE1_INTERFACE "coreos.com/rkt/stage1/interface-version"

/* Ours: the network a flavor uses when the user named none. Without it, "default". */
#define STAGE1_DEFAULT_NET "rkt/stage1/default-net"

/* Ours: "true" where apps see so much of the host that only verified images may run. */
#define STAGE1_VERIFIED_ONLY "rkt/stage1/verified-images-only"

/* Ours: "true" where stage1's programs run as well from the store's tree and change nothing in it. Then
 * a pod's stage1 root holds nothing but what is written there. */
#define STAGE1_RUNS_IN_PLACE "rkt/stage1/runs-in-place"

/* Ours: "true" where the host's users can reach the apps' trees: set-user-ID bits have no effect. */
#define STAGE1_NO_SUID "rkt/stage1/apps-without-suid"

/* Whether an annotation of a stage1 image is there and says "true". */
bool stage1_says(const AppcImage *manifest, const char *annotation);

/**
 * stage1_entrypoint() - the program behind an annotation of a pod's stage1 image
 *
 * In the pod's own stage1 root where that is mounted, otherwise in the tree it was made from.
 *
 * Returns: 0 and an absolute path, allocated; -ENOSYS when the image has no such annotation.
 */
int stage1_entrypoint(
        const Stage0 *stage0, const Pod *pod, const char *annotation, char **ret, Error *e);

/**
 * stage1_call() - run a program of stage1 and wait for its end
 * @arguments: what follows argv[0]; NULL-terminated
 * @with_stdio: give it ours; otherwise it gets standard error alone
 *
 * Returns: its exit status; a negative errno when it cannot be run.
 */
int stage1_call(const Stage0 *stage0,
                const Pod *pod,
                const char *annotation,
                char *const *arguments,
                bool with_stdio,
                Error *e);

/* Executes a program of stage1 in place of the caller. Returns only on failure. */
int stage1_replace(const Stage0 *stage0,
                   const Pod *pod,
                   const char *annotation,
                   char *const *arguments,
                   Error *e);

/**
 * stage1_cross() - run a program of stage1 for one app of a running pod, and wait for its end
 * @leader:    the process that stands for the pod
 * @arguments: what follows argv[0]; NULL-terminated
 *
 * It gets nothing of ours but the way into the pod's stage1. What it says is the cause in @e when it
 * fails; with --debug it goes to standard error.
 *
 * Returns: its exit status; a negative errno when it cannot be run.
 * Source: inventory 4.5.
 */
int stage1_cross(const Stage0 *stage0,
                 const Pod *pod,
                 pid_t leader,
                 const char *annotation,
                 char *const *arguments,
                 Error *e);

/* The interface version that a pod's stage1 speaks: 1 where it does not say. */
int stage1_interface_version(const Pod *pod);
