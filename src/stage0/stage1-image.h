/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Choosing the stage1 image: what the command line says, else the configuration, else what this rkt
 * was built with.
 * Source: inventory 3.3. */

#include "images.h"
#include "run-settings.h"

int stage1_image_find(
        const Stage0 *stage0, Images *images, const RunSettings *settings, Image *ret, Error *e);
