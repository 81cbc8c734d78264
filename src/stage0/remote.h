/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Images that are elsewhere, brought into the store as far as the policy lets them.
 * Source: inventory 7.2. */

#include "appc-reference.h"
#include "fetch-vouch.h"
#include "pods.h"
#include "run-settings.h"
#include "store.h"

typedef struct Remote Remote;

/* Nothing is read or started before an image is to be fetched. All borrowed for its life. */
int remote_new(const Rkt *rkt, Store *store, Remote **ret);

/* Tells of failures alone. Before anything is fetched. */
void remote_set_quiet(Remote *remote, bool quiet);

Remote *remote_free(Remote *remote);
DEFINE_CLEANUP(Remote, remote_free);

/* Who has to vouch for ACIs, told to people as the original did. @signature: a file; NULL for the one
 * beside the image. Returns 1; 0 nobody has to; a negative errno. */
int remote_trust(Remote *remote, const char *signature, FetchTrust *ret);

/**
 * remote_docker() - the image of a registry
 * @word: "docker://[HOST[:PORT]/]NAME[:TAG|@DIGEST]", with or without the slashes
 * @ret_id: allocated
 *
 * Returns: 0; -EINVAL bad word; -ENOENT there is none, or may not be fetched; as fetch_oci_into_store().
 */
int remote_docker(Remote *remote, const char *word, PullPolicy policy, char **ret_id, Error *e);

/* The ACI at an http(s) URL, whose path ends in ".aci". As remote_docker(). */
int remote_url(Remote *remote,
               const char *url,
               const char *signature,
               PullPolicy policy,
               char **ret_id,
               Error *e);

/* The image that discovery finds by name; the store is not looked through. @word: for people.
 * @latest: it was asked for without a version. */
int remote_name(Remote *remote,
                const char *word,
                const AppcReference *reference,
                bool latest,
                const char *signature,
                char **ret_id,
                Error *e);

/* Whether somebody has to vouch for what is used. */
bool remote_wants_verified(const Remote *remote);

/* "using image from local store for KIND WORD", as the original. */
void remote_tell_used(const Remote *remote, const char *kind, const char *word);
