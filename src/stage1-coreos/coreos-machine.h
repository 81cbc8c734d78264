/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What outlives a systemd-nspawn that was killed: the systemd it had started. */

#include "errors.h"
#include "uuid.h"

/* Kills what is left of the pod's machine, if anything. Returns 0; a negative errno. */
int coreos_machine_kill(const Uuid *uuid, Error *e);
