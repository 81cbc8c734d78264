/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What an archive may ask for at most. The first group are options with these defaults; the second
 * follows from what a kernel can name. */

#include <stdint.h>

#define RENDER_EXPANDED_MAX ((uint64_t) 64 * 1024 * 1024 * 1024) /* bytes, unpacked */
#define RENDER_ENTRIES_MAX UINT64_C(1000000)

/* Unpacked bytes per delivered byte, asked only beyond the floor: real images stay below 10, but a
 * sparse disk image or a zeroed file may come first in a layer. */
#define RENDER_RATIO_MAX UINT64_C(200)
#define RENDER_RATIO_FLOOR ((uint64_t) 1024 * 1024 * 1024)

#define RENDER_NAME_MAX 255
#define RENDER_PATH_MAX 4095 /* of a whole path, so that one system call can take it */
#define RENDER_DEPTH_MAX 255

typedef struct RenderLimits {
        uint64_t expanded, entries, ratio;
        uint64_t manifest; /* bytes of an ACI's manifest */
} RenderLimits;
