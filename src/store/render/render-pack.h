/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* From a tree to an archive. */

#include <stdint.h>

#include "errors.h"

typedef struct RenderPackSpec {
        int root_fd;
        int out_fd;
        const char *prefix; /* "rootfs" in an ACI; "" for what has no name of its own */
        int manifest_fd;    /* -EBADF, or what becomes the member "manifest" in front */
} RenderPackSpec;

typedef struct RenderPackResult {
        char *sha256, *sha512; /* hex */
        uint64_t n_bytes, n_entries, n_skipped;
} RenderPackResult;

void render_pack_result_done(RenderPackResult *result);

/* Sockets and devices are left out and counted. Returns 0; -EAGAIN a file changed while it was read; a
 * negative errno. */
int render_pack(const RenderPackSpec *spec, RenderPackResult *ret, Error *e);
