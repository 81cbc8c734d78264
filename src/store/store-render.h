/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Starting rkt-render, and reading what it reports. It has handled hostile bytes: its report is
 * bounded and parsed as strictly as any foreign document. */

#include "oci-digest.h"
#include "store-archive.h"
#include "store-base.h"

typedef enum StoreCompression {
        STORE_PLAIN,
        STORE_GZIP,
        STORE_BZIP2,
        STORE_XZ,
        STORE_ZSTD,
        _STORE_COMPRESSION_MAX,
        _STORE_COMPRESSION_INVALID = -EINVAL,
} StoreCompression;

typedef struct StoreStream {
        uint64_t bytes;
        OciDigest sha256, sha512; /* not set where not asked for */
} StoreStream;

typedef struct StoreReport {
        StoreCompression compression;
        StoreStream delivered, unpacked;
        uint64_t entries, manifest, implicit, missing, skipped_devices, dropped_xattrs;
        bool spooled; /* members lie in the spool, not in the input */
        StoreMember *members;
        size_t n_members;
} StoreReport;

#define STORE_REPORT_NULL ((StoreReport){})

void store_report_done(StoreReport *report);

typedef enum StoreRenderMode {
        STORE_RENDER_UNPACK,
        STORE_RENDER_LIST,
        STORE_RENDER_SEAL,
        STORE_RENDER_PACK,
} StoreRenderMode;

typedef enum StoreRenderFormat {
        STORE_RENDER_NO_ARCHIVE,
        STORE_RENDER_ACI,
        STORE_RENDER_LAYER,
} StoreRenderFormat;

typedef enum StoreDigests {
        STORE_WANT_SHA256 = 1 << 0,
        STORE_WANT_SHA512 = 1 << 1,
} StoreDigests;

/* What to ask for, for a digest by this algorithm, and where it is told then. */
static inline StoreDigests store_want(OciAlgorithm algorithm) {
        return algorithm == OCI_SHA512 ? STORE_WANT_SHA512 : STORE_WANT_SHA256;
}

static inline const OciDigest *store_stream_digest(const StoreStream *stream,
                                                   OciAlgorithm algorithm) {
        return algorithm == OCI_SHA512 ? &stream->sha512 : &stream->sha256;
}

/* Descriptors are borrowed; -EBADF where there is none. */
typedef struct StoreRenderJob {
        StoreRenderMode mode;
        StoreRenderFormat format;
        int in_fd;
        uint64_t offset, bytes;           /* of @in_fd; bytes 0: until its end */
        StoreDigests delivered, unpacked; /* digests wanted; unpacked 0: not decompressed at all */
        int tree_fd, delivered_fd, unpacked_fd, seal_fd, scratch_fd, manifest_fd, needs_fd;
        int there_fd; /* @there bytes that come before @in_fd, and that @delivered_fd has */
        uint64_t there;
        bool if_packed;     /* the digest of what is delivered only where that is compressed */
        bool below;         /* the tree already holds what comes from below */
        const char *prefix; /* packing; NULL for none */
} StoreRenderJob;

#define STORE_RENDER_JOB_NULL                      \
        ((StoreRenderJob){ .in_fd = -EBADF,        \
                           .tree_fd = -EBADF,      \
                           .delivered_fd = -EBADF, \
                           .unpacked_fd = -EBADF,  \
                           .seal_fd = -EBADF,      \
                           .scratch_fd = -EBADF,   \
                           .manifest_fd = -EBADF,  \
                           .needs_fd = -EBADF,     \
                           .there_fd = -EBADF })

/* A helper at work. */
typedef struct StoreRender StoreRender;

/* Returns 0; a negative errno. */
int store_render_start(const Store *store, const StoreRenderJob *job, StoreRender **ret, Error *e);

/* Waits for its end, whose input has come to one; not for ever. */
void store_render_settle(const StoreRender *render);

/**
 * store_render_finish() - wait for the end and read the report
 * @render: freed in every case
 * @ret: only on 0
 *
 * Returns: 0; the errno the helper reports, with its words (-EMEDIUMTYPE: not an ACI); -EPROTO a
 *          report that is none, or none at all.
 */
int store_render_finish(StoreRender *render, StoreReport *ret, Error *e);

/* Ends the work, if need be by force. */
StoreRender *store_render_free(StoreRender *render);
DEFINE_CLEANUP(StoreRender, store_render_free);

/* All in one. */
int store_render_run(const Store *store, const StoreRenderJob *job, StoreReport *ret, Error *e);

/* An anonymous file in memory that never gets larger than @max. Returns a descriptor; a negative
 * errno. */
int store_memory_new(const char *name, size_t max);

/* The first @n bytes of it, with a NUL behind them. Returns 0; -EPROTO it is shorter; -ENOMEM. */
int store_memory_read(int fd, size_t n, char **ret);

/* One that holds @text. */
int store_memory_from(const char *name, const char *text, size_t n);
