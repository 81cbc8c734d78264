/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Becoming a program of the app's tree, once its tree is the root. */

#include "stage1-confine.h"

/* The app's environment as execve() takes it. @keep_terminal: with the caller's TERM. */
int stage1_environment(const Stage1App *app, bool keep_terminal, Strv *ret);

typedef struct Stage1Launch {
        const Stage1Confinement *confinement;
        char *const *words;      /* as the app means them; its PATH is searched */
        Strv environment;        /* as stage1_environment() returns it */
        const AppcPairs *search; /* where PATH is looked up */
        const char *directory;   /* working directory; NULL is "/" */
        pid_t parent;            /* as of stage1_confine() */
} Stage1Launch;

/* Never returns 0: on success it does not return. */
int stage1_launch(const Stage1Launch *launch, Error *e);
