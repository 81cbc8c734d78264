/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The pod's root: the host's /usr, and beside it what a systemd needs to boot. */

#include "appc-pod.h"
#include "host-app.h"
#include "uuid.h"

/* Makes directories, links and files of a root that has none. */
int host_tree_make(int root_fd, const Uuid *uuid, Error *e);

/* Writes who is known in the pod, and what it starts. */
int host_tree_finish(int root_fd, const AppcPod *manifest, const HostNeeds *needs, Error *e);
