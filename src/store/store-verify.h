/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Whether blobs are what their names say. Trees: see store-layers.h. */

#include "store.h"

/**
 * store_verify_blobs() - read all that was delivered of an image, and compare digests
 * @id: in full
 *
 * A damaged blob is removed, since nothing can be made of it: whoever imports the image again brings a
 * good one.
 *
 * Returns: 0; -EUCLEAN damaged or missing, and @e names it; -ENOENT no such image; others.
 */
int store_verify_blobs(Store *store, const char *id, Error *e);
