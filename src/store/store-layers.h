/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The trees an image stands on, its dependencies' among them: made if they are not there, checked,
 * and named for an overlay.
 * Source: inventory 2.4; appc-oci 1.6, 1.7. */

#include "appc-image.h"
#include "store.h"
#include "text.h"

typedef struct StoreLayers {
        Strv keys;  /* topmost first */
        Strv paths; /* absolute, of each one's rootfs */
        /* What the merged root should look like: that of the topmost layer that describes it, while an
         * overlay takes these from its upper directory. */
        uint32_t root_mode, root_uid, root_gid;
} StoreLayers;

#define STORE_LAYERS_NULL ((StoreLayers){})

void store_layers_done(StoreLayers *layers);

/**
 * store_layers_get() - have all trees of an image
 * @id: in full
 * @ret_manifest: the image's own; NULL if it is of no interest
 *
 * Trees that are missing, bad, or were half lost with another boot are made again from their blobs.
 *
 * Returns: 0; -ENOENT no such image or dependency; -EACCES not root; -ELOOP, -E2BIG dependencies in a
 *          circle or too many; what the image's content is refused for; -ENOSPC; others.
 */
int store_layers_get(
        Store *store, const char *id, StoreLayers *ret, AppcImage **ret_manifest, Error *e);

/* The same of the image alone, without what it depends on. */
int store_layers_get_own(Store *store, const char *id, StoreLayers *ret, Error *e);

/* The trees there are of an image and of what it depends on, as far as that is in the store; nothing is
 * made. Returns 0; -ENOENT no such image; the index's errors. */
int store_layers_present(Store *store, const char *id, Strv *ret_keys, Error *e);

typedef enum StoreCheck {
        STORE_CHECK_QUICK, /* what stat(2) tells */
        STORE_CHECK_FULL,  /* every byte */
} StoreCheck;

/**
 * store_layers_check() - compare trees with their seals
 *
 * A quick check that finds only what a restored backup changes goes on to a full one, and renews the
 * seal. When a full check was asked for and fails, the tree is marked: store_layers_get() makes it
 * again. Pods that run on it keep the old one.
 *
 * Returns: 0; -EUCLEAN, and @e names the first path; a negative errno.
 */
int store_layers_check(Store *store, char *const *keys, StoreCheck check, Error *e);

/* Whether the layer that was unpacked at @rootfs_path says what its root is like: mode and owner.
 * Returns 1; 0; -EUCLEAN no good seal beside it; another negative errno. */
int store_layer_describes_root(const char *rootfs_path, Error *e);
