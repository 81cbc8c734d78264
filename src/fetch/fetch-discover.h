/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Meta discovery over the network: which of a name's pages are asked, and which of them counts. */

#include "fetch-discovery.h"
#include "fetch.h"

/* What the first page that offers images has. Returns 0, and there is one at least; -ENODATA there is none;
 * -ENOMEM. */
int fetch_discover_images(const FetchContext *context,
                          const AppcReference *reference,
                          FetchDiscovered *ret,
                          Error *e);
