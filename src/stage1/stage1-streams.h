/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Where an app's standard streams lead: to nothing, the journal, whoever is attached, or a terminal of its own.
 * For the last two a helper, "streams", serves sockets in rkt/iottymux/APP below stage1's root, which no app has
 * in its tree. Source: inventory 5.1.9. */

#include "pod-files.h"

#define STAGE1_STREAMS_MAX 3
#define STAGE1_STREAMS_DIRECTORY "rkt/iottymux"
#define STAGE1_STREAMS_ENDPOINTS "endpoints"

typedef enum Stage1StreamMode {
        STAGE1_STREAM_DEFAULT, /* the flavor's own: nobody asked for anything */
        STAGE1_STREAM_NULL,
        STAGE1_STREAM_LOG,
        STAGE1_STREAM_ATTACH,
        STAGE1_STREAM_TTY,
        _STAGE1_STREAM_MODE_MAX,
        _STAGE1_STREAM_MODE_INVALID = -EINVAL,
} Stage1StreamMode;

typedef struct Stage1Streams {
        Stage1StreamMode modes[STAGE1_STREAMS_MAX]; /* of standard input, output and error */
        int control_fd;              /* closing it tells the helper that the app has ended */
        int fds[STAGE1_STREAMS_MAX]; /* the app's ends of what is attached to */
        char *terminal;              /* path of the app's own; NULL where it has none */
        pid_t helper;                /* our child, which outlives the app; 0 where there is none */
} Stage1Streams;

#define STAGE1_STREAMS_NULL ((Stage1Streams){ {}, -EBADF, { -EBADF, -EBADF, -EBADF }, NULL, 0 })

/* "stdin", "stdout" or "stderr". */
const char *stage1_stream_name(size_t i);

/* Whether the app has a stream that does not simply go where all do: nothing in, the journal out. */
bool stage1_streams_wanted(const AppcRuntimeApp *runtime);

/* What the app wants. Returns 0; -EINVAL for modes that there are not. */
int stage1_streams_read(const AppcRuntimeApp *runtime, Stage1Streams *ret, Error *e);

/**
 * stage1_streams_announce() - make the app's directory, and say there what can be attached to
 * @root_fd:   stage1's root
 * @ret_names: words for the helper; NULL where there is nothing to attach to
 *
 * Returns: the directory's descriptor; a negative errno.
 */
int stage1_streams_announce(int root_fd, const char *app, const Stage1Streams *s, Strv *ret_names);

/**
 * stage1_streams_connect() - start the helper of an app on the host, where there is need of one
 * @program: the helper
 * @s:       as it was read; gets what must be kept
 *
 * Returns: 0, and then one may attach; a negative errno.
 */
int stage1_streams_connect(
        const Pod *pod, const char *app, const char *program, Stage1Streams *s, Error *e);

/* The app has its ends. */
void stage1_streams_passed(Stage1Streams *streams);
void stage1_streams_done(Stage1Streams *streams);
