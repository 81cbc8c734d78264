/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Talking to the host's service manager: connecting, calling, and what its refusals mean. */

#include <stdbool.h>
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

/* A refusal as an error: its errno decides, the manager's own words become the cause. One that says
 * nothing but that no answer came is told as that. */
int sysd_refusal(Error *e, int r, const sd_bus_error *refusal, const char *subject);

/* Whether that is what a refusal says. */
bool sysd_is_no_such_unit(const sd_bus_error *refusal);

/* A job that the manager has taken on. */
typedef struct SysdJob {
        char *path;    /* of the job's object */
        char *manager; /* the unique name of who answered: signals of others are not believed */
} SysdJob;

void sysd_job_done(SysdJob *job);

/* A unit to be made, by StartTransientUnit. */
typedef struct SysdUnit {
        const char *name;
        const SysdProperties *properties;
} SysdUnit;

/**
 * sysd_start_transient() - make and start units in one transaction
 * @units: at least one; the last is started, the others only as its dependencies pull them in
 * @ret: the job, released with sysd_job_done(); may be NULL
 *
 * Returns: 0; -EEXIST when a unit of that name is there; a negative errno. @e names the property
 *          or unit that systemd refused.
 */
int sysd_start_transient(
        sd_bus *bus, const SysdUnit *units, size_t n_units, SysdJob *ret, Error *e);

/**
 * sysd_unit_job() - ask for a job on one unit ("StopUnit", "StartUnit", "RestartUnit")
 * @ret: the job, released with sysd_job_done(); may be NULL
 *
 * Returns: 1; 0 when there is no such unit; a negative errno.
 */
int sysd_unit_job(sd_bus *bus, const char *method, const char *unit, SysdJob *ret, Error *e);

/* The same without waiting for the answer, whatever it is. Returns 0 when it was sent. */
int sysd_unit_job_later(sd_bus *bus, const char *method, const char *unit);

/* Changes properties of a unit while it runs, and for as long as it is loaded. Returns 0; a negative
 * errno: then nothing was changed, and @e has the manager's words, which name the property. */
int sysd_unit_set(sd_bus *bus, const char *unit, const SysdProperties *properties, Error *e);

/* Sends a signal to all processes of a unit. Returns 1; 0 when there is none; a negative errno. */
int sysd_unit_kill(sd_bus *bus, const char *unit, int signal_number, Error *e);
