/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* machined: a pod as a machine that machinectl and journalctl -M know. Never needed: a host without
 * machined runs pods as well. */

#include <systemd/sd-bus.h>

#include "sysd-names.h"

/* @taken: not done, since the name is another machine's. */
typedef void (*SysdMachineHandler)(bool taken, void *userdata);

/**
 * sysd_machine_register() - register the calling process's pod
 * @root:    the host path shown as the machine's root
 * @leader:  a process of the pod; the machine ends with it. It must be in its own unit by now, since
 *           machined takes that unit for the machine's
 * @handler: called when machined has answered, whatever it said, or did not in time
 * @ret:     drop it to not be called
 *
 * Returns: 0 when the call was sent; a negative errno.
 */
int sysd_machine_register(sd_bus *bus,
                          const SysdNames *names,
                          const Uuid *pod,
                          const char *root,
                          pid_t leader,
                          SysdMachineHandler handler,
                          void *userdata,
                          sd_bus_slot **ret);

/**
 * sysd_machine_unregister() - take the registration back
 *
 * For a pod in a service: machined forgets a machine with its unit, and a service that is started again
 * at once is always there (seen on 252). As above; the caller must stay until it is answered.
 */
int sysd_machine_unregister(sd_bus *bus,
                            const SysdNames *names,
                            SysdMachineHandler handler,
                            void *userdata,
                            sd_bus_slot **ret);

/* Takes back what a supervisor could not, and waits; nothing happens where there is none of the pod's. */
void sysd_machine_forget(sd_bus *bus, const SysdNames *names, const Uuid *pod);

/* Kills all processes of the machine, if there is one of the pod's. Returns 0; a negative errno. */
int sysd_machine_kill(sd_bus *bus, const SysdNames *names, const Uuid *pod, Error *e);
