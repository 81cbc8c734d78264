/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What a registry or layout answers for an image's name: a manifest or an index, in either dialect.
 * Decides which, and refuses what another reader could take for the other. Pure.
 * Source: appc-oci 7.3; security A06, A07. */

#include "oci-index.h"
#include "oci-manifest.h"

#define OCI_DOCUMENT_SIZE_MAX JSON_SIZE_MAX /* for whoever fetches it; the parser has the same */

/* Exactly one is set. */
typedef struct OciDocument {
        OciManifest *manifest;
        OciIndex *index;
} OciDocument;

#define OCI_DOCUMENT_NULL ((OciDocument){})

void oci_document_done(OciDocument *document);

/**
 * oci_document_parse() - parse a manifest or an index
 * @bytes: not NUL-terminated; borrowed
 * @n: at most OCI_DOCUMENT_SIZE_MAX
 * @content_type: what came with it (header, descriptor's type, or the type its place demands); NULL
 *                where nothing did. One that names no document ("text/plain") says nothing
 * @ret: only on 0
 *
 * @content_type and the document's own "mediaType" must agree where both speak. Where none does, the
 * members tell.
 *
 * Returns: 0; -EMSGSIZE, -EBADMSG bad JSON; -EINVAL, -ERANGE bad content or ambiguous;
 *          -EOPNOTSUPP Docker's first schema, another type, or a digest of another algorithm; -ENOMEM.
 */
int oci_document_parse(
        const char *bytes, size_t n, const char *content_type, OciDocument *ret, Error *e);
