/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The app's standard streams: the caller's own, but for those that are asked to lead elsewhere. */

#include "stage1-app.h"
#include "stage1-streams.h"

/* Before the app's process is there. Returns 0; a negative errno. */
int fly_streams_open(Stage1Streams *streams, const Pod *pod, const Stage1App *app, Error *e);

/* Opens what leads to the host's journal, under the app's name, or to nothing. */
int fly_streams_open_log(const Stage1App *app);

/* In the app's process, while it is in the host's tree and root. With a terminal of its own it gets a session of
 * its own. Returns 0; a negative errno. */
int fly_streams_enter(const Stage1Streams *streams, const Stage1App *app, Error *e);
