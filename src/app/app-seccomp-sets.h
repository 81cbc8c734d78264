/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The named lists of system calls, each ending with NULL. */

extern const char
        *const app_calls_allowed[];         /* @rkt/default-whitelist, @docker/default-whitelist */
extern const char *const app_calls_newer[]; /* ours: belong to the default allow-list too */
extern const char *const app_calls_arm[];   /* and these on ARM */
extern const char
        *const app_calls_refused[]; /* @rkt/default-blacklist, @docker/default-blacklist */
extern const char *const app_calls_refused_newer[]; /* ours: refused by default as well */
