/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Following a unit: each watch is a match for that one object, so that a busy host's other units do
 * not wake us.
 *
 * The manager sends a job's signals to whoever asked for it, a unit's to whoever holds a reference on
 * it (AddRef), and all to everybody once anybody has subscribed (seen on 252 and 257).
 *
 * The bus lets every local user send signals to our name, whatever they claim to be about, and
 * sd-bus compares a well-known sender with nothing (seen on 252). So only those whose sender is the
 * owner of the manager's name are believed. */

#include <stdbool.h>
#include <systemd/sd-bus.h>

#include "errors.h"

/* What a message told about a unit; the words are borrowed from the message. */
typedef struct SysdUnitReport {
        const char *active_state; /* NULL when it was not told */
        uint32_t job;             /* id of its pending job, 0 if it has none */
        const char *result;       /* of a service; NULL when not told */
        int32_t main_code, main_status;
        uint32_t restarts; /* how often systemd has started it again by itself; 0 when not told */
        bool asked;        /* it answers sysd_watch_refresh(), so it tells all at one moment */
        bool gone; /* systemd knows no such unit; then nothing else is told but "inactive" */
} SysdUnitReport;

typedef void (*SysdUnitHandler)(const SysdUnitReport *report, void *userdata);
typedef void (*SysdJobHandler)(const char *job, const char *result, void *userdata);

/* A watch on one unit or its jobs; caller's memory, must not move while it lasts. All zeroes is one
 * that watches nothing. */
typedef struct SysdWatch {
        sd_bus *bus;           /* borrowed */
        sd_bus_slot *signals;  /* matched */
        sd_bus_slot *question; /* asked by sysd_watch_refresh() and not yet answered */
        bool unanswered;       /* it could not be answered: ask again later */
        SysdUnitHandler on_unit;
        SysdJobHandler on_job;
        const char *unit; /* borrowed */
        void *userdata;
        char *manager; /* who is believed: a unique name on the bus; NULL until it is known */
} SysdWatch;

void sysd_watch_done(SysdWatch *watch);

/* Reports each change of the unit. @unit must stay. Returns 0; a negative errno. */
int sysd_watch_unit(
        sd_bus *bus, const char *unit, SysdUnitHandler handler, void *userdata, SysdWatch *ret);

/* Reports the end of each of the unit's jobs; @unit must stay. Watch first, then ask for the job: a
 * short one is gone before the answer is read. */
int sysd_watch_job(
        sd_bus *bus, const char *unit, SysdJobHandler handler, void *userdata, SysdWatch *ret);

/* Says who the manager is, where an answer of its own has told: otherwise the first signal costs a
 * question to the bus. NULL changes nothing. */
void sysd_watch_trust(SysdWatch *watch, const char *manager);

/**
 * sysd_watch_refresh() - ask for the unit's state; the answer comes to the watch's handler
 * @watch: on a unit
 *
 * When the manager cannot answer now, @watch->unanswered is set. Harmless while asking already.
 *
 * Returns: 0 when it was asked; a negative errno.
 */
int sysd_watch_refresh(SysdWatch *watch);
