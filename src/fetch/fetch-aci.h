/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* ACIs from web servers: by URL, or by name through meta discovery; their signatures, and the keys that
 * are offered for them.
 * Source: appc spec 0.8.11, "App Container Image Discovery"; inventory 7.3 to 7.5; security B03 to B05. */

#include "appc-reference.h"
#include "fetch-partial.h"
#include "fetch.h"

#define FETCH_ACI_SIZE_MAX (UINT64_C(1) << 40) /* bytes of an image, as it is transferred */

typedef struct FetchAciOptions {
        int dir_fd;                 /* where unfinished downloads lie */
        const char *signature_path; /* a file that is used instead of what the server has; NULL */

        /* What is there already of @url; may be NULL. Asked once more when another rkt was waited for.
         * Returns 1: it is fresh, and nobody needs to be asked; 0: whether it is still the same may be asked by @ret_etag (allocated, or left NULL);
         * a negative errno. */
        int (*known)(void *userdata, const char *url, char **ret_etag, Error *e);

        void (*waiting)(void *userdata); /* another rkt fetches the same; may be NULL */
        void *userdata;
} FetchAciOptions;

/* An image that came, as it is transferred; nothing of it was looked at. */
typedef struct FetchedAci {
        bool fresh;        /* nobody was asked: what is there will do */
        bool not_modified; /* it is still what is there; both: there is nothing else */
        int fd;            /* at its begin; owned */
        int signature_fd;  /* -EBADF with FETCH_INSECURE_IMAGE; owned */
        char *url, *etag;  /* @url as asked for; @etag may be NULL */
        int64_t max_age_sec;
        FetchPartial *partial; /* others who want the same wait until it is freed: owned */
} FetchedAci;

#define FETCHED_ACI_NULL ((FetchedAci){ .fd = -EBADF, .signature_fd = -EBADF })

void fetched_aci_done(FetchedAci *aci);

/**
 * fetch_aci_url() - fetch an image and its signature
 * @url: http(s); the signature has ".asc" behind the path
 *
 * Returns: 0; -ENOENT the image or its signature is missing; -EACCES; errors of the network; others.
 */
int fetch_aci_url(const FetchContext *context,
                  const FetchAciOptions *options,
                  const char *url,
                  FetchedAci *ret,
                  Error *e);

/* The same for a name: what its discovery pages offer is tried in their order. -ENODATA: they offer
 * nothing. */
int fetch_aci_name(const FetchContext *context,
                   const FetchAciOptions *options,
                   const AppcReference *reference,
                   FetchedAci *ret,
                   Error *e);

/* Who signed it, for @name, which must be the one its manifest has. As fetch_verify(); with
 * FETCH_INSECURE_IMAGE, 0 and no identities. */
int fetch_aci_verify(const FetchContext *context,
                     const FetchedAci *aci,
                     const char *name,
                     Strv *ret_identities,
                     Error *e);

/* Where keys for a prefix are said to be. Returns 0; -ENODATA nowhere; others. */
int fetch_discover_keys(const FetchContext *context, const char *prefix, Strv *ret, Error *e);

/* Fetches a public key; over http only with FETCH_INSECURE_PUBKEY. Returns as fetch_key_parse(), and errors
 * of the network. */
int fetch_key_url(const FetchContext *context, const char *url, FetchKey **ret, Error *e);
