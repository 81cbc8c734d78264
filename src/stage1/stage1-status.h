/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What stage1 owes stage0 in the pod's directory while the pod runs.
 * Source: inventory 4.6. */

#include "pod.h"
#include "stage1-args.h"

/* The process that stands for the pod; its file's time is when the pod started. */
int stage1_write_pid(const Pod *pod, pid_t pid, Error *e);

/* The process whose only child stands for the pod, where that one is not known yet. */
int stage1_write_parent_pid(const Pod *pod, pid_t pid, Error *e);

/* The same as a pidfd, if that process has not ended and its number become another's: it has the pod's UUID on
 * its command line. Returns 0; -ESRCH; another negative errno. */
int stage1_open_parent(const Pod *pod, int *ret_fd, Error *e);

/* The cgroup that all of the pod is in, relative to the hierarchy's root. */
int stage1_write_cgroup(const Pod *pod, const char *path, Error *e);

/* An app's exit status, durable when this returns. */
int stage1_write_exit_status(const Pod *pod, const char *app, int status, Error *e);
int stage1_write_restarts(const Pod *pod, const char *app, uint32_t n, Error *e);

/* Which restrictions the user lifted when the pod started: noted by init, read by enter, so that a
 * guest may do what the apps may and no more. */
int stage1_write_insecure(const Pod *pod, const Stage1Args *args, Error *e);
int stage1_read_insecure(const Pod *pod, Stage1Args *args);

/* Somebody is about to enter: whose processes are not the apps' children, and end with the pod. */
int stage1_note_entered(const Pod *pod, Error *e);
bool stage1_was_entered(const Pod *pod);

/* Every app that should be up is. */
int stage1_mark_ready(const Pod *pod, Error *e);

/* Prints the error as all stage1 programs do and returns their exit code for failure. */
#define STAGE1_FAILURE 254
int stage1_fail(const char *prefix, const Error *e, int r, bool debug);
