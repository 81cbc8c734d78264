/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Sockets that the host's systemd opened for the service "rkt run" is, on their way to the apps they are meant
 * for: systemd-nspawn passes them on, and the pod's systemd knows by where they listen whose they are. */

#include "coreos-app.h"
#include "sysd-property.h"

/**
 * coreos_sockets_write() - write a unit for each socket that is an app's
 * @only: it is the pod's only app, which gets all
 * @unit: of the app, which is to need them
 *
 * Returns: 0; -EOPNOTSUPP for a kind of socket that cannot be passed on; another negative errno.
 */
int coreos_sockets_write(int root_fd,
                         const Stage1App *app,
                         bool only,
                         CoreosNeeds *needs,
                         SysdProperties *unit,
                         Error *e);
