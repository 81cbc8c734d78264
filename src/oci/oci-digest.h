/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Digests, "algorithm:hex", and the names of the files that hold what they name. Pure.
 * Source: image-spec 1.1, descriptor.md "Digests"; appc-oci 7.2; security A04. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "json-read.h"

typedef enum OciAlgorithm {
        OCI_SHA256,
        OCI_SHA512,
        _OCI_ALGORITHM_MAX,
        _OCI_ALGORITHM_INVALID = -EINVAL,
} OciAlgorithm;

#define OCI_DIGEST_BYTES_MAX ((size_t) 64)
#define OCI_DIGEST_LENGTH_MAX (sizeof("sha512:") - 1 + 2 * OCI_DIGEST_BYTES_MAX)

/* A value: copy it freely. With an empty text it stands for "none". */
typedef struct OciDigest {
        OciAlgorithm algorithm;
        char text[OCI_DIGEST_LENGTH_MAX + 1]; /* canonical: "sha256:" and 64 lower-case digits */
} OciDigest;

#define OCI_DIGEST_NULL ((OciDigest){})

const char *oci_algorithm_name(OciAlgorithm algorithm);
OciAlgorithm oci_algorithm_from_name(const char *name);

/* Bytes of the algorithm's result: 32 or 64. */
size_t oci_algorithm_bytes(OciAlgorithm algorithm);

/* Returns 0; -EINVAL malformed; -EOPNOTSUPP well formed, but of an algorithm that cannot be checked
 * here. @ret only on 0. */
int oci_digest_parse(const char *text, OciDigest *ret, Error *e);

/* From what a hash function gave: oci_algorithm_bytes() bytes. */
void oci_digest_from_bytes(OciAlgorithm algorithm, const uint8_t *bytes, OciDigest *ret);

static inline bool oci_digest_is_set(const OciDigest *digest) {
        return digest->text[0] != '\0';
}

bool oci_digest_equal(const OciDigest *a, const OciDigest *b);

/* What stands behind the colon. Borrowed from @digest, which is set. */
const char *oci_digest_hex(const OciDigest *digest);

/* "blobs/sha256/HEX", the blob's place in an image layout. Allocated; NULL when out of memory. */
char *oci_digest_path(const OciDigest *digest);

/* JsonReader into an OciDigest. */
int oci_digest_read(const Json *value, void *slot, Error *e);
