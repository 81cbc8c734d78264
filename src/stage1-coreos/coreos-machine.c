/* SPDX-License-Identifier: Apache-2.0 */
#include "coreos-machine.h"

#include "sysd-bus.h"
#include "sysd-host.h"
#include "sysd-machine.h"

int coreos_machine_kill(const Uuid *uuid, Error *e) {
        _cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
        SysdNames names;
        int r = 0;

        sysd_names_init(uuid, &names);
        if (!sysd_machine_is_listed(&names))
                return 0;
        r = sysd_connect(&bus, e);
        return r < 0 ? r : sysd_machine_kill(bus, &names, uuid, e);
}
