/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What people have set up for other tools, and expect to work: their logins to registries, and the
 * certificates of private ones. Source: containers-auth.json(5), containers-certs.d(5), docker's
 * documentation of config.json; appc-oci 7.8. */

#include "fetch-login.h"
#include "fetch-session.h"

typedef struct FetchUserFiles FetchUserFiles;

/**
 * fetch_user_files_new() - read the logins
 * @environment: "NAME=value": REGISTRY_AUTH_FILE, XDG_RUNTIME_DIR, XDG_CONFIG_HOME, DOCKER_CONFIG, HOME
 *               tell where they are. What is missing or not for us to read is passed over
 *
 * Returns: 0; -EFBIG; -ENOMEM.
 */
int fetch_user_files_new(char *const *environment, FetchUserFiles **ret, Error *e);
FetchUserFiles *fetch_user_files_free(FetchUserFiles *files);
DEFINE_CLEANUP(FetchUserFiles, fetch_user_files_free);

/* In the order in which they are to be asked. Borrowed. */
const FetchLoginFile *fetch_user_files_logins(const FetchUserFiles *files, size_t *ret_n);

/**
 * fetch_user_files_tls() - the certificates for a host
 * @host: "HOST[:PORT]"
 * @userdata: a FetchUserFiles
 * @ret: borrowed from it
 *
 * Of the first directory that there is for the host: NAME.crt vouch for it; NAME.cert with NAME.key is for
 * us. Fits FetchContext.
 *
 * Returns: 0; -EINVAL a certificate without its key; another negative errno.
 */
int fetch_user_files_tls(const char *host, FetchTls *ret, void *userdata, Error *e);
