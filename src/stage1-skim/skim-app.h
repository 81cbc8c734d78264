/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* One app of the manifest as one service unit. */

#include "stage1-app.h"
#include "stage1-args.h"
#include "stage1-streams.h"
#include "sysd-property.h"

/* Leads an app's output and errors into an open stream, borrowed until the properties were sent. */
int skim_app_set_output(SysdProperties *p, int stream_fd);

/* The same for an app with streams of its own, which are connected; @log_fd for those that go to the journal. */
int skim_app_set_streams(SysdProperties *p, const Stage1Streams *streams, int log_fd);

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
                        const Stage1App *app,
                        const Stage1Args *args,
                        char *const *command,
                        SysdProperties *p,
                        Strv *ret_ignored,
                        Error *e);
