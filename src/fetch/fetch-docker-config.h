/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The credentials that people have already: docker's config.json and containers' auth.json. Pure.
 * Source: docker's documentation of config.json; containers-auth.json(5); appc-oci 7.8;
 * security A14. */

#include <stddef.h>

#include "errors.h"

#define FETCH_DOCKER_CONFIG_SIZE_MAX ((size_t) 1024 * 1024)

typedef enum FetchLoginKind {
        FETCH_LOGIN_NONE,
        FETCH_LOGIN_PASSWORD, /* @user and @secret */
        FETCH_LOGIN_TOKEN,    /* @secret is an identity token, for the token server alone */
        FETCH_LOGIN_HELPER,   /* ask the program docker-credential-@helper for @server */
        _FETCH_LOGIN_KIND_MAX,
} FetchLoginKind;

typedef struct FetchLogin {
        FetchLoginKind kind;
        char *user, *secret;
        char *helper, *server;
} FetchLogin;

#define FETCH_LOGIN_NULL ((FetchLogin){})

void fetch_login_done(FetchLogin *login);

/**
 * fetch_docker_config_find() - what a file has for a repository
 * @json: not NUL-terminated; borrowed
 * @registry: as in an OciReference
 * @repository: NULL to look for the registry as a whole
 * @ret: FETCH_LOGIN_NONE where the file has nothing
 *
 * A helper of the registry's own comes first, then the entry with the longest name that the
 * repository lies below, then the helper for all registries.
 *
 * Returns: 0; -EMSGSIZE, -EBADMSG bad JSON; -EINVAL bad content, or a helper with a bad name; -ENOMEM.
 */
int fetch_docker_config_find(const char *json,
                             size_t n,
                             const char *registry,
                             const char *repository,
                             FetchLogin *ret,
                             Error *e);

/* What a helper prints for "get". Returns 0; -EBADMSG, -EINVAL; -ENOMEM. */
int fetch_docker_helper_parse(const char *json, size_t n, FetchLogin *ret, Error *e);

/* A user and password as a header carries them: printable, and no ':' in the user.
 * Returns 0; -EINVAL. */
int fetch_login_check(const char *user, const char *password, Error *e);
