/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* How a service ended. */

#include "sysd-watch.h"

typedef struct SysdResult {
        const char *word; /* systemd's: "success", "exit-code", "oom-kill"...; SYSD_UNSEEN; NULL as
                             long as nothing was told. Static */
        int main_code;    /* CLD_EXITED, CLD_KILLED or CLD_DUMPED; 0 when it never ran */
        int main_status;  /* exit status or signal number */
} SysdResult;

/* Of one that ended while systemd could not be reached, and that it has forgotten. */
#define SYSD_UNSEEN "unseen"

/* Takes what a report tells, if it does. */
void sysd_result_take(SysdResult *result, const SysdUnitReport *report);

bool sysd_result_is_failure(const SysdResult *result);

/**
 * sysd_result_exit_status() - one number for it
 * @failure: stands for a failure without a number of its own
 *
 * Returns: the main process's exit status, or 128 + the signal's number. Never 0 for a failure, such
 *          as a service that left before it was ready; 0 for a signal that counts as success.
 */
int sysd_result_exit_status(const SysdResult *result, int failure);
