/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* For the files of exports. */

#include "store-export.h"
#include "store-render.h"

/* Packs what a pod would see of the image: a tar that is not compressed. @ret tells its size and
 * digests. */
int store_export_rootfs(Store *store, const char *id, int fd, StoreReport *ret, Error *e);
