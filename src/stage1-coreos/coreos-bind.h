/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Files and directories of the host that come into a pod: systemd-nspawn brings them into one that starts,
 * and we into one that runs. */

#include <stdbool.h>
#include <stddef.h>

#include "errors.h"
#include "text.h"

typedef enum CoreosBindFlags {
        COREOS_BIND_READ_ONLY = 1 << 0,
        COREOS_BIND_RECURSIVE = 1 << 1,
        COREOS_BIND_TRANSLATED = 1 << 2, /* its owners are the pod's */
} CoreosBindFlags;

typedef struct CoreosBind {
        char *source; /* absolute, on the host */
        char *inside; /* absolute, in the pod; there is something to be mounted on */
        CoreosBindFlags flags;
} CoreosBind;

typedef struct CoreosBinds {
        CoreosBind *items;
        size_t n;
} CoreosBinds;

void coreos_binds_done(CoreosBinds *binds);

/* Once for each place in the pod. Returns 0; -ENOMEM. */
int coreos_binds_add(CoreosBinds *binds,
                     const char *source,
                     const char *inside,
                     CoreosBindFlags flags);

/* As words for systemd-nspawn. Returns 0; -ENOMEM. */
int coreos_binds_compose(const CoreosBinds *binds, Strv *words);
