/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Images from servers, into the store. Source: inventory 7.2, 7.4, 7.7. */

#include "fetch.h"
#include "store.h"

/**
 * fetch_store_oci() - have an image of a registry in the store
 * @ret_id: allocated
 *
 * Layers that the store has are not fetched.
 *
 * Returns: 0; as fetch_oci(); what an image is refused for; -ENOSPC. Then nothing of it stays.
 */
int fetch_store_oci(const FetchContext *context,
                    Store *store,
                    const OciReference *reference,
                    char **ret_id,
                    Error *e);
