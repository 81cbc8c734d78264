/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Becoming a program of the app's tree, once its tree is the root. */

#include "fly-confine.h"

/* The app's environment as execve() takes it. @keep_terminal: with the caller's TERM. */
int fly_environment(const Stage1App *app, bool keep_terminal, Strv *ret);

typedef struct FlyLaunch {
        const FlyConfinement *confinement;
        char *const *words;      /* as the app means them; its PATH is searched */
        Strv environment;        /* as fly_environment() returns it */
        const AppcPairs *search; /* where PATH is looked up */
        const char *directory;   /* working directory; NULL is "/" */
        pid_t parent;            /* as of fly_confine() */
} FlyLaunch;

/* Never returns 0: on success it does not return. */
int fly_launch(const FlyLaunch *launch, Error *e);
