/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the verbs about pods share: opening them as the user names them. */

#include "config.h"
#include "pod-files.h"

/* The data directory's pods, with what makes them complete to a verb. */
typedef struct Stage0 {
        const Rkt *rkt;
        Config config;
        Pods *pods;
} Stage0;

/* @make: make missing directories. Returns 0; a negative errno. */
int stage0_open(const Rkt *rkt, bool make, Stage0 *ret, Error *e);
void stage0_done(Stage0 *stage0);

/* The pod that @word means: a UUID or a unique prefix of one. */
int stage0_find_pod(const Stage0 *stage0, const char *word, Pod **ret, Error *e);

/* The same, of a pod that must be running. */
int stage0_find_running_pod(const Stage0 *stage0, const char *word, Pod **ret, Error *e);

/* Reads a UUID from a file, blanks trimmed, and finds that pod. */
int stage0_find_pod_in_file(const Stage0 *stage0, const char *path, Pod **ret, Error *e);

/* The words of a verb that takes "UUID..." or "--uuid-file=FILE", one or the other. Returns 0 and
 * the words (borrowed, or read into @ret_owned); -EINVAL when it is neither or both. */
int stage0_uuid_words(char **words, const char *uuid_file, char ***ret, Strv *ret_owned, Error *e);

/* The app of a pod that is meant: @wanted, or the only one. Several are told on standard error. Borrowed
 * from the manifest or the caller. */
int stage0_choose_app(
        const AppcPod *manifest, const char *wanted, const char *verb, const char **ret, Error *e);
