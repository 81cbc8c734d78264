/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Removing images, and telling of it: what "image rm" and "image gc" have in common. */

#include "store-image.h"
#include "verb.h"

typedef struct ImageRemovals {
        unsigned done, failed;
        unsigned unknown; /* words that no image was found for */
} ImageRemovals;

/* Says what came of it. */
void image_remove(const Rkt *rkt, Store *store, const char *id, ImageRemovals *removals);

/* Sums up. Returns the exit code: as with the original, words that no image was found for do not
 * count. */
int image_removals_tell(const Rkt *rkt, const ImageRemovals *removals);
