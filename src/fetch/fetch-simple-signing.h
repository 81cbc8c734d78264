/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* "Simple signing": the signed statement that a manifest is the image of a name. Pure.
 * Source: containers/image, docs/containers-signature(5); appc-oci 7.9. */

#include "oci-reference.h"

#define FETCH_SIMPLE_SIGNING_SIZE_MAX ((size_t) 64 * 1024)
#define FETCH_SIMPLE_SIGNING_TYPE "atomic container signature"

/**
 * fetch_simple_signing_check() - whether a statement is about this image
 * @json: what was signed, its signature already found good; not NUL-terminated; borrowed
 * @wanted: what the user asked for: by tag, the statement must name the same one; by digest, the same
 *          repository
 * @digests: of the manifest, and of the index it was chosen from if there is one
 *
 * Returns: 0; -EMSGSIZE, -EBADMSG bad JSON; -EINVAL malformed, or members unknown; -EKEYREJECTED about
 *          another image; -ENOMEM.
 */
int fetch_simple_signing_check(const char *json,
                               size_t n,
                               const OciReference *wanted,
                               const OciDigest *digests,
                               size_t n_digests,
                               Error *e);

/* Where a lookaside has the signature number @i (from 1) of a manifest:
 * "BASE/REPOSITORY@sha256=HEX/signature-1", the repository with its registry as people name it.
 * Allocated; NULL when out of memory. */
char *fetch_simple_signing_url(const char *base,
                               const OciReference *reference,
                               const OciDigest *digest,
                               unsigned i);
