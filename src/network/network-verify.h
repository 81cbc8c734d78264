/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Asks the plugins of a running pod's networks whether all is as they made it (CHECK).
 * Source: CNI specification 1.0.0, "CHECK". */

#include "pod.h"

typedef struct NetworkVerdict {
        char *network, *interface;
        int result; /* 0: it is; -EOPNOTSUPP: its configuration has no check; others: it is not, or nobody
                       * could tell */
        char *reason; /* in words; NULL for none */
} NetworkVerdict;

typedef struct NetworkVerdicts {
        NetworkVerdict *items; /* in the order of the interfaces */
        size_t n;
} NetworkVerdicts;

/* What is wrong with a network is no failure of this. Returns: 0; a negative errno. */
int network_verify(const Pod *pod, const char *local_config, NetworkVerdicts *ret, Error *e);
void network_verdicts_done(NetworkVerdicts *verdicts);
