/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Image trees as directories for people: what "image extract" and "image render" have in common. */

#include "store-layers.h"
#include "verb.h"

typedef struct ImageUnpackSettings {
        bool rootfs_only, overwrite;
} ImageUnpackSettings;

extern const Option image_unpack_options[];

/* Has the trees that are to be unpacked. */
typedef int (*ImageUnpackFind)(
        const Rkt *rkt, Store *store, const char *id, StoreLayers *ret, Error *e);

/**
 * image_unpack() - run the verb
 * @words: the image and the directory; wrong ones end in usage
 *
 * The directory appears whole or not at all.
 *
 * Returns: the exit code.
 */
int image_unpack(const Rkt *rkt,
                 const ImageUnpackSettings *settings,
                 char **words,
                 ImageUnpackFind find);
