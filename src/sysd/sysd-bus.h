/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Talking to the host's service manager: connecting, calling, and what its refusals mean. */

#include <systemd/sd-bus.h>

#include "errors.h"
#include "sysd-property.h"

#define SYSD_SERVICE "org.freedesktop.systemd1"
#define SYSD_PATH "/org/freedesktop/systemd1"
#define SYSD_MANAGER "org.freedesktop.systemd1.Manager"

/**
 * sysd_connect() - connect to the system bus of a host that systemd runs
 * @ret: owned by the caller, sd_bus_flush_close_unref()
 *
 * Returns: 0; -EHOSTDOWN when systemd is not the host's service manager; a negative errno.
 */
int sysd_connect(sd_bus **ret, Error *e);

/* A refusal as an error: its errno decides, the manager's own words become the cause. */
int sysd_refusal(Error *e, int r, const sd_bus_error *refusal, const char *subject);

/* A unit to be made, by StartTransientUnit. */
typedef struct SysdUnit {
        const char *name;
        const SysdProperties *properties;
} SysdUnit;

/**
 * sysd_start_transient() - make and start units in one transaction
 * @units: at least one; the last is started, the others only as its dependencies pull them in
 * @ret_job: the job's object path, allocated; may be NULL
 *
 * Returns: 0; -EEXIST when a unit of that name is there; a negative errno. @e names the property
 *          or unit that systemd refused.
 */
int sysd_start_transient(
        sd_bus *bus, const SysdUnit *units, size_t n_units, char **ret_job, Error *e);

/**
 * sysd_unit_job() - ask for a job on one unit ("StopUnit", "StartUnit", "RestartUnit")
 * @ret_job: the job's object path, allocated; may be NULL
 *
 * Returns: 1; 0 when there is no such unit; a negative errno.
 */
int sysd_unit_job(sd_bus *bus, const char *method, const char *unit, char **ret_job, Error *e);

/* The same without waiting for the answer, whatever it is. */
int sysd_unit_job_later(sd_bus *bus, const char *method, const char *unit);

/* Sends a signal to all processes of a unit. Returns 1; 0 when there is none; a negative errno. */
int sysd_unit_kill(sd_bus *bus, const char *unit, int signal_number, Error *e);
