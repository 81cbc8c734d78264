/* SPDX-License-Identifier: Apache-2.0 */
#include "skim-place.h"

#include <stdlib.h>
#include <systemd/sd-login.h>
#include <unistd.h>

#include "stage1-args.h"

void skim_place(SysdPodPlace *ret, char **ret_unit) {
        _cleanup_(freep) char *unit = NULL;
        SysdPodPlace place = { .awaited = getenv("NOTIFY_SOCKET") != NULL };
        int r = sd_pid_get_unit(0, &unit);

        /* Outside of any unit, or below another manager's (a user's): a scope of our own. */
        if (r >= 0 && text_ends_with(unit, ".service") && !text_after(unit, "user@")) {
                if (stage1_is_main_process()) {
                        place.service = unit;
                        place.activating = place.awaited;
                } else if (getsid(0) != getpid())
                        place.part_of = unit; /* and not detached from it */
        }
        *ret = place;
        *ret_unit = ptr_take(&unit);
}
