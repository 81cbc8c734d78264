/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Sets of system calls: appc's wildcards and the original's default allow-list, resolved to names
 * and to systemd's own groups. */

#include <sched.h>

#include "appc-isolator.h"

typedef struct AppSeccomp {
        bool filter; /* otherwise every call is allowed */
        bool allow;  /* the set is what is allowed; otherwise what is refused */
        Strv calls;  /* names, and groups as systemd spells them ("@mount") */
        int error;   /* what a refused call returns: EPERM; 0 kills */
        /* Nobody makes namespaces in which he is root: with the default list alone, whose model refuses
         * clone() with such flags. The original could not say so. */
        bool no_namespaces;
} AppSeccomp;

/* Which these are, and what is left. Not one's own host name, which takes rights that are lost with the others;
 * systemd 252 forgets a restriction that leaves nothing when it reloads. */
#define APP_SECCOMP_NAMESPACES \
        (CLONE_NEWCGROUP | CLONE_NEWIPC | CLONE_NEWNET | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWUSER)
#define APP_SECCOMP_NAMESPACES_LEFT CLONE_NEWUTS

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
