/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* From what a user writes to an image in the store: hashes, files, names.
 * Source: inventory 7.1, 7.2. */

#include "image.h"
#include "pods.h"
#include "run-settings.h"

/* The store, open, and what the global options say about images. */
typedef struct Images Images;

int images_open(const Stage0 *stage0, Images **ret, Error *e);
Images *images_close(Images *images);
DEFINE_CLEANUP(Images, images_close);

/* No progress, no notes. */
void images_set_quiet(Images *images, bool quiet);

/**
 * images_find() - the image a user means by a word
 * @signature: a local signature file; NULL if none was given
 *
 * Imports what is a file or layout; fetches what is elsewhere, as far as @policy lets it.
 *
 * Returns: 0; -ENOENT; -EKEYREJECTED when nothing vouches for it; others.
 */
int images_find(Images *images,
                const char *word,
                const char *signature,
                PullPolicy policy,
                Image *ret,
                Error *e);

/* The same, but only has the image in the store: its trees need not be usable. */
int images_fetch(Images *images,
                 const char *word,
                 const char *signature,
                 PullPolicy policy,
                 char **ret_id,
                 Error *e);

/* The same for local files and layouts alone: what is no URL is a path. */
int images_import(Images *images, const char *word, char **ret_id, Error *e);

/* An id or a prefix of one, from the store. */
int images_find_hash(Images *images, const char *hash, Image *ret, Error *e);

/* "NAME[:VERSION][,LABEL=VALUE...]" */
int images_find_name(Images *images, const char *name, PullPolicy policy, Image *ret, Error *e);

/* @trusted: no signature is asked for. */
int images_find_file(Images *images, const char *path, bool trusted, Image *ret, Error *e);

/* Holds off the collection of trees until images_close(): while pods are being made from them. */
int images_hold(Images *images, Error *e);

/* Whether the trees are what they were when they were made, as far as a quick look tells. */
int images_check(Images *images, const Image *image, Error *e);

/* Puts the trees, merged, into an empty directory: for pods without overlays. */
int images_copy(Images *images, const Image *image, int directory_fd, Error *e);
