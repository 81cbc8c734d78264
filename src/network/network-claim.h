/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Ports of the host, each of one pod at a time. A pod notes its own in net-ports.json before anything else
 * of its networks is made, under a lock that all share, and drops the note when nothing is left of them. */

#include "pod.h"
#include "text.h"

/**
 * network_claim() - note a pod's ports unless another has one of them
 * @pod:   whose directory is the working directory; looked at are the others of its data directory
 * @ports: JSON as of network_ports()
 * @notes: lines for a person
 *
 * The networks of a dead pod that stands in the way are left in its place: its rules would go on to lead
 * to nowhere.
 *
 * Returns: 0; -EADDRINUSE and others, and then nothing is noted.
 */
int network_claim(
        const Pod *pod, const char *ports, const char *local_config, Strv *notes, Error *e);
void network_claim_drop(const Pod *pod);

/**
 * network_claims_check() - whether two pods can have their ports at once. Pure
 * @wanted, @held: JSON as of network_ports()
 * @holder: for a person
 *
 * Returns: 0; -EADDRINUSE; -EINVAL and others when one is no list of ports.
 */
int network_claims_check(const char *wanted, const char *held, const char *holder, Error *e);
