/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What a pod file means: a service unit that runs it. Pure.
 * Source: rkt.pod(5). */

#include "podfile-parse.h"

typedef struct PodfileTarget {
        const char *name;     /* of the unit, without ".service" */
        const char *source;   /* the file it comes from */
        const char *manifest; /* a pod manifest in place of [App] sections; or NULL */
        const char *program;  /* rkt */
} PodfileTarget;

/**
 * podfile_unit() - the text of the unit
 * @ret: allocated
 *
 * Returns: 0; -EINVAL with "FILE:LINE: why" (or "FILE: why" for what is missing); -ENOMEM.
 */
int podfile_unit(const Podfile *podfile, const PodfileTarget *target, char **ret, Error *e);

/* What [Install] says with a key, as words, added to @ret; an empty value takes back those before. */
int podfile_install(const Podfile *podfile, const char *key, Strv *ret, Error *e);
