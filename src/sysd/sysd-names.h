/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What a pod's units, machine and journal namespace are called: all of it follows from its UUID.
 *
 *   machine.slice
 *     machine-rkt.slice                     all pods: limits set here govern them together
 *       machine-rkt-<32 digits>.slice       the pod; dashes in a slice's name nest it
 *         rkt-<uuid>.scope                  its supervisor
 *         rkt-<uuid>-<app>.service          drop-ins in rkt-.service.d/ reach every app */

#include "errors.h"
#include "text.h"
#include "uuid.h"

#define SYSD_UNIT_NAME_MAX 255

typedef struct SysdNames {
        char machine[sizeof("rkt-") + UUID_TEXT_LENGTH];
        char slice[sizeof("machine-rkt-.slice") + 32];
        char scope[sizeof("rkt-.scope") + UUID_TEXT_LENGTH];
        char journal_namespace[sizeof("rkt-") + UUID_TEXT_LENGTH];
} SysdNames;

void sysd_names_init(const Uuid *pod, SysdNames *ret);

/**
 * sysd_app_unit() - the name of an app's service unit
 * @app: an AC Name
 *
 * Returns: 0 and allocated text; -ENAMETOOLONG when systemd would not take it; -ENOMEM.
 */
int sysd_app_unit(const Uuid *pod, const char *app, char **ret, Error *e);

/**
 * sysd_mount_unit() - the name of the unit that systemd makes of a mount
 * @path: of the mount point: absolute, without "//", "." or ".."
 *
 * Returns: 0 and allocated text; -ENAMETOOLONG when systemd makes none; -ENOMEM.
 */
int sysd_mount_unit(const char *path, char **ret);
