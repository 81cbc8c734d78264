/* SPDX-License-Identifier: Apache-2.0 */
#include "sysd-host.h"

#include <stdio.h>
#include <unistd.h>

#define STATE_DIRECTORY "/run/systemd/machines"

bool sysd_host_is_booted(void) {
        return access("/run/systemd/system", F_OK) == 0;
}

/* Whoever ends as he should takes his machine off machined's list: mostly nobody needs to be asked. */
bool sysd_machine_is_listed(const SysdNames *names) {
        char state[sizeof(STATE_DIRECTORY "/") + sizeof(names->machine)];

        (void) snprintf(state, sizeof(state), STATE_DIRECTORY "/%s", names->machine);
        return access(state, F_OK) == 0;
}
