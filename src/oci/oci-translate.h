/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* From an image config and the place it came from to an appc image manifest. Pure.
 * Source: appc-oci 6.5, 6.6. */

#include "appc-image.h"
#include "oci-config.h"

/* All borrowed; NULL where unknown. */
typedef struct OciOrigin {
        const char *original;   /* what the user asked for, word for word */
        const char *registry;   /* host and port; an archive has none */
        const char *repository; /* "library/busybox", or the name the user gave; needed */
        const char *tag;        /* becomes the label "version" */
        const OciDigest *manifest, *config;
} OciOrigin;

#define OCI_ANNOTATION "appc.io/docker/"

/* Marks an image of this origin; the runtime fills its volumes from the image. */
#define OCI_ANNOTATION_REPOSITORY OCI_ANNOTATION "repository"

/**
 * oci_translate() - make the image manifest
 * @ret: has been written and read back by appc_image_parse(); only on 0
 *
 * Name: "REGISTRY/REPOSITORY", or the repository alone, made an AC Identifier. Labels: arch, os,
 * version. Annotations: authors; created, if it is a date (otherwise it is dropped); and below
 * OCI_ANNOTATION: originalname, registryurl, repository, imageid (the config's digest), manifesthash,
 * entrypoint and cmd (JSON lists), tag. What is unknown or empty is not written. Layers are no part
 * of it, nor are annotations of the OCI manifest.
 *
 * Returns: 0; as oci_app_translate(); -EINVAL no name; -EOPNOTSUPP a platform appc has no word for;
 *          -EMSGSIZE too long when written; -ENOMEM.
 */
int oci_translate(const OciConfig *config, const OciOrigin *origin, AppcImage **ret, Error *e);
