/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What some pods want of libsystemd. It is loaded for these only: to load it and the libraries that it
 * brings along takes longer than to start an app. */

/* sd_notify(3), where somebody waits to be told; the app is not to find the socket. */
void fly_notify(const char *state);

/* sd_journal_stream_fd(3). Returns a descriptor; a negative errno. */
int fly_journal_stream(const char *identifier);
