/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the verbs below "rkt app" share: most are about one app of a running pod. */

#include "output-format.h"
#include "pods.h"

typedef struct AppSettings {
        char *app;
        bool no_legend;
        OutputFormat format;
} AppSettings;

extern const Option app_name_options[];   /* --app */
extern const Option app_format_options[]; /* --format */
extern const Option app_legend_options[]; /* --no-legend */

void app_settings_done(void *settings);

/* The exit code for failures of app list, status and sandbox: the original's was 1. */
int app_exit_failed(void);

/* What is done with one app of a pod. Returns 0; a negative errno. */
typedef int (*AppAction)(const Stage0 *stage0, const Pod *pod, const char *app, Error *e);

typedef struct AppVerb {
        const char *doing;   /* "start": in messages */
        const char *failure; /* "error starting app" */
        AppAction action;
        bool when_exited; /* also for pods that do not run any more */
} AppVerb;

/* Runs such a verb: --app=APP UUID. Returns its exit code. */
int app_verb_run(const Rkt *rkt, const AppVerb *verb, const AppSettings *settings, char **words);
