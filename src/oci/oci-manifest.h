/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Image manifests, OCI's and Docker's second schema: one image's config and layers. Pure.
 * Source: image-spec 1.1, manifest.md; appc-oci 7.3; security A06, A12. */

#include "oci-descriptor.h"

#define OCI_LAYERS_MAX 500 /* what overlayfs can stack */

typedef struct OciManifest {
        const OciMedia *media; /* which dialect; static, kind OCI_MEDIA_MANIFEST */
        OciDescriptor config;
        OciDescriptors layers; /* base first; may be none */
        /* Data only. */
        char *artifact_type; /* NULL where absent */
        AppcPairs annotations;
} OciManifest;

OciManifest *oci_manifest_free(OciManifest *manifest);
DEFINE_CLEANUP(OciManifest, oci_manifest_free);

/* Reads a document that oci_document_parse() found to be a manifest of type @media.
 * Returns 0; as oci_descriptor_read(); -ERANGE layers. */
int oci_manifest_read(const Json *root, const OciMedia *media, OciManifest **ret, Error *e);

/* Whether it is an image that can be run: its config is an image's, each layer can be unpacked, and
 * no sum of sizes overflows. Returns 0; -EOPNOTSUPP, -ERANGE. */
int oci_manifest_check_image(const OciManifest *manifest, Error *e);

/* Compact, without a newline behind; the bytes that the manifest's digest covers. */
void oci_manifest_write(JsonWriter *w, const OciManifest *manifest);
