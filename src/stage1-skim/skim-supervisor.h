/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The pod's supervisor: what "rkt run" becomes. It holds the pod (its scope, its lock, its machine),
 * prints what the apps say, notes how they ended, and passes on requests to stop.
 *
 *   set up --start()--> running --an app fails, a signal, all ended--> stopping --all ended--> done
 *
 * running:  some app is waiting to start or is up.
 * stopping: systemd was asked to stop the pod's slice; apps end in reverse order.
 * done:     every line the apps wrote is printed, every status is on disk. */

#include <systemd/sd-event.h>

#include "appc-pod.h"
#include "pod.h"
#include "stage1-args.h"
#include "sysd-pod.h"

typedef struct SkimSupervisor SkimSupervisor;

/**
 * skim_supervisor_new() - make a pod ready to start: nothing runs yet, but its units' properties
 * are checked as far as we can
 * @pod, @args: borrowed
 * @manifest: not needed any more once this has returned
 * @path: the pod's directory on the host, absolute
 *
 * Returns: 0; any errno of what a manifest, image or host may be wrong about.
 */
int skim_supervisor_new(const Pod *pod,
                        const AppcPod *manifest,
                        const Stage1Args *args,
                        const char *path,
                        SkimSupervisor **ret,
                        Error *e);
SkimSupervisor *skim_supervisor_free(SkimSupervisor *supervisor);
DEFINE_CLEANUP(SkimSupervisor, skim_supervisor_free);

/* Hands the pod to systemd. On failure nothing is left with it. */
int skim_supervisor_start(SkimSupervisor *supervisor, Error *e);

/* Until the end. Returns the pod's exit status; a negative errno. */
int skim_supervisor_run(SkimSupervisor *supervisor, Error *e);
