/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What files tell of the host's systemd, for programs that are linked without libsystemd too. */

#include <stdbool.h>

#include "sysd-names.h"

/* Whether the host was booted with systemd. */
bool sysd_host_is_booted(void);

/* Whether there is a machine of that name, told without asking machined. */
bool sysd_machine_is_listed(const SysdNames *names);
