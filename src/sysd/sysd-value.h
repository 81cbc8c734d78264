/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Sizes, times and signals as systemd's unit files spell them. Pure. */

#include <stdint.h>

/* Digits, or "infinity" for UINT64_MAX. Returns 0; -EINVAL; -ERANGE. */
int sysd_value_number(const char *text, uint64_t *ret);

/**
 * sysd_value_size() - read a number with one of the suffixes B, K, M, G, T, P, E
 * @step: between suffixes: 1024 for memory, 1000 for what passes in a second
 *
 * Returns: 0; -EINVAL; -ERANGE. "infinity" is UINT64_MAX.
 */
int sysd_value_size(const char *text, uint64_t step, uint64_t *ret);

/* "5", "1min 30s", "100ms" in microseconds; "infinity" is UINT64_MAX. Returns 0; -EINVAL; -ERANGE.
 * Source: systemd.time(7), without fractions and units of a week or more. */
int sysd_value_time(const char *text, uint64_t *ret_usec);

/* Kinds of namespaces by name, "user". */
typedef struct SysdNamespace {
        const char *name;
        uint64_t flag; /* CLONE_NEW… */
} SysdNamespace;

#define SYSD_NAMESPACES_MAX 7
extern const SysdNamespace sysd_namespaces[SYSD_NAMESPACES_MAX];

/* "yes": none is allowed; "no": all are; "mnt net": these; "~user": all but these. Returns 0; -EINVAL. */
int sysd_value_namespaces(const char *text, uint64_t *ret_allowed);

/* "SIGTERM", "TERM", "RTMIN+3" or a number. Returns the signal's number; -EINVAL. */
int sysd_value_signal(const char *text);
