/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What a process gives up before it executes something of an app: the app itself, or what a user
 * enters with. By default this flavor takes nothing away; what the app's isolators name is. */

#include "stage1-app.h"
#include "stage1-args.h"

typedef struct FlyConfinement FlyConfinement;

/**
 * fly_confinement_new() - find out what is to be given up, while all files can still be read
 * @ret_ignored: names of isolators that this flavor does not enforce; NULL when there are none
 *
 * Returns: 0; -EINVAL, -EOPNOTSUPP and what stage1_app_identity() returns.
 */
int fly_confinement_new(const Stage1App *app,
                        const Stage1Args *args,
                        FlyConfinement **ret,
                        Strv *ret_ignored,
                        Error *e);
FlyConfinement *fly_confinement_free(FlyConfinement *confinement);
DEFINE_CLEANUP(FlyConfinement, fly_confinement_free);

/**
 * fly_confine() - apply it to the calling process, whose next act is an execve()
 * @parent: the process whose end is to kill this one; 0 for none
 *
 * Descriptors beyond the third are closed by that execve().
 */
int fly_confine(const FlyConfinement *confinement, pid_t parent, Error *e);
