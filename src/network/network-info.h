/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The pod's file net-info.json, which list and status show.
 * Source: inventory 1.12; what it says of IPv6 is new. */

#include "network-call.h"
#include "network-result.h"

typedef struct NetworkInfo {
        const NetworkMember *member;
        const NetworkResult *result;
        const char *plugin; /* path of its first plugin */
} NetworkInfo;

/* No networks at all write "null". Allocated; NULL when out of memory. */
char *network_info_format(const NetworkInfo *infos, size_t n);
