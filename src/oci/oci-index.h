/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Image indexes, and Docker's manifest lists: one name for several platforms' images. Pure.
 * Source: image-spec 1.1, image-index.md; appc-oci 7.3; security A10, A12. */

#include "oci-descriptor.h"

#define OCI_INDEX_ENTRIES_MAX 8192

/* An index may name an index. Whoever follows stops here, and remembers the digests it met. */
#define OCI_INDEX_DEPTH_MAX 8

typedef struct OciIndex {
        const OciMedia *media; /* which dialect; static, kind OCI_MEDIA_INDEX */
        OciDescriptors entries;
        /* Data only. */
        char *artifact_type; /* NULL where absent */
        AppcPairs annotations;
} OciIndex;

OciIndex *oci_index_free(OciIndex *index);
DEFINE_CLEANUP(OciIndex, oci_index_free);

/* Reads a document that oci_document_parse() found to be an index of type @media.
 * Returns 0; as oci_descriptor_read(); -ERANGE entries. */
int oci_index_read(const Json *root, const OciMedia *media, OciIndex **ret, Error *e);

/**
 * oci_index_choose() - the entry for a platform
 * @os: Go's words, as is @architecture
 * @variant: NULL where the platform has none: then an entry without one is the best, and any
 *           known one will do
 * @ret: borrowed from @index; a manifest, or an index to choose from again
 *
 * A variant takes what it can run, the nearest first ("v7" before "v6"), then entries without one;
 * entries without a platform come last. Among equals the one with zstd layers wins, then the first.
 * Attestations, artifacts and entries of unknown type never match.
 *
 * Returns: 0; -ENOENT, and @e tells what there is.
 */
int oci_index_choose(const OciIndex *index,
                     const char *os,
                     const char *architecture,
                     const char *variant,
                     const OciDescriptor **ret,
                     Error *e);

/* Compact, without a newline behind. */
void oci_index_write(JsonWriter *w, const OciIndex *index);
