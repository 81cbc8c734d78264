/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The URLs things are fetched from: http and https only, and only what every reader of URLs takes
 * apart in the same way. Pure.
 * Source: RFC 3986, narrowed; security A01. */

#include <stdbool.h>
#include <stdint.h>

#include "errors.h"

#define FETCH_URL_LENGTH_MAX 8192

typedef struct FetchUrl {
        bool secure;   /* https */
        char *host;    /* lower case; an IPv6 address stands in brackets */
        uint16_t port; /* 0 where the text names none */
        char *path;    /* from the first '/' on, query included; "/" at least */
} FetchUrl;

#define FETCH_URL_NULL ((FetchUrl){})

/* No user, no blanks, nothing beyond ASCII; a fragment is left out. Returns 0; -EINVAL; -ENOMEM. */
int fetch_url_parse(const char *text, FetchUrl *ret, Error *e);
void fetch_url_done(FetchUrl *url);

/* Allocated; NULL when out of memory. */
char *fetch_url_format(const FetchUrl *url);

/* "HOST" or "HOST:PORT", as credentials name it. Allocated; NULL when out of memory. */
char *fetch_url_authority(const FetchUrl *url);

/* The path without its query, ".asc" behind it, and the query again. Allocated; NULL when out of
 * memory. */
char *fetch_url_signature(const char *url);

/* Whether the path, its query left out, ends in @suffix. */
bool fetch_url_path_ends_with(const char *url, const char *suffix);

/* Writes @text with all but unreserved characters as %XX. Allocated; NULL when out of memory. */
char *fetch_url_escape(const char *text);
