/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Blobs: files named by the digest of what they hold, never changed once they are there. */

#include "store-base.h"

bool store_blob_have(const Store *store, const OciDigest *digest);

/* For reading. Returns a descriptor; -ENOENT; another negative errno. */
int store_blob_open(const Store *store, const OciDigest *digest, Error *e);

/* A small one, whole. Its digest is not looked at. Returns 0; -ENOENT; -EFBIG. */
int store_blob_read(const Store *store,
                    const OciDigest *digest,
                    size_t max,
                    char **ret,
                    size_t *ret_n,
                    Error *e);

/**
 * store_blob_publish() - give a file in a stage its name among the blobs
 * @digest: of its content; the caller has seen that it is
 * @plain: of what comes out when it is unpacked; NULL for a document
 *
 * The file's content is on disk already. One that is there already stays.
 */
int store_blob_publish(const StoreStage *stage,
                       const char *name,
                       const OciDigest *digest,
                       const OciDigest *plain,
                       uint64_t size,
                       Error *e);

/* The same for bytes that are not on disk yet. */
int store_blob_put(
        const StoreStage *stage, const OciDigest *digest, const char *bytes, size_t n, Error *e);

/* A blob that unpacks to @plain. Returns 1; 0 there is none; a negative errno. */
int store_blob_find_plain(const Store *store, const OciDigest *plain, OciDigest *ret, Error *e);

/* Missing is fine. */
int store_blob_remove(const Store *store, const OciDigest *digest, Error *e);
