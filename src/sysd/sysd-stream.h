/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A pod's journal namespace: where it lies, how an app's output gets into it, and when it has all
 * arrived. */

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

/* Where the namespace's journald takes streams, allocated; NULL when out of memory. */
char *sysd_stream_path(const SysdNames *names);

/**
 * sysd_stream_open() - open a stdout stream into a pod's journal
 * @identifier: entries carry it as SYSLOG_IDENTIFIER: the app's name
 * @unit:       the unit that will write
 *
 * journald stamps each line with the writer's own PID and unit. Keep a copy of the descriptor:
 * shutdown(SHUT_WR) on it ends the stream, whoever else has one.
 *
 * Returns: a descriptor, owned by the caller; a negative errno.
 * Source: the stream protocol as systemd's own sd_journal_stream_fd() speaks it, which cannot name
 *         a namespace.
 */
int sysd_stream_open(const SysdNames *names, const char *identifier, const char *unit, Error *e);

/**
 * sysd_journal_sync() - ask a pod's journald to tell when it has taken in all that was written
 *
 * Returns: a descriptor that becomes readable then, owned by the caller; a negative errno.
 * Source: io.systemd.Journal.Synchronize, what "journalctl --sync" calls.
 */
int sysd_journal_sync(const SysdNames *names);

/* The same, and waits for it, if the caller may ask and there is such a journald. Starts one that has not read
 * yet what was written. */
void sysd_journal_catch_up(const SysdNames *names, int timeout_msec);
