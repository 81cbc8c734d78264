/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Runs a program of others: a clean environment, no descriptors of ours, bounded in time and words,
 * killed with all it started when it does not end. */

#include <stddef.h>
#include <stdint.h>

#include "errors.h"
#include "text.h"

typedef struct NetworkProgram {
        char *const *argv; /* argv[0] is its absolute path */
        char *const *envp;
        const char *input; /* all it can read */
        uint64_t timeout_usec;
        int cancel_fd; /* readable: give up with -ECANCELED; -1 for never: nobody can end it politely */
} NetworkProgram;

typedef struct NetworkOutput {
        char *text; /* of standard output: @n bytes and a NUL */
        size_t n;
        char *messages; /* of standard error, cut where it is too much */
} NetworkOutput;

/**
 * network_program_run() - run it to its end
 *
 * Returns: its exit status as process_wait() has it; -ETIMEDOUT; -ECANCELED; -EMSGSIZE when it wrote
 *          more than a MiB; others.
 */
int network_program_run(const NetworkProgram *program, NetworkOutput *ret, Error *e);
void network_output_done(NetworkOutput *output);
