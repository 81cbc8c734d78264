/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Whose the sockets are that systemd opened for the service "rkt run" is (socket activation). */

#include "stage1-app.h"
#include "text.h"

/**
 * stage1_listen_names() - the names of the sockets that systemd has passed, from SD_LISTEN_FDS_START on
 * @ret: untouched where there are none
 *
 * None of them is inherited any more. As sd_listen_fds_with_names(3), for programs that are linked without
 * libsystemd.
 *
 * Returns: how many; a negative errno.
 */
int stage1_listen_names(Strv *ret);

/* Where an internet socket listens: its port in host byte order, 0 for other sockets. */
unsigned stage1_listen_port(int fd, const char **ret_protocol);

/**
 * stage1_listen_is_for() - whether a socket is an app's
 * @name: its name (FileDescriptorName=)
 * @only: it is the pod's only app, which gets all
 *
 * It is where the app has a socket-activated port of that name, or one of that number and protocol, or where
 * the app bears the name itself.
 */
bool stage1_listen_is_for(int fd, const char *name, const Stage1App *app, bool only);

/* Warns of socket-activated ports that none of the sockets is for. @names: of those from
 * SD_LISTEN_FDS_START on; may be NULL. */
void stage1_listen_warn(char *const *names, const Stage1App *app);

/* -EINVAL: nobody would ever answer on this one. */
int stage1_listen_refuse(const char *name, Error *e);
