/* SPDX-License-Identifier: Apache-2.0 */
#include "skim-machine.h"

#include <stdlib.h>
#include <unistd.h>

/* A pod that ends before is no machine: registering it would keep three daemons busy for longer than it
 * lived. Who waits for the pod to be ready finds it registered. */
#define REGISTER_AFTER_USEC ((uint64_t) 50 * 1000)

struct SkimMachine {
        SkimMachineOf of;
        sd_event_source *timer;
        sd_bus_slot *register_slot, *unregister_slot;
        bool registered; /* machined was asked to */
        bool known;      /* and has answered, or never will */
        bool is_another; /* and had one of that name that is not the pod */
};

SkimMachine *skim_machine_new(const SkimMachineOf *of) {
        SkimMachine *machine = calloc(1, sizeof(SkimMachine));

        if (machine)
                machine->of = *of;
        return machine;
}

SkimMachine *skim_machine_free(SkimMachine *machine) {
        if (!machine)
                return NULL;
        sd_event_source_disable_unref(machine->timer);
        sd_bus_slot_unref(machine->register_slot);
        sd_bus_slot_unref(machine->unregister_slot);
        free(machine);
        return NULL;
}

static void on_registered(bool taken, void *userdata) {
        SkimMachine *machine = userdata;

        /* The pod runs without being one. */
        machine->is_another = taken;
        machine->known = true;
        machine->of.known(machine->of.userdata);
}

static int call_machined(SkimMachine *machine) {
        sd_bus *bus = sysd_pod_bus(machine->of.units);
        _cleanup_(freep) char *root = NULL;

        if (!bus)
                return -ENOTCONN;
        if (asprintf(&root, "%s/stage1/rootfs", machine->of.path) < 0) {
                root = NULL;
                return -ENOMEM;
        }
        return sysd_machine_register(bus, sysd_pod_names(machine->of.units), &machine->of.pod->uuid,
                                     root, getpid(), on_registered, machine,
                                     &machine->register_slot);
}

void skim_machine_register(SkimMachine *machine) {
        machine->timer = sd_event_source_disable_unref(machine->timer);
        if (machine->registered)
                return;
        skim_network_enter(machine->of.network);
        machine->registered = call_machined(machine) >= 0;
        if (!machine->registered)
                on_registered(false, machine);
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata) {
        (void) source;
        (void) usec;
        skim_machine_register(userdata);
        return 0;
}

/* Who waits for the pod waits for machined too, so it is asked while systemd starts the apps. */
int skim_machine_register_in_time(SkimMachine *machine, Error *e) {
        int r = 0;

        if (getenv("NOTIFY_SOCKET")) {
                skim_machine_register(machine);
                return 0;
        }
        r = sd_event_add_time_relative(machine->of.event, &machine->timer, CLOCK_MONOTONIC,
                                       REGISTER_AFTER_USEC, 0, on_timer, machine);
        return r < 0 ? error_wrap(e, r, "cannot set a timer") : 0;
}

bool skim_machine_is_known(const SkimMachine *machine) {
        return machine->known;
}

/* A scope takes its machine along; a service may be started again before machined has looked. */
bool skim_machine_leave(SkimMachine *machine, SysdMachineHandler handler, void *userdata) {
        const SysdNames *names = sysd_pod_names(machine->of.units);
        sd_bus *bus = sysd_pod_bus(machine->of.units);

        machine->timer = sd_event_source_disable_unref(machine->timer);
        return machine->registered && !machine->is_another && bus &&
               strcmp(sysd_pod_holder(machine->of.units), names->scope) != 0 &&
               sysd_machine_unregister(bus, names, handler, userdata, &machine->unregister_slot) >=
                       0;
}
