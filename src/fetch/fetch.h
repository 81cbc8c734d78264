/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* How images arrive: from a name to bytes that somebody vouches for, in the hands of whoever keeps them.
 * This room keeps nothing itself: it is given a sink (the store, in rkt) that hands out descriptors to
 * write to, and checks what came. */

#include "fetch-auth.h"
#include "fetch-keystore.h"
#include "fetch-login.h"
#include "fetch-session.h"
#include "oci-config.h"
#include "oci-manifest.h"
#include "oci-reference.h"

/* Values of --insecure-options that matter here. */
typedef enum FetchInsecure {
        FETCH_INSECURE_IMAGE = 1 << 0,  /* signatures are not checked */
        FETCH_INSECURE_TLS = 1 << 1,    /* anybody may be the server */
        FETCH_INSECURE_HTTP = 1 << 2,   /* http will do for discovery and registries */
        FETCH_INSECURE_PUBKEY = 1 << 3, /* http will do for keys */
} FetchInsecure;

/* PEM files for a "HOST[:PORT]"; they stay the callback's. Returns 0; a negative errno. */
typedef int (*FetchTlsFn)(const char *host, FetchTls *ret, void *userdata, Error *e);

/* All borrowed for the fetch. */
typedef struct FetchContext {
        FetchSession *session;
        FetchInsecure insecure;
        const FetchAuths *auths;         /* for images and signatures; may be NULL */
        const FetchLogins *logins;       /* for registries; may be NULL */
        const FetchRegistryRules *rules; /* may be NULL */
        FetchKeystore *keystore;         /* NULL where nothing is checked */
        FetchTlsFn tls;                  /* may be NULL */
        void *tls_userdata;
} FetchContext;

/* A small thing that was checked. */
typedef struct FetchDocument {
        char *bytes; /* with a NUL behind them */
        size_t n;
        OciDigest sha256;
} FetchDocument;

#define FETCH_DOCUMENT_NULL ((FetchDocument){})

void fetch_document_done(FetchDocument *document);

/* A layer that is wanted. All borrowed. */
typedef struct FetchLayer {
        size_t i; /* in the manifest, base first */
        const OciDescriptor *descriptor;
        const OciDigest *diff_id;
} FetchLayer;

#define FETCH_LAYER_ELSEWHERE 2
#define FETCH_LAYER_AGAIN 3

/* Whoever keeps images. Each function returns 0 or a negative errno unless it says otherwise. */
typedef struct FetchSink {
        void *userdata;

        /* Reads the file @fd, at most @max bytes, and hashes it. -EBADMSG: it has another digest than
         * @expected (NULL: none is known). */
        int (*document)(void *userdata,
                        int fd,
                        const OciDigest *expected,
                        size_t max,
                        FetchDocument *ret,
                        Error *e);

        /* Returns 0: the layer is there already; 1: it is to be written to @ret_fd, a pipe or an empty
         * file, which is closed behind it, but for its first @ret_there bytes; FETCH_LAYER_ELSEWHERE: somebody else is bringing it. With @wait,
         * which is set only while nothing is under way, that is waited for instead. */
        int (*layer_begin)(void *userdata,
                           const FetchLayer *layer,
                           bool wait,
                           int *ret_fd,
                           uint64_t *ret_there,
                           Error *e);

        /* All bytes are written: are they the ones? -EBADMSG: no, and another server may have them.
         * FETCH_LAYER_AGAIN: no, but that may be the fault of those that were there. */
        int (*layer_end)(void *userdata, const FetchLayer *layer, Error *e);

        /* There will be no more of it; layer_begin() may come again. @keep: what came is as good as any,
         * and need not come twice. */
        void (*layer_abort)(void *userdata, const FetchLayer *layer, bool keep);
} FetchSink;

/* An image from a registry: its layers are in the sink. */
typedef struct FetchedOci {
        FetchDocument manifest, config;
        OciManifest *image;   /* read from @manifest */
        OciConfig *execution; /* read from @config */
        bool verified;        /* a trusted key vouches for it */
} FetchedOci;

void fetched_oci_done(FetchedOci *fetched);

/* What is asked for. All borrowed. */
typedef struct FetchOciWanted {
        const OciReference *reference;
        const char *os, *architecture, *variant; /* as for oci_index_choose() */
        void (*waiting)(void *userdata);         /* for another rkt; may be NULL */
        void *userdata;
} FetchOciWanted;

/**
 * fetch_oci() - fetch an image from its registry, or from a mirror
 *
 * Of layers that a manifest has twice, the first one alone is brought to the sink.
 *
 * Returns: 0; -ENOENT there is none of that name, or none for the platform; -EACCES not allowed;
 *          -EKEYREJECTED nobody who is trusted vouches for it; -EBADMSG not what it should be; errors of
 *          the network; others.
 */
int fetch_oci(const FetchContext *context,
              const FetchSink *sink,
              const FetchOciWanted *wanted,
              FetchedOci *ret,
              Error *e);
