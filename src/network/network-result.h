/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What a CNI plugin answers: a result or an error, in each of the formats from 0.1.0 to 1.0.0. Pure:
 * plugins are trusted to run, their words are checked all the same. */

#include "errors.h"
#include "text.h"

#define NETWORK_RESULT_MAX ((size_t) 1024 * 1024)

/* One address, split: "172.16.28.2", 24. */
typedef struct NetworkAddress {
        char *ip; /* in its normal form; NULL for none */
        unsigned prefix;
} NetworkAddress;

typedef struct NetworkDns {
        Strv nameservers, search, options; /* name servers are addresses */
        char *domain;                      /* NULL for none */
} NetworkDns;

typedef struct NetworkResult {
        NetworkAddress ip4, ip6; /* the first of each that is the pod's */
        NetworkDns dns;
} NetworkResult;

/* Returns: 0; -EINVAL; what json_parse() returns. */
int network_result_parse(const char *text, size_t n, NetworkResult *ret, Error *e);
void network_result_done(NetworkResult *result);
void network_dns_done(NetworkDns *dns);
bool network_dns_is_empty(const NetworkDns *dns);

/* A word of resolv.conf: visible characters only. */
bool network_word_is_valid(const char *word);

/* "MESSAGE; DETAILS" of a plugin's error, allocated; NULL when it is none or out of memory. */
char *network_result_error(const char *text, size_t n);
