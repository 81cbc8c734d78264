/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* An image as run and prepare need it: its manifest, and the trees it stands on. */

#include "appc-image.h"

typedef struct Image {
        char *id; /* the store's key: "sha512-" and 64 digits */
        AppcImage *manifest;
        Strv trees;    /* keys of its layers and those of what it depends on, topmost first */
        Strv paths;    /* their directories, absolute, in the same order */
        bool verified; /* a trusted key signed it */
} Image;

#define IMAGE_NULL ((Image){})

void image_done(Image *image);
