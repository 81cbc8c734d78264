/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* From a registry's challenge to the header that satisfies it.
 * Source: the registry's token specification; appc-oci 7.8; security A02. */

#include "fetch-challenge.h"
#include "fetch.h"

typedef struct FetchRegistryClient {
        const FetchContext *context;
        const char *host, *repository;
        const FetchRegistryRule *rule; /* may be NULL */
        bool plain, insecure_tls;      /* http will do; anybody may be the server */
} FetchRegistryClient;

/* Whether the password for @registry may be sent to @host: the same host, one of the same domain
 * ("auth.example.com" and "registry.example.com"), or one that the configuration names. */
bool fetch_realm_is_trusted(const char *registry, const char *host, const FetchRegistryRule *rule);

/**
 * fetch_registry_authorize() - answer a challenge
 * @authenticate: the values of WWW-Authenticate
 * @ret: the value of Authorization
 *
 * Returns: 0; -EACCES there is nothing we could answer; -EPROTO the challenge is not to be answered;
 *          errors of the network and of credentials.
 */
int fetch_registry_authorize(const FetchRegistryClient *client,
                             char *const *authenticate,
                             char **ret,
                             Error *e);
