/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A pod as a machine of machined's: registered when it is worth it, and taken back where nothing else
 * takes it back. A host without machined runs pods as well. */

#include <systemd/sd-event.h>

#include "pod.h"
#include "skim-network.h"
#include "sysd-machine.h"
#include "sysd-pod.h"

typedef struct SkimMachine SkimMachine;

/* All borrowed; @path is the pod's directory, absolute. @known is called once, when machined has
 * answered or is known never to. */
typedef struct SkimMachineOf {
        sd_event *event;
        SysdPod *units;
        const Pod *pod;
        const char *path;
        SkimNetwork *network; /* entered for as long as it is a machine */
        void (*known)(void *userdata);
        void *userdata;
} SkimMachineOf;

/* NULL when out of memory. */
SkimMachine *skim_machine_new(const SkimMachineOf *of);
SkimMachine *skim_machine_free(SkimMachine *machine);

/* Asks machined, unless it was asked already. */
void skim_machine_register(SkimMachine *machine);

/* The same at once where somebody waits for the pod to be ready, and otherwise in a while. */
int skim_machine_register_in_time(SkimMachine *machine, Error *e);

bool skim_machine_is_known(const SkimMachine *machine);

/* The pod ends. Returns whether @handler will be called, when machined has heard it. */
bool skim_machine_leave(SkimMachine *machine, SysdMachineHandler handler, void *userdata);
