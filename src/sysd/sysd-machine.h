/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* machined: a pod as a machine that machinectl and journalctl -M know. Never needed: a host without
 * machined runs pods as well. */

#include <systemd/sd-bus.h>

#include "sysd-names.h"

/**
 * sysd_machine_register() - register the calling process's pod, without waiting for the answer
 * @root:   the host path shown as the machine's root
 * @leader: a process of the pod; the machine ends with it. It must be in its own unit by now, since
 *          machined takes that unit for the machine's
 *
 * Returns: 0 when the call was sent; a negative errno.
 */
int sysd_machine_register(
        sd_bus *bus, const SysdNames *names, const Uuid *pod, const char *root, pid_t leader);
