/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the configuration says about servers: credentials by domain and by registry, and how to deal
 * with a registry. Pure: documents in, checked lists out.
 * Source: inventory 3.2; the kind "registry" is ours. */

#include "json-read.h"
#include "text.h"

typedef enum FetchAuthKind {
        FETCH_AUTH_BASIC, /* @user and @secret */
        FETCH_AUTH_OAUTH, /* @secret is a bearer token */
        FETCH_AUTH_AWS,   /* @user is the key's id, @secret the key */
        _FETCH_AUTH_KIND_MAX,
        _FETCH_AUTH_KIND_INVALID = -EINVAL,
} FetchAuthKind;

/* For images and signatures: kind "auth". For registries: kind "dockerAuth", basic only. */
typedef struct FetchAuth {
        char *domain; /* host, or host and port, as URLs name it; a registry may have a path behind */
        FetchAuthKind kind;
        char *user, *secret;
        char *region; /* aws; NULL to take it from the host's name */
} FetchAuth;

typedef struct FetchAuths {
        FetchAuth *items;
        size_t n;
} FetchAuths;

/* Kind "registry": for all that lies below @prefix. */
typedef struct FetchRegistryRule {
        char *prefix;     /* "HOST[:PORT][/PATH]" */
        char *lookaside;  /* URL below which signatures lie; NULL for none */
        Strv mirrors;     /* "HOST[:PORT][/PATH]" that stand for @prefix, first choice first */
        Strv token_hosts; /* foreign hosts that may be sent the registry's password for a token */
        bool insecure;    /* http, and TLS without a look at who answers, will do */
} FetchRegistryRule;

typedef struct FetchRegistryRules {
        FetchRegistryRule *items;
        size_t n;
} FetchRegistryRules;

/**
 * fetch_auths_read() - add what a document of kind "auth" says
 * @auths: what the other documents of the same tree said: a domain may come once
 *
 * Returns: 0; -EEXIST a domain comes twice; -EINVAL bad content; -ENOMEM.
 */
int fetch_auths_read(const Json *document, FetchAuths *auths, Error *e);

/* The same for kind "dockerAuth". */
int fetch_docker_auths_read(const Json *document, FetchAuths *auths, Error *e);

/* The same for kind "registry". */
int fetch_registry_rules_read(const Json *document, FetchRegistryRules *rules, Error *e);

/* Takes what @later has; its domains replace those of @auths. */
int fetch_auths_override(FetchAuths *auths, FetchAuths *later);
int fetch_registry_rules_override(FetchRegistryRules *rules, FetchRegistryRules *later);

/* The one of exactly this domain, or NULL. Borrowed. */
const FetchAuth *fetch_auths_find(const FetchAuths *auths, const char *domain);

/* The one with the longest domain that @place ("HOST/REPOSITORY") lies below, or NULL. Borrowed. */
const FetchAuth *fetch_auths_find_below(const FetchAuths *auths, const char *place);
const FetchRegistryRule *fetch_registry_rules_find(const FetchRegistryRules *rules,
                                                   const char *place);

/* As `rkt config` shows them: one object each, appended to the array being written. */
void fetch_auths_write(JsonWriter *w, const FetchAuths *auths);
void fetch_docker_auths_write(JsonWriter *w, const FetchAuths *auths);
void fetch_registry_rules_write(JsonWriter *w, const FetchRegistryRules *rules);

/* "us-east-1" and the like, of an S3 host. Allocated; NULL when out of memory. */
char *fetch_aws_region(const FetchAuth *auth, const char *host);

void fetch_auths_done(FetchAuths *auths);
void fetch_registry_rules_done(FetchRegistryRules *rules);
