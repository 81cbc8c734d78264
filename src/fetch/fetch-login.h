/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Who we are to a registry. Asked in this order: the configuration, then the files that other tools keep
 * their logins in, and the helper programs that those name.
 * Source: inventory 3.2; appc-oci 7.8; security A14. */

#include "fetch-auth.h"
#include "fetch-docker-config.h"

/* A file that was read: docker's config.json or containers' auth.json. */
typedef struct FetchLoginFile {
        const char *path; /* for people */
        const char *bytes;
        size_t n;
} FetchLoginFile;

/* All borrowed. */
typedef struct FetchLogins {
        const FetchAuths *docker_auths; /* kind "dockerAuth"; may be NULL */
        const FetchLoginFile *files;    /* the first one that knows the registry decides */
        size_t n_files;
        const char *helper_dirs; /* "/usr/bin:/bin": where helpers are; NULL for the usual places */
        char *const *environment; /* of helpers; may be NULL */
} FetchLogins;

/* @ret: never of kind FETCH_LOGIN_HELPER. FETCH_LOGIN_NONE where nobody knows anything.
 * Returns 0; -EINVAL a bad file; -ETIMEDOUT, -EPROTO a helper's fault; others. */
int fetch_logins_find(const FetchLogins *logins,
                      const char *registry,
                      const char *repository,
                      FetchLogin *ret,
                      Error *e);

/* "Basic ..." for a login with a password. Allocated; NULL when out of memory. */
char *fetch_login_basic(const FetchLogin *login);
