/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Waiting, for programs that have nothing else to do meanwhile. */

#include <systemd/sd-bus.h>

#include "errors.h"

/**
 * sysd_stop_and_wait() - stop a unit and return when it has stopped
 *
 * Returns: 0, also when there is no such unit; -ETIMEDOUT after more than systemd's own limits
 *          should take; -EIO when the stop failed or another job took its place; a negative errno.
 */
int sysd_stop_and_wait(sd_bus *bus, const char *unit, Error *e);

/**
 * sysd_pause() - let time pass, unless there is nobody left to go on for
 * @reader_fd: the end that is written to of a pipe, socket or terminal; borrowed. Other files never end it
 * @usec:      how long
 *
 * Returns: 1 when the time has passed; 0 when whoever read @reader_fd has closed it; a negative errno when
 *          the connection is lost.
 */
int sysd_pause(sd_bus *bus, int reader_fd, uint64_t usec, Error *e);
