/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Media types of the documents and blobs that make up an image. Pure.
 * Source: image-spec 1.1, media-types.md; appc-oci 7.1. */

#include <errno.h>
#include <stdbool.h>

#include "errors.h"

typedef enum OciMediaKind {
        OCI_MEDIA_UNKNOWN, /* opaque: may be stored, listed and copied, never run */
        OCI_MEDIA_MANIFEST,
        OCI_MEDIA_INDEX,
        OCI_MEDIA_CONFIG,
        OCI_MEDIA_LAYER,
        OCI_MEDIA_ENCRYPTED, /* a layer that only its key's owner can read */
        OCI_MEDIA_SCHEMA1,   /* Docker's first manifest: no digest covers its content */
        _OCI_MEDIA_KIND_MAX,
        _OCI_MEDIA_KIND_INVALID = -EINVAL,
} OciMediaKind;

typedef enum OciCompression {
        OCI_COMPRESSION_NONE,
        OCI_COMPRESSION_GZIP,
        OCI_COMPRESSION_ZSTD,
        _OCI_COMPRESSION_MAX,
        _OCI_COMPRESSION_INVALID = -EINVAL,
} OciCompression;

typedef struct OciMedia {
        const char *type; /* as it is written; NULL for an unknown or encrypted one */
        OciMediaKind kind;
        OciCompression compression; /* what the type says; the bytes have the last word */
        bool docker;                /* Docker's spelling of it */
        bool foreign;               /* not to be pushed to other registries */
} OciMedia;

/* Types of documents a registry is asked for, as an Accept header. */
#define OCI_MEDIA_ACCEPT                                              \
        "application/vnd.oci.image.index.v1+json, "                   \
        "application/vnd.oci.image.manifest.v1+json, "                \
        "application/vnd.docker.distribution.manifest.list.v2+json, " \
        "application/vnd.docker.distribution.manifest.v2+json"

#define OCI_MEDIA_OCI_INDEX "application/vnd.oci.image.index.v1+json"
#define OCI_MEDIA_OCI_MANIFEST "application/vnd.oci.image.manifest.v1+json"
#define OCI_MEDIA_OCI_CONFIG "application/vnd.oci.image.config.v1+json"

/* Never NULL, static. Letters' case, and parameters as in "; charset=utf-8", do not matter. */
const OciMedia *oci_media_find(const char *type);

/* Whether a layer of this type can be unpacked. @type is for the words.
 * Returns 0; -EOPNOTSUPP encrypted or unknown. */
int oci_media_check_layer(const OciMedia *media, const char *type, Error *e);

/* TYPE "/" SUBTYPE as RFC 6838 restricts names, without parameters. */
bool oci_media_type_is_valid(const char *type);
