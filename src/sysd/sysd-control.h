/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What systemd leaves on disk of units that are long gone: drop-ins of "systemctl set-property" and rkt
 * update, and what it told journald of them. */

#include "errors.h"
#include "sysd-names.h"

/* Removes those of a pod's units. Returns 0; a negative errno, with the rest done. */
int sysd_control_remove(const SysdNames *names, Error *e);

/* The fields for the journal of one unit, which 252 and 257 do not remove with it. */
void sysd_log_fields_remove(const char *unit);
