/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* From the documents of an OCI or Docker image to an image in the store.
 * Source: image-spec 1.1; appc-oci 7.3, 7.6. */

#include "fetch-container.h"
#include "oci-layout.h"

/**
 * fetch_oci_layout() - bring in an image of a layout
 * @selector: as oci_layout_select()
 * @name: what the image is called if the layout does not say
 * @ret_id: allocated
 *
 * Returns: 0; -ENOENT no such image, or none for this machine; -EINVAL, -EBADMSG, -EOPNOTSUPP what is
 *          wrong with it; others.
 */
int fetch_oci_layout(StoreImport *import,
                     const FetchContainer *container,
                     const char *selector,
                     const char *name,
                     char **ret_id,
                     Error *e);

/* The same of what "docker save" wrote. @selector: as oci_save_select(). */
int fetch_oci_save(StoreImport *import,
                   const FetchContainer *container,
                   const char *selector,
                   const char *name,
                   char **ret_id,
                   Error *e);
