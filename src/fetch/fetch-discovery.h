/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Meta discovery: from an image's name to the places where it, its signature and its keys are.
 * Pure. Source: appc spec 0.8.11, "App Container Image Discovery"; appc-oci 4.3; security B03. */

#include "appc-reference.h"
#include "text.h"

#define FETCH_DISCOVERY_DEPTH_MAX 32 /* '/' in a name that is looked for */

/* URLs in the page's order; the i-th signature belongs to the i-th image. They are as the page has
 * them: whoever fetches checks them. */
typedef struct FetchDiscovered {
        Strv images, signatures, keys;
} FetchDiscovered;

#define FETCH_DISCOVERED_NULL ((FetchDiscovered){})

void fetch_discovered_done(FetchDiscovered *discovered);

/* "a.b/c/d", "a.b/c", "a.b": where to look, in order. Returns 0; -ERANGE; -ENOMEM. */
int fetch_discovery_prefixes(const char *name, Strv *ret, Error *e);

/* The page to look at. Allocated; NULL when out of memory. */
char *fetch_discovery_url(const char *prefix, bool secure);

/* Whether what holds for @prefix holds for @name: equal, or all of @name up to a '/'. */
bool fetch_prefix_matches(const char *prefix, const char *name);

/**
 * fetch_discovery_parse() - what a page tells about an image
 * @html: not NUL-terminated; borrowed
 * @reference: the name and its labels; without a version, templates get "latest"
 * @ret: may come out empty
 *
 * Tags for other prefixes are passed over, and templates that ask for labels which are not there.
 *
 * Returns: 0; as fetch_html_metas().
 */
int fetch_discovery_parse(
        const char *html, size_t n, const AppcReference *reference, FetchDiscovered *ret, Error *e);
