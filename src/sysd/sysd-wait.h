/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Waiting for one job, for programs that have nothing else to do meanwhile. */

#include <systemd/sd-bus.h>

#include "errors.h"

/**
 * sysd_stop_and_wait() - stop a unit and return when it has stopped
 *
 * Returns: 0, also when there is no such unit; -ETIMEDOUT after more than systemd's own limits
 *          should take; -EIO when the stop failed or another job took its place; a negative errno.
 */
int sysd_stop_and_wait(sd_bus *bus, const char *unit, Error *e);
