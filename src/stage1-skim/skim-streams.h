/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Where an app's standard streams lead: to nothing, the journal, whoever is attached, or a terminal
 * of its own. For the last two a helper, "streams", serves sockets in rkt/iottymux/APP.
 * Source: inventory 5.1.9. */

#include "pod-files.h"
#include "sysd-property.h"

#define SKIM_STREAMS_DIRECTORY "rkt/iottymux"
#define SKIM_STREAMS_ENDPOINTS "endpoints"
#define SKIM_STREAMS_TERMINAL "stage2-pts"

typedef struct SkimStreams {
        bool wanted;    /* otherwise nothing else is set */
        int modes[3];   /* of standard input, output and error */
        int control_fd; /* closing it tells the helper that the app has ended */
        int fds[3];     /* the app's ends, until systemd has them */
} SkimStreams;

#define SKIM_STREAMS_NULL ((SkimStreams){ false, {}, -EBADF, { -EBADF, -EBADF, -EBADF } })

/* Whether the app has a stream that does not simply go to the journal. */
bool skim_streams_wanted(const AppcRuntimeApp *runtime);
#define SKIM_STREAMS_FDS_MAX 3 /* descriptors that such an app is given */

/* What the app wants. Returns 0; -EINVAL for modes that there are not. */
int skim_streams_read(const AppcRuntimeApp *runtime, SkimStreams *ret, Error *e);

/**
 * skim_streams_connect() - connect an app that wants it
 * @log_fd: what leads to the journal; borrowed
 * @p:      gets the app's descriptors, which must stay until it was sent
 * @s:      as it was read; gets what must be kept
 *
 * Returns: 0; a negative errno.
 */
int skim_streams_connect(
        const Pod *pod, const char *app, int log_fd, SysdProperties *p, SkimStreams *s, Error *e);

/* The app has its ends. */
void skim_streams_passed(SkimStreams *streams);
void skim_streams_done(SkimStreams *streams);
