/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* One pass over an archive's bytes: copied, hashed, decompressed, hashed again and consumed side by
 * side.
 *
 *   input ──► ring ─┬─► copy of what was delivered
 *                   ├─► its digests
 *                   └─► decompression ──► ring ─┬─► copy of what was packed
 *                                               ├─► its digests
 *                                               └─► the consumer (this thread)
 *
 * What is not compressed has one ring for all. */

#include "render-digest.h"
#include "render-inflate.h"
#include "render-tar.h"

#define RENDER_UNTIL_END UINT64_MAX

typedef unsigned RenderDigestSet; /* 1 << RenderDigestKind */

/* Reads @source to its end. Returns 0 or a negative errno. */
typedef int (*RenderConsumer)(const RenderSource *source, void *userdata, Error *e);

typedef struct RenderPipelineSpec {
        int in_fd;
        uint64_t offset, n; /* the stretch of @in_fd, if it can seek; n also bounds a pipe */
        int there_fd;       /* a file whose first @n_there bytes come before @in_fd, a pipe; */
        uint64_t n_there;   /* @delivered_fd has them already, and stands behind them */
        int delivered_fd;   /* -EBADF, or gets the bytes as they came; synced at the end */
        int unpacked_fd;    /* -EBADF, or gets them decompressed */
        RenderDigestSet delivered, unpacked; /* without any of the latter nothing is decompressed */
        bool if_packed;                      /* the former only of what is compressed */
        const RenderLimits *limits;
        RenderConsumer consume; /* NULL: nobody */
        void *userdata;
} RenderPipelineSpec;

typedef struct RenderPipelineResult {
        RenderCompression compression;
        uint64_t n_delivered, n_unpacked;                                             /* bytes */
        char *delivered[_RENDER_DIGEST_KIND_MAX], *unpacked[_RENDER_DIGEST_KIND_MAX]; /* hex */
} RenderPipelineResult;

void render_pipeline_result_done(RenderPipelineResult *result);

/**
 * render_pipeline_run() - run to the end, or to the first failure
 * @ret: only on 0
 *
 * Returns: 0; -EFBIG beyond the limits; -EBADMSG bad data; what the consumer returned; another
 *          negative errno.
 */
int render_pipeline_run(const RenderPipelineSpec *spec, RenderPipelineResult *ret, Error *e);
