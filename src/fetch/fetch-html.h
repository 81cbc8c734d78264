/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The meta tags of a page: all that discovery wants of HTML, and no more of it is understood. Pure.
 * Source: appc-oci 4.3; the HTML standard's tokenizer, as far as it decides what is a tag. */

#include <stddef.h>

#include "errors.h"

#define FETCH_HTML_SIZE_MAX ((size_t) 1024 * 1024)
#define FETCH_HTML_METAS_MAX 1024

/* @name and @content are the tag's attributes, entities decoded; neither is NULL or empty. */
typedef int (*FetchMetaFn)(const char *name, const char *content, void *userdata, Error *e);

/**
 * fetch_html_metas() - find the meta tags
 * @html: not NUL-terminated; borrowed. A NUL ends it
 * @fn: is called for each, in order, until it returns a negative errno
 *
 * Comments, and what stands in script, style and their like, hold no tags. Nothing is an error in
 * HTML; what cannot be read is passed over.
 *
 * Returns: 0; -EMSGSIZE longer than FETCH_HTML_SIZE_MAX; -ERANGE more tags than
 *          FETCH_HTML_METAS_MAX; -ENOMEM; what @fn returned.
 */
int fetch_html_metas(const char *html, size_t n, FetchMetaFn fn, void *userdata, Error *e);
