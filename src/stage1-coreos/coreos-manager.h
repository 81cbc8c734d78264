/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The systemd inside a running pod, spoken to from the host by the socket that it has for root. */

#include <systemd/sd-bus.h>

#include "coreos-inside.h"

typedef struct CoreosUnit {
        char load_state[32], active_state[32], result[32], type[32];
        char reason[256];               /* why it could not be loaded */
        int32_t main_code, main_status; /* of its last main process, as waitid(2) has them */
} CoreosUnit;

/* @ret: owned by the caller, sd_bus_flush_close_unref(). Returns 0; a negative errno. */
int coreos_manager_connect(const CoreosInside *inside, sd_bus **ret, Error *e);

/* Has it read its units anew. Returns 0; a negative errno. */
int coreos_manager_reload(sd_bus *bus, Error *e);

/* What it knows of a unit, which it loads for that. Returns 0; a negative errno. */
int coreos_manager_look(sd_bus *bus, const char *unit, CoreosUnit *ret, Error *e);

/**
 * coreos_manager_run() - ask for a job on a unit ("StartUnit", "StopUnit") and wait until it has ended
 * @ret_result: "done", "failed" and so on, of at most @n bytes
 *
 * Returns: 0; -ETIMEDOUT; -EPIPE when the pod ends meanwhile; another negative errno.
 */
int coreos_manager_run(
        sd_bus *bus, const char *method, const char *unit, char *ret_result, size_t n, Error *e);

/* Forgets that a unit failed. */
void coreos_manager_forget(sd_bus *bus, const char *unit);
