/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the host's SELinux policy has for containers. Two small files are all of it: a library that
 * every start had to load would cost more than it reads. */

#include <stdbool.h>
#include <stddef.h>

#include "errors.h"

/* As long as the kernel takes one as an option of a mount: fsconfig(2) in fs/fsopen.c. */
#define SELINUX_LABEL_MAX ((size_t) 255)

/* Both or none. */
typedef struct SelinuxLabels {
        char *process; /* "user:role:type:level", or without level where the policy has none */
        char *mount;   /* of what the processes may change */
} SelinuxLabels;

void selinux_labels_done(SelinuxLabels *labels);

/* Whether this system enforces, or would, what a policy says. Looks once. */
bool selinux_is_enabled(void);

/* Whether @text is a label as we use one: of letters that are nothing special to anybody. */
bool selinux_label_is_valid(const char *text);

/* Whether the policy that the kernel has loaded has such a label. Files beside it may name types of another. */
bool selinux_label_is_known(const char *label);

/* The "level" of a label, borrowed from it; NULL where it has none. */
const char *selinux_label_level(const char *label);

/* Labels a file; nothing happens where its file system has no labels. Returns 0; a negative errno. */
int selinux_label_file(int fd, const char *label);

/* The same for what a path names; a symlink is labelled itself. */
int selinux_label_path(const char *path, const char *label);

/**
 * selinux_parse_config() - the policy that /etc/selinux/config names
 * @ret: its name, allocated; NULL where SELinux is disabled or no policy named
 *
 * Returns: 0; -EBADMSG what is no text; -EINVAL for a name that is no file's; -ENOMEM.
 */
int selinux_parse_config(const char *text, size_t n, char **ret, Error *e);

/**
 * selinux_parse_contexts() - read "lxc_contexts" or a file of its form
 *
 * Of "init_process" and "process" the first counts, for what starts is a systemd; "file" is the label
 * of mounts.
 *
 * Returns: 0; -EBADMSG what is no text; -EINVAL no label; -ENODATA one of them is missing; -ENOMEM.
 * Source: lxc_contexts(5), container_contexts of container-selinux.
 */
int selinux_parse_contexts(const char *text, size_t n, SelinuxLabels *ret, Error *e);

/**
 * selinux_read_contexts() - the labels that the policy gives containers
 * @root_fd: where its files are looked for: "/"
 *
 * Returns: 1; 0 where the policy has none, and @ret is untouched; a negative errno.
 */
int selinux_read_contexts(int root_fd, SelinuxLabels *ret, Error *e);
