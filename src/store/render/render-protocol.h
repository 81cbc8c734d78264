/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What rkt and rkt-render agree on: descriptors and modes. Arguments are "NAME=NUMBER", the report is
 * a JSON object; both are spelled in store-render.c and render-main.c only. */

#include <errno.h>

#define RENDER_FD_IN 0        /* archive or document */
#define RENDER_FD_REPORT 1    /* JSON */
#define RENDER_FD_TREE 3      /* directory, to be made, read or sealed */
#define RENDER_FD_DELIVERED 4 /* copy of the input */
#define RENDER_FD_UNPACKED 5  /* copy of it, decompressed; or what was packed */
#define RENDER_FD_SEAL 6      /* empty, or with an order for whoever seals a tree as it is */
#define RENDER_FD_SCRATCH 7
#define RENDER_FD_MANIFEST 8 /* of an ACI: written when unpacking, read when packing */
#define RENDER_FD_NEEDS 9    /* NUL-terminated paths that a layer lacks */
#define RENDER_FD_THERE 10   /* what is in the copy of the input already, and comes before it */
#define RENDER_FD_MAX 11

typedef enum RenderMode {
        RENDER_UNPACK,
        RENDER_LIST,
        RENDER_SEAL,
        RENDER_PACK,
        _RENDER_MODE_MAX,
        _RENDER_MODE_INVALID = -EINVAL,
} RenderMode;
