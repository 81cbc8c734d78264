/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A pod's networks, from what --net says to nothing left. Called by every flavor's programs, in the
 * host's namespaces and with the pod's directory as working directory.
 *
 *   network_setup()  namespace ─ net/eth0.json ─ ADD ─ net/eth1.json ─ ADD ─ net-info.json
 *   network_teardown()          DEL eth1 ─ DEL eth0 ─ namespace
 *
 * At each moment the files tell what may be there. So teardown is also what undoes a setup that failed
 * half-way, and what the collector does for a pod that was killed. */

#include "appc-pod.h"
#include "pod.h"
#include "text.h"

/* What setup notes where there is no network to join. */
#define NETWORK_NONE_NOTE "networking namespace with loopback only"

typedef struct NetworkSetup {
        const Pod *pod;
        const AppcPod *manifest; /* its ports are mapped */
        const char *wanted;      /* as network_list_parse() takes it */
        const char *local_config;
        bool takes_dns; /* what a network says of name servers goes into etc/rkt-resolv.conf */
} NetworkSetup;

/**
 * network_setup() - make the pod's namespace and join it to the networks
 * @ret_notes: lines for a person, also on failure; NULL for none
 *
 * SIGTERM, SIGINT and SIGHUP cancel it and stay pending.
 *
 * Returns: 1 when the pod has a namespace of its own; 0 when it stays in the host's; -ECANCELED and
 *          others, and then nothing is left.
 */
int network_setup(const NetworkSetup *setup, Strv *ret_notes, Error *e);

/* Whatever setup made goes, now or when called again after a failure. Returns 0; a negative errno. */
int network_teardown(const Pod *pod, const char *local_config, Strv *ret_notes, Error *e);

/* Where the pod's namespace is: NULL when it has none of its own. Returns 0; -ENOMEM. */
int network_namespace_of(const Pod *pod, char **ret);
