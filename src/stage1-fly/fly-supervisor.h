/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What "rkt run" becomes: it waits for the app, passes signals on, and takes what the app leaves
 * running down with it. */

#include <sys/types.h>

/* Blocks what fly_supervise() waits for; before the app is started. */
void fly_supervise_prepare(void);

/* Until the app ends. Returns its exit status, or 128 and the signal that ended it. */
int fly_supervise(pid_t app);
