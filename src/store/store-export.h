/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Giving images back as files. */

#include "store.h"

/**
 * store_export_aci() - write an image as an ACI that is not compressed
 * @id: in full
 * @fd: an empty file
 *
 * An image that came as an ACI comes back byte for byte: its id is this file's digest. Of others one is
 * made from their trees; its own id is another one.
 *
 * Returns: 0; -ENOENT; -EUCLEAN the blob is damaged; -EACCES not root, where trees are needed; others.
 */
int store_export_aci(Store *store, const char *id, int fd, Error *e);

/**
 * store_export_oci() - write an image as an OCI image layout
 * @name: the one of its names whose version becomes the tag there; NULL for the newest
 * @directory_fd: empty
 *
 * An image that came from a layout leaves with the config and the layers it came with. Of an ACI and
 * what it depends on one of a single layer is made.
 *
 * Returns: as store_export_aci().
 */
int store_export_oci(Store *store, const char *id, const char *name, int directory_fd, Error *e);
