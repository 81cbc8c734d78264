/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* From a registry into the store: the sink that the store is. */

#include "fetch.h"
#include "store-import.h"

/**
 * fetch_oci_into_store() - have an image of a registry in the store
 * @ret_id: allocated
 *
 * Layers that the store has are not fetched; the others are unpacked while they arrive. The image counts
 * as verified if a trusted key vouches for it.
 *
 * Returns: 0; as fetch_oci() and store_commit_oci(). Then nothing of it stays.
 */
int fetch_oci_into_store(Store *store,
                         StoreImportFlags flags,
                         const FetchContext *context,
                         const FetchOciWanted *wanted,
                         char **ret_id,
                         Error *e);
