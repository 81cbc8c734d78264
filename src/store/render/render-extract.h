/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* From an archive to a tree: the rules of ACIs and of OCI layers.
 * Source: appc-oci 1.3, 6.7, 7.5; security table C. */

#include "render-limits.h"
#include "render-tar.h"

typedef enum RenderFormat {
        RENDER_ACI,
        RENDER_LAYER,
        _RENDER_FORMAT_MAX,
        _RENDER_FORMAT_INVALID = -EINVAL,
} RenderFormat;

typedef struct RenderExtractSpec {
        RenderFormat format;
        const RenderLimits *limits;
        int tree_fd; /* an empty directory, or with @below what was copied from the layers below */
        int seal_fd; /* an empty file */
        int scratch_fd;  /* an empty file */
        int manifest_fd; /* ACI: gets the manifest. An empty file */
        int needs_fd; /* layer: gets NUL-terminated paths that this layer lacks; -EBADF: that is an
                          * error, or for directories no matter */
        bool below;
} RenderExtractSpec;

typedef struct RenderExtractResult {
        uint64_t n_entries, bytes; /* bytes: of the files, holes included */
        uint64_t n_implicit, n_missing, n_skipped_devices, n_dropped_xattrs;
        uint64_t n_sealed, n_manifest; /* entries of the seal, bytes of the manifest */
} RenderExtractResult;

/**
 * render_extract() - read an archive to its end and leave a sealed tree
 * @spec: borrowed
 *
 * Returns: 0; -EMEDIUMTYPE not an ACI, which already the first member behind "./" shows; -EINVAL,
 *          -EPERM, -EBADMSG, -EOPNOTSUPP refused; -E2BIG, -EFBIG, -ENAMETOOLONG beyond the limits;
 *          -ENOSPC and other negative errnos.
 */
int render_extract(const RenderSource *source,
                   const RenderExtractSpec *spec,
                   RenderExtractResult *ret,
                   Error *e);
