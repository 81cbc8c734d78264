/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Sets of system calls: appc's wildcards and the original's default allow-list, resolved to names
 * and to systemd's own groups. */

#include "appc-isolator.h"

typedef struct AppSeccomp {
        bool filter; /* otherwise every call is allowed */
        bool allow;  /* the set is what is allowed; otherwise what is refused */
        Strv calls;  /* names, and groups as systemd spells them ("@mount") */
        int error;   /* what a refused call returns: EPERM; 0 kills */
} AppSeccomp;

#define APP_SECCOMP_NULL ((AppSeccomp){})

/* What holds where nothing is said. The allow-list of some 370 names is the original's; systemd takes
 * about as long to compile it as for all the rest of an app's start. Its complement, 65 names that
 * are refused, differs in nothing but calls that neither knows. */
typedef enum AppSeccompDefault {
        APP_SECCOMP_ALLOW_KNOWN,
        APP_SECCOMP_REFUSE_KNOWN,
} AppSeccompDefault;

/**
 * app_seccomp_resolve() - what an app's isolators say about system calls
 *
 * Without an isolator the original's default list holds, and a refused call fails with EPERM: killing,
 * the original's way, took whole apps down for one harmless call. An isolator that names no errno
 * kills, as appc says.
 *
 * Returns: 0; -EINVAL a wildcard nobody knows, or two isolators at once; -ENOMEM.
 * Source: inventory 5.1.13.
 */
int app_seccomp_resolve(const AppcIsolators *isolators,
                        AppSeccompDefault by_default,
                        AppSeccomp *ret,
                        Error *e);
void app_seccomp_done(AppSeccomp *seccomp);
