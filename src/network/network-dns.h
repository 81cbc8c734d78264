/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The text of /etc/resolv.conf. Pure. */

#include "network-result.h"

/* Allocated; NULL when out of memory. @heading is its first line, without "#". */
char *network_dns_format(const char *heading, const NetworkDns *dns);
