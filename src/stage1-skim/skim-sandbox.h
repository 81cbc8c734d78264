/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A pod whose apps come and go while it runs: what stage1's app entrypoints ask of the pod's
 * supervisor, which alone starts and ends units, over a socket in the pod's directory.
 *
 * A request is one message, "VERB APP"; so is its answer, "STATUS TEXT": the entrypoint's exit
 * status and why. It comes when what was asked for has happened. */

#include <systemd/sd-event.h>

#include "pod.h"
#include "stage1-args.h"
#include "sysd-pod.h"

#define SKIM_SANDBOX_SOCKET "control" /* below the pod's directory */
#define SKIM_SANDBOX_MESSAGE_MAX 4096

/* As systemctl, which the original asked: there is no such unit. */
#define SKIM_SANDBOX_NOT_LOADED 5

typedef struct SkimSandbox SkimSandbox;

/* All borrowed; @path is the pod's directory, absolute. */
typedef struct SkimSandboxPod {
        sd_event *event;
        const Pod *pod;
        const char *path;
        const Stage1Args *args;
        SysdPod *units;
} SkimSandboxPod;

/* Listens. Nothing is asked before the event loop runs. */
int skim_sandbox_new(const SkimSandboxPod *of, SkimSandbox **ret, Error *e);
SkimSandbox *skim_sandbox_free(SkimSandbox *sandbox);
DEFINE_CLEANUP(SkimSandbox, skim_sandbox_free);

/* An app of the pod is in another state: answers who waits for that. */
void skim_sandbox_app_changed(SkimSandbox *sandbox, const SysdApp *app);

/* The pod ends: no more apps. */
void skim_sandbox_close(SkimSandbox *sandbox);

/* Whether any app had a stream into the pod's journal. */
bool skim_sandbox_has_written(const SkimSandbox *sandbox);
