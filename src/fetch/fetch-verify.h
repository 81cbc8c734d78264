/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Whether somebody who is trusted signed this. gpgv judges, as nobody, with exactly the keys that count
 * for the name; its word is taken only where its status lines, its exit status and the keys' names agree.
 * Source: inventory 7.5; security B01, B02. */

#include "fetch-keystore.h"
#include "fetch-status.h"

#define FETCH_SIGNATURE_SIZE_MAX ((size_t) 64 * 1024)

/**
 * fetch_verify() - a signature that lies beside what it signs
 * @name: the image's name
 * @signature_fd: armored or binary
 * @data_fd: a file; these very bytes are to be used, not those of a path
 * @ret: who signed; only on 0; release with fetch_status_done()
 *
 * Returns: 0; -ENOKEY by nobody who is trusted; -EKEYREJECTED bad, expired or revoked, or no signature at
 *          all; -ENOENT there is no gpgv; others.
 */
int fetch_verify(const FetchKeystore *keystore,
                 const char *name,
                 int signature_fd,
                 int data_fd,
                 FetchStatus *ret,
                 Error *e);

/* A signed message, which carries what it signs: @ret, at most @max bytes. Returns the same; -EFBIG. */
int fetch_verify_message(const FetchKeystore *keystore,
                         const char *name,
                         int message_fd,
                         size_t max,
                         char **ret,
                         size_t *ret_n,
                         Error *e);
