/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The SELinux labels of a pod: those the policy has for containers, with two categories that no other
 * pod has. They are the pod's until it is removed. */

#include "pod.h"
#include "selinux.h"

/* What was chosen for the pod. Returns 0, also for none, and then @ret is empty; -EBADMSG; a negative errno. */
int pod_labels_read(const Pod *pod, SelinuxLabels *ret, Error *e);

/**
 * pod_labels_choose() - give a pod labels of its own
 * @policy: what they are made from; without levels they are used as they are
 *
 * They are written into the pod before the others are looked at, so that of two pods that are made at the
 * same time one sees the other.
 *
 * Returns: 0; -EBUSY when all categories seem to be taken; a negative errno.
 */
int pod_labels_choose(Pods *pods, const Pod *pod, const SelinuxLabels *policy, Error *e);

/* Whether another pod has labels of this level. */
bool pod_labels_taken(Pods *pods, const Pod *pod, const PodList *list, const char *level);

/* Labels a tree of files in which nothing runs yet; what no file system can label is left. @path: absolute. */
int pod_labels_apply(const char *path, const char *label, Error *e);
