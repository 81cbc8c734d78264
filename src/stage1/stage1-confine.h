/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What a process gives up before it executes something of an app: the app itself, or what a user
 * enters with, where no systemd takes it away. */

#include "stage1-app.h"
#include "stage1-args.h"

typedef struct Stage1Confinement Stage1Confinement;

/**
 * stage1_confinement_new() - find out what is to be given up, while all files can still be read
 * @by_default:  the original's sets of capabilities and system calls hold where the app's isolators
 *               name none; otherwise all stay
 * @ret_ignored: names of isolators that are not enforced so; NULL when there are none
 *
 * Returns: 0; -EINVAL, -EOPNOTSUPP and what stage1_app_identity() returns.
 */
int stage1_confinement_new(const Stage1App *app,
                           const Stage1Args *args,
                           bool by_default,
                           Stage1Confinement **ret,
                           Strv *ret_ignored,
                           Error *e);
Stage1Confinement *stage1_confinement_free(Stage1Confinement *confinement);
DEFINE_CLEANUP(Stage1Confinement, stage1_confinement_free);

/**
 * stage1_confinement_follow() - take over the SELinux label of a process of the app
 *
 * While the host's /proc can still be seen. Nothing happens on a host without SELinux.
 *
 * Returns: 0; a negative errno.
 */
int stage1_confinement_follow(Stage1Confinement *confinement, pid_t pid, Error *e);

/**
 * stage1_confine() - apply it to the calling process, whose next act is an execve()
 * @parent: the process whose end is to kill this one; 0 for none
 *
 * Descriptors beyond the third are closed by that execve().
 */
int stage1_confine(const Stage1Confinement *confinement, pid_t parent, Error *e);
