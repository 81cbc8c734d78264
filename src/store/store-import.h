/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Bringing images in: what fetchers and local imports have in common. Bytes are taken from descriptors
 * and nothing counts before it was hashed and compared; then the image is committed, or nothing stays.
 *
 *   begin ─► document, have_layer, ingest … ─► commit … ─► free */

#include "oci-digest.h"
#include "oci-translate.h"
#include "store.h"

typedef struct StoreImport StoreImport;

typedef enum StoreImportFlags {
        STORE_IMPORT_NO_TREES =
                1 << 0, /* leave trees for later; so it is for all but root anyway */
} StoreImportFlags;

/* Returns 0; -EROFS read-only; a negative errno. */
int store_import_begin(Store *store, StoreImportFlags flags, StoreImport **ret, Error *e);

/* What was brought in and not committed is removed, if nobody else may have begun to count on it;
 * otherwise gc does that. */
StoreImport *store_import_free(StoreImport *import);
DEFINE_CLEANUP(StoreImport, store_import_free);

/* A manifest, config or index: its bytes, and what they hash to. */
typedef struct StoreDocument {
        char *bytes; /* with a NUL behind them */
        size_t n;
        OciDigest sha256, sha512;
} StoreDocument;

#define STORE_DOCUMENT_NULL ((StoreDocument){})

void store_document_done(StoreDocument *document);

/* A stretch of a file, or all a pipe gives. */
typedef struct StoreInput {
        int fd;          /* borrowed */
        uint64_t offset; /* in a file */
        uint64_t bytes;  /* 0: until the end */
} StoreInput;

/**
 * store_import_document() - read and hash
 * @expected: the digest it must have; NULL or not set where none is known
 *
 * Returns: 0; -EFBIG more than @max bytes; -EBADMSG another digest; a negative errno.
 */
int store_import_document(StoreImport *import,
                          const StoreInput *input,
                          const OciDigest *expected,
                          size_t max,
                          StoreDocument *ret,
                          Error *e);

/**
 * store_import_have_layer() - whether a layer need not be brought in
 * @blob: as it is delivered
 * @diff: as it is unpacked
 * @ret: the blob that is there instead: it may have been packed by another program
 *
 * Returns: 1; 0; a negative errno.
 */
int store_import_have_layer(StoreImport *import,
                            const OciDigest *blob,
                            const OciDigest *diff,
                            OciDigest *ret,
                            Error *e);

/**
 * store_import_claim_layer() - be the one who brings a layer in
 * @ret_fd: until it is closed, nobody else does
 *
 * Who tries until it is free must hold no claim meanwhile, for another may wait for that one; and look
 * again then whether it is there.
 *
 * Returns: 1; 0 another one is at it; a negative errno.
 */
int store_import_claim_layer(StoreImport *import, const OciDigest *blob, int *ret_fd, Error *e);

/* What was brought in whole stays when it is not committed: it will be asked for again. */
void store_import_keep(StoreImport *import);

typedef struct StoreIngestSpec {
        StoreInput input;
        bool aci;
        OciDigest blob; /* the digest it must have as delivered; not set where none is known */
        OciDigest diff; /* layers: the same unpacked; sha256 or sha512 */
        uint64_t size;  /* bytes it must have as delivered; 0 where that is unknown */
        bool in_parts; /* both are known, and the input is a pipe that may break off: goes on with what
                         * an earlier one left */
} StoreIngestSpec;

typedef struct StoreIngested {
        OciDigest blob, plain; /* as delivered, as unpacked */
        uint64_t size;         /* bytes delivered */
        char *id;              /* ACI: "sha512-" and 64 digits; NULL otherwise */
        char *manifest;        /* ACI: its manifest as it came, with a NUL behind it */
        size_t n_manifest;
        uint64_t skipped_devices, dropped_xattrs;
} StoreIngested;

#define STORE_INGESTED_NULL ((StoreIngested){})

void store_ingested_done(StoreIngested *ingested);

/* One blob on its way in: copied, hashed, unpacked and made a tree side by side with its arrival. */
typedef struct StoreIngest StoreIngest;

/* Several may be under way. Returns 0; a negative errno. */
int store_ingest_start(StoreImport *import,
                       const StoreIngestSpec *spec,
                       StoreIngest **ret,
                       Error *e);

/* How many bytes are there from an earlier time: the input has to begin behind them. */
uint64_t store_ingest_there(const StoreIngest *ingest);

/* When it is given up, what came stays for the next time: the input has to end before. */
void store_ingest_keep(StoreIngest *ingest);

/**
 * store_ingest_finish() - see what came
 * @ingest: freed in every case
 *
 * Returns: 0; -EBADMSG another digest or size, or damaged; -EMEDIUMTYPE not an ACI; what the content is
 *          refused for; -ENOSPC; others.
 */
int store_ingest_finish(StoreIngest *ingest, StoreIngested *ret, Error *e);

/* The blob that came, as it was delivered: the store's own copy. Returns a descriptor for reading; a
 * negative errno. */
int store_ingested_open(const StoreImport *import, const StoreIngested *ingested, Error *e);

/* Gives up on it. */
StoreIngest *store_ingest_free(StoreIngest *ingest);
DEFINE_CLEANUP(StoreIngest, store_ingest_free);

typedef enum StoreCommitFlags {
        STORE_COMMIT_LATEST = 1 << 0,   /* was asked for without a version */
        STORE_COMMIT_VERIFIED = 1 << 1, /* a trusted key vouches for these very bytes */
} StoreCommitFlags;

/* @aci was ingested in this import. The image's name and labels are its manifest's.
 * Returns 0; -EINVAL a bad manifest; -ENOSPC; others. */
int store_commit_aci(StoreImport *import,
                     const StoreIngested *aci,
                     StoreCommitFlags flags,
                     char **ret_id,
                     Error *e);

typedef struct StoreOciLayer {
        OciDigest blob; /* as store_ingest_finish() or store_import_have_layer() told */
} StoreOciLayer;

typedef struct StoreOciImage {
        const StoreDocument *manifest; /* NULL where there is none */
        const StoreDocument *config;
        const StoreOciLayer *layers; /* base first, as many as the config has diff ids */
        size_t n_layers;
        OciOrigin origin; /* what it is called; digests are filled in */
} StoreOciImage;

/* Returns as store_commit_aci(). */
int store_commit_oci(StoreImport *import,
                     const StoreOciImage *image,
                     StoreCommitFlags flags,
                     char **ret_id,
                     Error *e);
