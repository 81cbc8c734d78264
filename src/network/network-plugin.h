/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Runs a CNI plugin. Source: CNI specification 1.0.0, "Execution Protocol". */

#include "network-program.h"

typedef struct NetworkRun {
        const char *command;      /* "ADD", "CHECK" or "DEL" */
        const char *type;         /* the plugin's name */
        char *const *directories; /* where plugins are looked for, in this order */
        const char *container, *namespace, *interface;
        const char *args;  /* NULL for none */
        const char *input; /* its configuration */
        uint64_t timeout_usec;
        int cancel_fd; /* as of a NetworkProgram */
} NetworkRun;

/* Finds the program of a plugin. Returns 0; -ENOENT "Could not find plugin". */
int network_plugin_find(const char *type, char *const *directories, char **ret, Error *e);

/* Returns: 0; -EREMOTEIO when it failed, in its own words; -ENOENT when there is none; what
 * network_program_run() returns. */
int network_plugin_run(const NetworkRun *run, NetworkOutput *ret, Error *e);
