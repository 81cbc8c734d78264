/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Taking back a pod that could not be started. */

#include "uuid.h"

/* The program that made the pod and its data directory, as stage0 names them to stage1. Ours alone:
 * the original has none. */
#define STAGE1_STAGE0_ENV "RKT_STAGE0"
#define STAGE1_STAGE0_DATA_ENV "RKT_STAGE0_DIR"

/* Set when nobody reads what the pod's apps print. Ours alone. */
#define STAGE1_DETACHED_ENV "RKT_DETACHED"

/* The descriptor that holds the pod's lock. */
#define STAGE1_LOCK_FD_ENV "RKT_LOCK_FD"

/* SELinux labels, of processes and of what they may change; empty where there are none. */
#define STAGE1_LABEL_ENV "RKT_SELINUX_CONTEXT"
#define STAGE1_MOUNT_LABEL_ENV "RKT_SELINUX_MOUNT_CONTEXT"

/**
 * stage1_abort() - have stage0 remove the pod, since it never ran
 *
 * Executes stage0 in place of the caller, which removes the pod and exits with 254. Returns only if
 * stage0 did not say where it is, or is gone: then the pod stays for the collector.
 */
void stage1_abort(const Uuid *pod);
