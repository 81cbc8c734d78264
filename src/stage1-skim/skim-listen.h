/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Sockets that systemd opened for the service "rkt run" is (socket activation), on their way to the apps
 * they are meant for.
 *
 * systemd has no property that hands descriptors to a transient service and keeps them for when it is
 * started again. So each app's sockets wait behind a socket in the pod's directory, where the program
 * the app starts through takes them (again.h), each time. */

#include <systemd/sd-event.h>

#include "stage1-app.h"

#define SKIM_LISTEN_MAX 253 /* descriptors in one message: SCM_MAX_FD of the kernel */

typedef struct SkimListen SkimListen;

/* Takes what the environment tells of, and that out of the environment. @ret is NULL where there is
 * nothing. Returns 0; -E2BIG; -ENOMEM. */
int skim_listen_new(SkimListen **ret, Error *e);
SkimListen *skim_listen_free(SkimListen *listen);
DEFINE_CLEANUP(SkimListen, skim_listen_free);

/**
 * skim_listen_offer() - give an app the sockets that are its own, whenever it asks
 * @listen:   may be NULL
 * @only:     it is the pod's only app, which gets all
 * @ret_path: where it asks, allocated; NULL when none is its own
 *
 * A socket belongs to the app that has a socket-activated port of that name (FileDescriptorName=), or
 * one of that number and protocol, or that bears the name itself. Warns of ports without a socket.
 */
int skim_listen_offer(SkimListen *listen,
                      sd_event *event,
                      const Pod *pod,
                      const char *pod_path,
                      const Stage1App *app,
                      bool only,
                      char **ret_path,
                      Error *e);

/* -EINVAL when a socket is left that is no app's: nobody would ever answer on it. */
int skim_listen_check(const SkimListen *listen, Error *e);
