/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Following a unit: each watch is a match for that one object, so that a busy host's other units do
 * not wake us. Dropping the slot ends the watch.
 *
 * No Subscribe is needed: the manager sends a unit's signals to whoever holds a reference on it
 * (AddRef), and a job's to whoever asked for it (seen on 252 and 257). */

#include <stdbool.h>
#include <systemd/sd-bus.h>

#include "errors.h"

/* What a message told about a unit; the words are borrowed from the message. */
typedef struct SysdUnitReport {
        const char *active_state; /* NULL when it was not told */
        uint32_t job;             /* id of its pending job, 0 if it has none */
        const char *result;       /* of a service; NULL when not told */
        int32_t main_code, main_status;
} SysdUnitReport;

typedef void (*SysdUnitHandler)(const SysdUnitReport *report, void *userdata);
typedef void (*SysdJobHandler)(const char *result, void *userdata);

/* A watch on one unit or job; caller's memory, must not move while it lasts. */
typedef struct SysdWatch {
        sd_bus_slot *slot;
        SysdUnitHandler on_unit;
        SysdJobHandler on_job;
        const char *unit; /* of a watch on jobs; borrowed */
        void *userdata;
} SysdWatch;

void sysd_watch_done(SysdWatch *watch);

/* Reports each change of the unit. Returns 0; a negative errno. */
int sysd_watch_unit(
        sd_bus *bus, const char *unit, SysdUnitHandler handler, void *userdata, SysdWatch *ret);

/* Reports the end of the unit's jobs; @unit must stay. Watch first, then ask for the job: a short one
 * is gone before the answer is read. */
int sysd_watch_job(
        sd_bus *bus, const char *unit, SysdJobHandler handler, void *userdata, SysdWatch *ret);

/* Asks for the unit's state now; the answer comes to the watch's handler. A unit that is gone is
 * reported as "inactive" without a job. */
int sysd_watch_refresh(sd_bus *bus, const char *unit, SysdWatch *watch);
