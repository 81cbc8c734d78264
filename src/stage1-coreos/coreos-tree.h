/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The pod's root: beside /usr, what a systemd needs to boot. */

#include "appc-pod.h"
#include "coreos-app.h"
#include "uuid.h"

/* Makes directories, links and files of a root that has none; with @own_usr it has the links. */
int coreos_tree_make(int root_fd, bool own_usr, const Uuid *uuid, Error *e);

/* Writes who is known in the pod, and what it starts. */
int coreos_tree_finish(
        int root_fd, const AppcPod *manifest, bool is_mutable, const CoreosNeeds *needs, Error *e);

/* Writes who else is known in a pod that runs. */
int coreos_tree_add_users(int root_fd, const CoreosNeeds *needs, Error *e);
