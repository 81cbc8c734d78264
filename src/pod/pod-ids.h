/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The user and group numbers of a pod with private users: a range of the host's, its own alone. On disk
 * nothing is changed: mounts translate. */

#include <stdint.h>

#include "pod.h"

#define POD_IDS_COUNT 65536u

typedef struct PodIds {
        uint32_t shift; /* the host's number for the pod's root */
        uint32_t count; /* 0: the pod has the host's own numbers */
} PodIds;

/* As the file and stage1's argument have it: "SHIFT:COUNT". Returns 0; -EINVAL. */
int pod_ids_parse(const char *text, PodIds *ret);

/* What was chosen for the pod. Returns 0, also for none; -EBADMSG; a negative errno. */
int pod_ids_read(const Pod *pod, PodIds *ret, Error *e);

/**
 * pod_ids_choose() - give a pod a range that no other pod has
 *
 * It is written into the pod before the others are looked at, so that of two pods that are made at the
 * same time one sees the other. Ranges that a systemd-nspawn holds are left alone as well.
 */
int pod_ids_choose(Pods *pods, const Pod *pod, Error *e);

/* A user namespace that maps the range, for mounts. Returns a descriptor; a negative errno. */
int pod_ids_namespace(const PodIds *ids, Error *e);

/**
 * pod_ids_map() - a mount of a directory whose owners are translated
 *
 * Returns: a descriptor of the mount, which is attached nowhere; -EOPNOTSUPP where the kernel or the file
 *          system cannot; a negative errno.
 */
int pod_ids_map(int directory_fd, int namespace_fd, Error *e);

/* What the process makes belongs to the pod's root, until pod_ids_leave(); its rights stay. */
int pod_ids_assume(const PodIds *ids);
void pod_ids_leave(const PodIds *ids);
