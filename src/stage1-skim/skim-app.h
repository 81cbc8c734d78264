/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* One app of the manifest as one service unit. */

#include "appc-pod.h"
#include "pod.h"
#include "stage1-args.h"
#include "sysd-property.h"

typedef struct SkimApp {
        const AppcRuntimeApp *runtime; /* borrowed from the pod's manifest */
        const AppcApp *app;            /* effective: the pod's or the image's */
        AppcImage *image;
        int root_fd;     /* the app's tree */
        char *root_path; /* its absolute path on the host */
} SkimApp;

/* Opens what is on disk of an app. Returns 0; -EINVAL when nothing says what to run; others. */
int skim_app_open(const Pod *pod,
                  const char *pod_path,
                  const AppcRuntimeApp *runtime,
                  SkimApp *ret,
                  Error *e);
void skim_app_done(SkimApp *app);

/**
 * skim_app_properties() - an app's own unit properties
 * @command:     what to run in the app's place, under all of the app's restrictions, for enter; NULL
 *               for the app itself
 * @p:           all but what the pod gives each app and where its output goes
 * @ret_ignored: isolators that nothing enforces
 *
 * Returns: 0; any errno of what an app may be wrong about, with the reason.
 */
int skim_app_properties(const AppcPod *pod_manifest,
                        const Pod *pod,
                        const char *pod_path,
                        const SkimApp *app,
                        const Stage1Args *args,
                        char *const *command,
                        SysdProperties *p,
                        Strv *ret_ignored,
                        Error *e);
