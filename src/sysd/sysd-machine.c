/* SPDX-License-Identifier: Apache-2.0 */
#include "sysd-machine.h"

#include <stdio.h>
#include <unistd.h>

#define SERVICE "org.freedesktop.machine1"
#define PATH "/org/freedesktop/machine1"
#define MANAGER "org.freedesktop.machine1.Manager"
#define STATE_DIRECTORY "/run/systemd/machines"
#define ANSWER_TIMEOUT_USEC ((uint64_t) 5 * 1000 * 1000)

typedef struct Registration {
        SysdMachineHandler handler;
        void *userdata;
} Registration;

static int on_answer(sd_bus_message *m, void *userdata, sd_bus_error *ignored) {
        const Registration *registration = userdata;

        (void) m;
        (void) ignored;
        registration->handler(registration->userdata);
        return 0;
}

static int make_call(sd_bus *bus,
                     const SysdNames *names,
                     const Uuid *pod,
                     const char *root,
                     pid_t leader,
                     sd_bus_message **ret) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *call = NULL;
        uint8_t id[16];
        int r = sd_bus_message_new_method_call(bus, &call, SERVICE, PATH, MANAGER,
                                               "RegisterMachine");

        uuid_bytes(pod, id);
        if (r >= 0)
                r = sd_bus_message_append(call, "s", names->machine);
        if (r >= 0)
                r = sd_bus_message_append_array(call, 'y', id, sizeof(id));
        if (r >= 0)
                r = sd_bus_message_append(call, "ssus", "rkt", "container", (uint32_t) leader,
                                          root);
        if (r < 0)
                return r;
        *ret = ptr_take(&call);
        return 0;
}

static int send_call(sd_bus *bus,
                     sd_bus_message *call,
                     SysdMachineHandler handler,
                     void *userdata,
                     sd_bus_slot **ret) {
        Registration *registration = malloc(sizeof(Registration));
        int r = 0;

        if (!registration)
                return -ENOMEM;
        *registration = (Registration){ handler, userdata };
        r = sd_bus_call_async(bus, ret, call, on_answer, registration, ANSWER_TIMEOUT_USEC);
        if (r < 0) {
                free(registration);
                return r;
        }
        r = sd_bus_slot_set_destroy_callback(*ret, free);
        return r < 0 ? r : 0;
}

int sysd_machine_register(sd_bus *bus,
                          const SysdNames *names,
                          const Uuid *pod,
                          const char *root,
                          pid_t leader,
                          SysdMachineHandler handler,
                          void *userdata,
                          sd_bus_slot **ret) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *call = NULL;
        int r = make_call(bus, names, pod, root, leader, &call);

        return r < 0 ? r : send_call(bus, call, handler, userdata, ret);
}

int sysd_machine_unregister(sd_bus *bus,
                            const SysdNames *names,
                            SysdMachineHandler handler,
                            void *userdata,
                            sd_bus_slot **ret) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *call = NULL;
        int r = sd_bus_message_new_method_call(bus, &call, SERVICE, PATH, MANAGER,
                                               "UnregisterMachine");

        if (r >= 0)
                r = sd_bus_message_append(call, "s", names->machine);
        return r < 0 ? r : send_call(bus, call, handler, userdata, ret);
}

void sysd_machine_forget(sd_bus *bus, const SysdNames *names) {
        _cleanup_(freep) char *state = NULL;

        if (asprintf(&state, STATE_DIRECTORY "/%s", names->machine) < 0) {
                state = NULL;
                return;
        }
        if (access(state, F_OK) == 0)
                (void) sd_bus_call_method(bus, SERVICE, PATH, MANAGER, "UnregisterMachine", NULL,
                                          NULL, "s", names->machine);
}
