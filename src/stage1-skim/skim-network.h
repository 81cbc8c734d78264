/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The pod's network as its units and its supervisor have it. */

#include "pod.h"
#include "sysd-property.h"

/* Puts an app into the pod's network namespace, if it has one, and gives it the resolv.conf and hosts
 * that were made for the pod, if any were. Only these take a mount namespace of its own. */
int skim_network_set(const Pod *pod, const char *pod_path, SysdProperties *p, Error *e);

/* The two namespaces of a supervisor whose pod has one. */
typedef struct SkimNetwork {
        int host_fd, pod_fd;
        bool inside;
} SkimNetwork;

#define SKIM_NETWORK_NULL ((SkimNetwork){ -EBADF, -EBADF, false })

int skim_network_open(const Pod *pod, SkimNetwork *ret, Error *e);
void skim_network_done(SkimNetwork *network);

/* The calling process goes into the pod's namespace, so that who asks machined for the pod's
 * addresses finds them; and back. Both do nothing where there is but one. */
void skim_network_enter(SkimNetwork *network);
void skim_network_return(SkimNetwork *network);

/* sd_notify() from the host's namespace: who listens may be at an abstract socket, which there is but
 * there. */
void skim_network_notify(SkimNetwork *network, const char *text);
