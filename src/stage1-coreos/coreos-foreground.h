/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A pod in the foreground ends when all of it has, its networks too, and so does a service. These are left when
 * systemd-nspawn has ended, which therefore is a child here, and not what the caller becomes. */

#include <stdbool.h>

#include "errors.h"
#include "uuid.h"

/**
 * coreos_foreground() - go on in a child
 *
 * Returns 0 in the child alone. The caller's process waits: for the child, and then for whoever has inherited
 * what the child inherited and does not execute another program. It ends as the child did. Who asks it to end
 * asks the child. As the main process of a service (@is_main) it tells systemd what the child says, of which
 * systemd may not want to hear.
 *
 * Returns: 0; a negative errno, in the caller.
 */
int coreos_foreground(const Uuid *uuid, bool is_main, Error *e);

/* In the child, before it executes another program: it is not to outlive the caller. Nothing where there is
 * none. */
void coreos_foreground_bind(void);
