/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Extended attributes that an image may have: an allow-list, both when they are written and when a
 * tree is looked at again.
 * Source: security C09. */

#include "render-digest.h"
#include "render-tar.h"

/* Sets what is allowed of @entry's on an open file. Returns how many were dropped; a negative
 * errno. *@ret_set tells whether any was set. */
int render_xattrs_set(int fd, const RenderEntry *entry, bool *ret_set, Error *e);

/**
 * render_xattrs_digest() - digest of the allowed attributes of an open file, sorted by name
 * @fd: of any kind but O_PATH
 *
 * Returns: 1; 0 there are none; a negative errno.
 */
int render_xattrs_digest(int fd, RenderDigest *digest, uint8_t ret[static RENDER_SHA256_BYTES]);

/* Calls @fn for each allowed attribute of an open file, sorted by name. Returns 0; what @fn
 * returned, if negative; a negative errno. */
typedef int (*RenderXattrFn)(const char *name, const void *value, size_t n, void *userdata);
int render_xattrs_each(int fd, RenderXattrFn fn, void *userdata);
