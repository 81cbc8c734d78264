/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What "rkt run" becomes: it waits for the app, passes signals on, and takes what the app leaves
 * running down with it. */

#include <stdbool.h>
#include <sys/types.h>

#include "errors.h"

/* Blocks what fly_supervise() waits for; before the app is started. */
void fly_supervise_prepare(void);

/**
 * fly_supervise() - wait until the app ends
 * @own_session: it is not in ours
 *
 * Returns: its exit status, or 128 and the signal that ended it.
 */
int fly_supervise(pid_t app, bool own_session);

/* Kills what the app has left running, whatever that has made its root directory, until there is no
 * more. @except: a child of our own, or 0.
 * Returns 0; -ENOENT where the kernel does not list children; another negative errno. */
int fly_end_children(pid_t except, Error *e);
