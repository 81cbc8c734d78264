/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* All that it takes to ask servers for something: the configuration of hosts, logins, certificates, the
 * keys that are trusted, the downloader, and what people see of it. */

#include "fetch.h"
#include "pods.h"

typedef struct Servers Servers;

/* Starts the downloader. @quiet: shows nothing. Returns 0; a negative errno. */
int servers_open(const Rkt *rkt, bool quiet, Servers **ret, Error *e);

/* Ends what is under way. */
Servers *servers_close(Servers *servers);
DEFINE_CLEANUP(Servers, servers_close);

/* Borrowed. */
const FetchContext *servers_context(const Servers *servers);
