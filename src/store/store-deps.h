/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Images that depend on images: the flat list, and the rendering of it where whitelists choose paths.
 * Source: appc-oci 1.6, 1.7; mended: circles and depth are bounded, and an image is filtered by
 * whitelists of those that depend on it only. */

#include "appc-image.h"
#include "store-base.h"
#include "text.h"

#define STORE_DEPENDENCY_DEPTH_MAX 64
#define STORE_DEPENDENCIES_MAX 1024

typedef struct StoreDependency {
        char *id;
        AppcImage *image;
        char *const
                *upper; /* the whitelist of the topmost image above it that has one; borrowed from
                             * that one's item; NULL where none has */
} StoreDependency;

/* Highest priority first; the image itself leads. One that several depend on comes several times. */
typedef struct StoreDependencies {
        StoreDependency *items;
        size_t n;
} StoreDependencies;

void store_dependencies_done(StoreDependencies *list);

/* Returns 0; -ENOENT one is not in the store; -ELOOP a circle; -E2BIG too many or too deep. */
int store_dependencies_read(Store *store, const char *id, StoreDependencies *ret, Error *e);

/* Whether only a rendering shows what is right. Returns 1; 0 the trees can be stacked; a negative
 * errno. */
int store_dependencies_need_rendering(const Store *store,
                                      const StoreDependencies *list,
                                      char *const *const *keys,
                                      Error *e);

/**
 * store_dependencies_render() - have the tree made of them all
 * @keys: for each item, its own trees, topmost first
 * @ret_key: allocated
 */
int store_dependencies_render(const Store *store,
                              const StoreDependencies *list,
                              char *const *const *keys,
                              char **ret_key,
                              Error *e);
