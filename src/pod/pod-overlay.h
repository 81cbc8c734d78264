/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Mounting a pod's trees: overlays over the store's layers, and what must be unmounted again. */

#include "errors.h"
#include "pod-ids.h"
#include "text.h"

/**
 * pod_overlay_supported() - whether pods on this data directory can use overlays
 *
 * Returns: 0; -EOPNOTSUPP with the reason in the original's words.
 */
int pod_overlay_supported(const char *data, Error *e);

typedef struct PodOverlay {
        char *const *layers; /* absolute paths of directories, topmost first */
        int base_fd;         /* the directory that the next two are in */
        const char *upper;   /* paths of empty directories */
        const char *work;
        int target_fd;             /* the directory to mount on */
        int namespace_fd;          /* translates the owners of all layers; -1: nothing does */
        PodIds ids;                /* what that maps to */
        const char *selinux_label; /* for all files; NULL or "" for none */
        bool no_suid;              /* set-user-ID bits and file capabilities have no effect */
} PodOverlay;

/**
 * pod_overlay_mount() - mount one overlay
 *
 * Through the mount API with descriptors: no path can be swapped, and the number of layers is not
 * bound by one page of options where the kernel takes them one by one (6.8 and later).
 *
 * Returns: 0; a negative errno with the kernel's own words where it gave some.
 */
int pod_overlay_mount(const PodOverlay *overlay, Error *e);

/* Attaches a mount to a directory, on top of what is there. */
int pod_overlay_place(int mount_fd, int target_fd, Error *e);

/**
 * pod_unmount_below() - unmount everything mounted at or below a directory
 * @path: absolute
 *
 * Deepest first, again and again until nothing is left; what is busy is detached.
 *
 * Returns: 0; the first error.
 */
int pod_unmount_below(const char *path, Error *e);
