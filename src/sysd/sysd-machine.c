/* SPDX-License-Identifier: Apache-2.0 */
#include "sysd-machine.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "sysd-bus.h"
#include "sysd-host.h"

#define SERVICE "org.freedesktop.machine1"
#define PATH "/org/freedesktop/machine1"
#define MANAGER "org.freedesktop.machine1.Manager"
#define MACHINE "org.freedesktop.machine1.Machine"
#define EXISTS "org.freedesktop.machine1.MachineExists"
/* Of every pod, whatever its flavor. */
#define OUR_SERVICE "rkt"
#define ANSWER_TIMEOUT_USEC ((uint64_t) 5 * 1000 * 1000)

typedef struct Registration {
        SysdMachineHandler handler;
        void *userdata;
} Registration;

static int on_answer(sd_bus_message *m, void *userdata, sd_bus_error *ignored) {
        const Registration *registration = userdata;

        (void) ignored;
        registration->handler(sd_bus_message_is_method_error(m, EXISTS) > 0,
                              registration->userdata);
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
                r = sd_bus_message_append(call, "ssus", OUR_SERVICE, "container", (uint32_t) leader,
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

static bool has_service(sd_bus *bus, const char *path) {
        _cleanup_(freep) char *service = NULL;

        return sd_bus_get_property_string(bus, SERVICE, path, MACHINE, "Service", NULL, &service) >=
                       0 &&
               strcmp(service, OUR_SERVICE) == 0;
}

static bool has_id(sd_bus *bus, const char *path, const Uuid *pod) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        const void *bytes = NULL;
        uint8_t id[16];
        size_t n = 0;

        uuid_bytes(pod, id);
        return sd_bus_get_property(bus, SERVICE, path, MACHINE, "Id", NULL, &reply, "ay") >= 0 &&
               sd_bus_message_read_array(reply, 'y', &bytes, &n) >= 0 && n == sizeof(id) &&
               memcmp(bytes, id, n) == 0;
}

/* Whether machined knows a machine of the pod's name that is the pod: names are whose who comes first. */
static bool is_of(sd_bus *bus, const SysdNames *names, const Uuid *pod) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        const char *path = NULL;

        return sd_bus_call_method(bus, SERVICE, PATH, MANAGER, "GetMachine", NULL, &reply, "s",
                                  names->machine) >= 0 &&
               sd_bus_message_read(reply, "o", &path) >= 0 && has_service(bus, path) &&
               has_id(bus, path, pod);
}

void sysd_machine_forget(sd_bus *bus, const SysdNames *names, const Uuid *pod) {
        if (sysd_machine_is_listed(names) && is_of(bus, names, pod))
                (void) sd_bus_call_method(bus, SERVICE, PATH, MANAGER, "UnregisterMachine", NULL,
                                          NULL, "s", names->machine);
}

int sysd_machine_kill(sd_bus *bus, const SysdNames *names, const Uuid *pod, Error *e) {
        _cleanup_(sd_bus_error_free) sd_bus_error refusal = SD_BUS_ERROR_NULL;
        int r = 0;

        if (!is_of(bus, names, pod))
                return 0;
        r = sd_bus_call_method(bus, SERVICE, PATH, MANAGER, "KillMachine", &refusal, NULL, "ssi",
                               names->machine, "all", (int32_t) SIGKILL);
        return r >= 0 || !sysd_machine_is_listed(names)
                       ? 0
                       : sysd_refusal(e, r, &refusal, names->machine);
}
