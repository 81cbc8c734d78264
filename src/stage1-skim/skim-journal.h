/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The pod's journal as the machine's journal. */

#include "sysd-names.h"

/**
 * skim_journal_prepare() - make the journal directory of the pod's namespace
 * @ret: its path, allocated
 */
int skim_journal_prepare(const SysdNames *names, char **ret, Error *e);

/**
 * skim_journal_show() - let "journalctl -M" of this machine find the pod's journal, and it alone
 * @directory: as skim_journal_prepare() returned it
 *
 * journalctl reads the journal directory below the root that machined opens for it, which is the
 * root as the machine's leader sees it. So the calling process gets a mount namespace of its own,
 * in which the pod's journal lies over the host's. Mounts of the host go on arriving there.
 */
int skim_journal_show(const char *directory, Error *e);
