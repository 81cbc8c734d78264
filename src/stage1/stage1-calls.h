/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* System call filters where no systemd applies them. */

#include "app-seccomp.h"

/* What only systemd can filter is refused: its groups of calls. Returns 0; -EOPNOTSUPP. */
int stage1_calls_check(const AppSeccomp *calls, Error *e);

/* Filters the calls of this process from now on, its execve() included. */
int stage1_calls_filter(const AppSeccomp *calls);

/* Takes from this process the means to type into a terminal that it shares with the caller. */
int stage1_calls_protect_terminal(void);
