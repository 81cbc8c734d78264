/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Name servers and hosts, as --dns and its like have them. */

#include "coreos-app.h"

/* Finds what apps are to see as /etc/resolv.conf and /etc/hosts, brings it into the pod, and notes it in
 * @needs. Returns 0; a negative errno. */
int coreos_files_find(
        const Pod *pod, int root_fd, const Stage1Args *args, CoreosNeeds *needs, Error *e);

/* The same for an app that comes into a running pod: what that one has is there. Returns 0; -ENOMEM. */
int coreos_files_recall(int root_fd, CoreosNeeds *needs);
