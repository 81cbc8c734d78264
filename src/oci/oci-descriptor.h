/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Descriptors: what a document says about another document or blob. Pure.
 * Source: image-spec 1.1, descriptor.md; appc-oci 7.2. */

#include "appc-pairs.h"
#include "oci-digest.h"
#include "oci-media.h"
#include "text.h"

typedef struct OciPlatform {
        char *os, *architecture; /* Go's words, never NULL */
        char *variant;           /* NULL where absent or empty */
} OciPlatform;

typedef struct OciDescriptor {
        char *media_type;
        const OciMedia *media; /* what the type means; static, never NULL */
        OciDigest digest;
        int64_t size;          /* bytes, never negative; compare before hashing */
        OciPlatform *platform; /* index entries; NULL where absent */
        /* Data only: nothing here decides what is run or where it comes from. */
        char *artifact_type; /* NULL where absent */
        AppcPairs annotations;
        Strv urls; /* never followed */
} OciDescriptor;

#define OCI_DESCRIPTOR_NULL ((OciDescriptor){})

typedef struct OciDescriptors {
        OciDescriptor *items;
        size_t n;
} OciDescriptors;

#define OCI_DESCRIPTORS_NULL ((OciDescriptors){})

OciPlatform *oci_platform_free(OciPlatform *platform);
void oci_descriptor_done(OciDescriptor *descriptor);
void oci_descriptors_done(OciDescriptors *list);

/* JsonReader into an OciDescriptor. An embedded "data" is not read: the blob is, and is verified.
 * Returns 0; -EINVAL; -ERANGE size, annotations; -EOPNOTSUPP digest algorithm; -ENOMEM. */
int oci_descriptor_read(const Json *value, void *slot, Error *e);

/* The same for a list of at most @max (-ERANGE beyond). null reads as none. */
int oci_descriptors_read(const Json *value, size_t max, OciDescriptors *ret, Error *e);

/* For building an index or manifest: appends what stands for a blob of this type. Returns 0;
 * -EINVAL @media_type; -ENOMEM. *@ret, if asked for, is borrowed until the next call. */
int oci_descriptors_add(OciDescriptors *list,
                        const char *media_type,
                        const OciDigest *digest,
                        int64_t size,
                        OciDescriptor **ret);

void oci_descriptor_write(JsonWriter *w, const OciDescriptor *descriptor);
void oci_descriptors_write(JsonWriter *w, const OciDescriptors *list);
