/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* again IDENTIFIER UNIT JOURNAL SOCKET PATH ARGV0 [ARGUMENT...]
 *
 * What an app needs each time it is started, and systemd gives it at most the first time: systemd 252
 * closes the descriptors it was handed for a service when it starts that again.
 *
 * JOURNAL: where the pod's journald takes output; where that is not what standard output leads to
 *          already, it becomes that, as IDENTIFIER of UNIT.
 * SOCKET:  where the pod's supervisor gives away the sockets that are the app's ("-" for none), which
 *          the app finds as sd_listen_fds(3) tells. */
int again(int argc, char **argv);

/* Says what failed. Returns the exit status. */
int exec_fail(const char *doing);
