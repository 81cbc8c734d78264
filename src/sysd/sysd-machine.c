/* SPDX-License-Identifier: Apache-2.0 */
#include "sysd-machine.h"

int sysd_machine_register(
        sd_bus *bus, const SysdNames *names, const Uuid *pod, const char *root, pid_t leader) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *call = NULL;
        uint8_t id[16];
        int r = sd_bus_message_new_method_call(
                bus, &call, "org.freedesktop.machine1", "/org/freedesktop/machine1",
                "org.freedesktop.machine1.Manager", "RegisterMachine");

        if (r < 0)
                return r;
        uuid_bytes(pod, id);
        r = sd_bus_message_append(call, "s", names->machine);
        if (r < 0)
                return r;
        r = sd_bus_message_append_array(call, 'y', id, sizeof(id));
        if (r < 0)
                return r;
        r = sd_bus_message_append(call, "ssus", "rkt", "container", (uint32_t) leader, root);
        if (r < 0)
                return r;
        /* Without a slot nobody waits; machined's refusal, or its absence, changes nothing. */
        r = sd_bus_message_set_expect_reply(call, 0);
        if (r < 0)
                return r;
        return sd_bus_send(bus, call, NULL);
}
