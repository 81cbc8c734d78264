/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What names an image in a registry: "busybox", "quay.io/a/b:1.0", "[::1]:5000/x@sha256:...". Pure.
 * Source: the grammar of Docker's references; distribution-spec 1.1; appc-oci 6.2, 7.7. */

#include "oci-digest.h"

/* The registry that Docker's short names mean. */
#define OCI_REGISTRY_DEFAULT "registry-1.docker.io"

#define OCI_NAME_LENGTH_MAX 255 /* host, "/" and repository */
#define OCI_TAG_LENGTH_MAX 128
#define OCI_REFERENCE_LENGTH_MAX 1024 /* all of it, before a look inside */

typedef struct OciReference {
        char *original;   /* what was parsed */
        char *registry;   /* host to speak to, with its port if it has one; brackets stay */
        char *repository; /* "library/busybox" */
        char *tag;        /* NULL where a digest is given: that one decides; "latest" unless said */
        OciDigest digest; /* not set where none is given */
} OciReference;

#define OCI_REFERENCE_NULL ((OciReference){})

/**
 * oci_reference_parse() - parse a reference as Docker does, without a "docker://" in front
 * @ret: release with oci_reference_done(); only on 0
 *
 * Returns: 0; -EINVAL with the reason; -EOPNOTSUPP digest of another algorithm; -ENOMEM.
 */
int oci_reference_parse(const char *text, OciReference *ret, Error *e);
void oci_reference_done(OciReference *reference);

/* In full: "registry-1.docker.io/library/busybox:latest". Equal texts name equal images.
 * Allocated; NULL when out of memory. */
char *oci_reference_format(const OciReference *reference);

/* As people say it: without the default registry, its "library/", and ":latest".
 * Allocated; NULL when out of memory. */
char *oci_reference_display(const OciReference *reference);

bool oci_tag_is_valid(const char *tag);
