/* SPDX-License-Identifier: Apache-2.0 */
#include <systemd/sd-journal.h>

#include "stage1-network.h"
#include "stage1-status.h"

void stage1_network_end(const Pod *pod, const Stage1Args *args) {
        _cleanup_(error_done) Error e = ERROR_NULL;
        _cleanup_(freep) char *text = NULL;
        int r = stage1_network_leave(pod, args->local_config, &e);

        if (r >= 0)
                return;
        (void) stage1_fail("stage1", &e, r, args->debug);
        /* A detached pod has nobody to read that. */
        text = error_format(&e, r, false);
        (void) sd_journal_send("MESSAGE=%s", text ? text : strerror(-r), "PRIORITY=4",
                               "RKT_POD_UUID=%s", pod->uuid.text, NULL);
}
