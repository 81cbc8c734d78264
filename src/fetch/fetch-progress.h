/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What people see while things are fetched: on a terminal, one bar for each download under way, drawn over
 * and over; elsewhere, one line for each thing that happens. Knows no terminal: it is told what there is,
 * and writes to a stream. */

#include <stdio.h>

#include "cleanup.h"
#include "fetch-message.h"

typedef struct FetchProgress FetchProgress;

typedef enum FetchProgressStyle {
        FETCH_PROGRESS_NONE,
        FETCH_PROGRESS_LINES,
        FETCH_PROGRESS_BARS, /* @columns is what the terminal has */
} FetchProgressStyle;

/* @out: borrowed for its life. Returns 0; -ENOMEM. */
int fetch_progress_new(FILE *out, FetchProgressStyle style, unsigned columns, FetchProgress **ret);

/* Bars that are still there stay as they are, above what is written next. */
FetchProgress *fetch_progress_free(FetchProgress *progress);
DEFINE_CLEANUP(FetchProgress, fetch_progress_free);

/* A FetchWatchFn. @userdata: a FetchProgress. */
void fetch_progress_watch(const char *label, const FetchEvent *event, void *userdata);

/* The same at a given time, in milliseconds of some clock that only goes forward. */
void fetch_progress_tell(FetchProgress *progress,
                         const char *label,
                         const FetchEvent *event,
                         int64_t now_msec);
