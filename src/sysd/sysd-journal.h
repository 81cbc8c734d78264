/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A pod's journal namespace: where it lies, and what bounds it. */

#include <systemd/sd-id128.h>

#include "errors.h"
#include "sysd-names.h"

/* "/var/log/journal/<machine-id>.<namespace>", allocated. Returns 0; a negative errno. */
int sysd_journal_directory(const SysdNames *names, char **ret, Error *e);

/**
 * sysd_journal_configure() - bound the disk use of a pod's journal
 *
 * Writes a drop-in for this one namespace below /run. Journal files are allocated whole, 8 MiB
 * each unless told otherwise, which is much for a pod that says ten lines.
 */
int sysd_journal_configure(const SysdNames *names, Error *e);

/* Removes the drop-in, the runtime directory and the journal files of a namespace. 0 or the first
 * failure; what is missing already is fine. */
int sysd_journal_remove(const SysdNames *names, Error *e);
