/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* One place that has a repository: a registry, or a mirror of one; and what it knows us by.
 * Source: distribution-spec 1.1; appc-oci 7.7, 7.8; security A01, A02, A03, A07. */

#include "fetch.h"

typedef struct FetchRegistry FetchRegistry;

/* @host: "HOST[:PORT]". @rule: may be NULL. All borrowed for its life. */
int fetch_registry_new(const FetchContext *context,
                       const FetchSink *sink,
                       const char *host,
                       const char *repository,
                       const FetchRegistryRule *rule,
                       FetchRegistry **ret);
FetchRegistry *fetch_registry_free(FetchRegistry *registry);
DEFINE_CLEANUP(FetchRegistry, fetch_registry_free);

/* Borrowed. */
FetchSession *fetch_registry_session(const FetchRegistry *registry);

/**
 * fetch_registry_document() - fetch something small
 * @path: below the repository: "manifests/latest", "blobs/sha256:..."
 * @expected: NULL where its digest is not known
 * @size: FETCH_SIZE_UNKNOWN where it is not known
 * @ret_type: its Content-Type, NULL where it has none; may be NULL
 *
 * Returns: 0; -ENOENT it is not there; -EACCES; -EBADMSG; others.
 */
int fetch_registry_document(FetchRegistry *registry,
                            const char *path,
                            const OciDigest *expected,
                            int64_t size,
                            FetchDocument *ret,
                            char **ret_type,
                            Error *e);

/* How often a question was asked, and as whom. Begins empty. */
typedef struct FetchRegistryTry {
        unsigned generation; /* of what we say who we are */
        bool identified;     /* that was found out for this question */
        bool stale;          /* this question once said what was found to be outdated meanwhile */
} FetchRegistryTry;

/* Begins to fetch a blob to @fd, but for the first @there bytes, under the id @ret_id of its events. Returns as fetch_session_ask(). */
int fetch_registry_blob(FetchRegistry *registry,
                        const OciDescriptor *descriptor,
                        int fd,
                        uint64_t there,
                        FetchRegistryTry *try,
                        uint64_t *ret_id,
                        Error *e);

/* What an answer that is not wanted means. Returns 1: ask again, we can say now who we are; otherwise a
 * negative errno. */
int fetch_registry_refused(FetchRegistry *registry,
                           const FetchEvent *event,
                           FetchRegistryTry *try,
                           Error *e);
