/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Trusting keys: a key is fetched or read, shown to whoever decides, and kept.
 * Source: inventory 7.3, 7.5; security B03. */

#include "fetch-keystore.h"
#include "servers.h"

/* All borrowed. */
typedef struct Trust {
        const Rkt *rkt;
        const FetchContext *context;
        FetchKeystore *keystore;
        const char *prefix; /* NULL: for all images */
        bool reviewed;      /* nobody is asked */
} Trust;

/* @location: a path, or an http(s) URL. Returns 0, also where somebody said no; -ENOTTY nobody is there to
 * ask; -EINVAL what is neither; as fetch_key_url(). */
int trust_key(const Trust *trust, const char *location, Error *e);

/* The same for all keys that discovery finds for the prefix. */
int trust_discovered(const Trust *trust, Error *e);
