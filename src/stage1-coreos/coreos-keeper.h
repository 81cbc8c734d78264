/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A process beside systemd-nspawn, for what that one does not do: it closes every descriptor it does not
 * know, the pod's lock among them, it tells nobody that the pod is ready, and it leaves no networks. */

#include "coreos-app.h"

/**
 * coreos_keeper_start() - start it; the caller is to become systemd-nspawn
 * @needs: its network is left with the last process of the pod
 *
 * It holds the pod's lock as long as the caller's process is there, and longer where that one was killed and
 * left a pod behind.
 *
 * Returns: 0; a negative errno.
 */
int coreos_keeper_start(const Pod *pod, const Stage1Args *args, const CoreosNeeds *needs, Error *e);
