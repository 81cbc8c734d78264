/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Image layouts, as a directory or in an archive: the file that marks one, and which of its images
 * is meant. Pure. Blobs are found by oci_digest_path().
 * Source: image-spec 1.1, image-layout.md; appc-oci 7.6. */

#include "oci-index.h"

#define OCI_LAYOUT_FILE "oci-layout"
#define OCI_LAYOUT_TEXT "{\"imageLayoutVersion\":\"1.0.0\"}"
#define OCI_LAYOUT_SIZE_MAX ((size_t) 4096)
#define OCI_LAYOUT_INDEX_FILE "index.json" /* type OCI_MEDIA_OCI_INDEX, whatever it says itself */

#define OCI_REF_NAME "org.opencontainers.image.ref.name"

/* Checks the content of the file "oci-layout". Returns 0; -EMSGSIZE, -EBADMSG, -EINVAL no layout;
 * -EOPNOTSUPP another version's. */
int oci_layout_check(const char *bytes, size_t n, Error *e);

/**
 * oci_layout_select() - the image that is meant
 * @selector: a name, equal to an entry's ref name (or to the full name some tools write beside it);
 *            "@N" for the entry with that number, from 0; NULL if there is but one
 * @ret: borrowed from @index; a manifest, or an index to choose from by platform
 *
 * Returns: 0; -ENOENT no such entry; -EINVAL bad number, or several entries and no selector;
 *          -EOPNOTSUPP the entry is neither manifest nor index.
 */
int oci_layout_select(const OciIndex *index,
                      const char *selector,
                      const OciDescriptor **ret,
                      Error *e);

/* What a layout that is written may carry as a ref name. */
bool oci_ref_name_is_valid(const char *name);

/* What an archive says about its image's name: a ref name, or one of RepoTags. A hint, for whoever
 * gave no name himself: the archive is not to be trusted with it. */
typedef struct OciHint {
        char *repository; /* as it stands there; NULL if it is only a tag */
        char *tag;        /* NULL if none */
} OciHint;

#define OCI_HINT_NULL ((OciHint){})

/* "latest" or "1.0" is a tag; "example.com/app:1.0" and "app:1.0" have both.
 * Returns 0; -EINVAL neither; -ENOMEM. */
int oci_hint_parse(const char *text, OciHint *ret, Error *e);
void oci_hint_done(OciHint *hint);
