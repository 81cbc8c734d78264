/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What is said to journald over its sockets: how an app's output gets into the journal, and when it has all
 * arrived. Without libsystemd, which cannot name a namespace: flavor fly's programs are linked without it. */

#include "errors.h"
#include "sysd-names.h"

/* Where the namespace's journald takes streams, allocated; NULL when out of memory. */
char *sysd_stream_path(const SysdNames *names);

/**
 * sysd_stream_open() - open a stdout stream into a pod's journal
 * @names:      NULL: into the host's own journal
 * @identifier: entries carry it as SYSLOG_IDENTIFIER: the app's name
 * @unit:       the unit that will write; "" whatever one the writer is in
 *
 * journald stamps each line with the writer's own PID and unit. Keep a copy of the descriptor:
 * shutdown(SHUT_WR) on it ends the stream, whoever else has one.
 *
 * Returns: a descriptor, owned by the caller; a negative errno.
 * Source: the stream protocol as systemd's own sd_journal_stream_fd() speaks it.
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
