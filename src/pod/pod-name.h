/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Names that users give to pods, beside the UUIDs. A name belongs to one pod from its making until it
 * is removed: the pod's file "pod-name" holds it, and the symlink "pods/names/NAME" leads back to
 * the UUID. The link decides. */

#include "pod.h"

#define POD_NAME_MAX 63

/**
 * pod_name_check() - whether a pod may be called that
 *
 * As a host name: lower-case letters, digits, dashes and dots, letters or digits at both ends of each
 * part, 63 characters at most; and no UUID.
 *
 * Returns: 0; -EINVAL with the reason.
 */
int pod_name_check(const char *name, Error *e);

/* Gives the name to a pod that is being made. Of many at once, one gets it. Returns 0; -EEXIST when
 * another pod has it. */
int pod_name_take(const Pod *pod, const char *name, Error *e);

/* The same without taking it: for saying so before anything is done. */
int pod_name_is_free(Pods *pods, const char *name, Error *e);

/* The pod of that name. Returns 0; -ENOENT. */
int pod_name_find(const Pods *pods, const char *name, Uuid *ret);

/* Returns 0; -ENOENT for a pod without one. */
int pod_name_read(const Pod *pod, char **ret);

/* Frees the name of a pod that is about to be removed. */
void pod_name_release(const Pod *pod);

/* Frees names whose pods are gone without having been removed by us. */
void pod_names_sweep(const Pods *pods);
