/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Images in the store: what they are called and how they are found.
 * Source: inventory 1.22, 2.5, 7.1. */

#include "appc-image.h"
#include "appc-reference.h"
#include "oci-digest.h"
#include "store.h"
#include "text-pool.h"
#include "text.h"

typedef enum StoreImageKind {
        STORE_IMAGE_ACI,
        STORE_IMAGE_OCI, /* Docker's, too */
        _STORE_IMAGE_KIND_MAX,
        _STORE_IMAGE_KIND_INVALID = -EINVAL,
} StoreImageKind;

typedef struct StoreImage {
        char *id; /* "sha512-" and 64 digits */
        StoreImageKind kind;
        char *name;             /* the newest, if it has several */
        char *version;          /* "" where none */
        bool latest;            /* came without a version being asked for */
        bool verified;          /* a trusted key signed it */
        uint64_t size;          /* bytes delivered */
        uint64_t tree_size;     /* bytes its trees take */
        int64_t imported, used; /* nanoseconds since the epoch */
        int64_t number;         /* higher for what was imported later, in the same nanosecond too */
        char *config, *manifest; /* OCI: digests, "sha256:..."; NULL where unknown */
} StoreImage;

#define STORE_IMAGE_NULL ((StoreImage){})

void store_image_done(StoreImage *image);

/**
 * store_image_find() - the image whose id begins so
 * @prefix: "sha512-..." at least two digits, cut to the length of an id; or the beginning of an OCI
 *          image's config or manifest digest, "sha256:..." or "sha256-..."
 * @ret_id: allocated
 *
 * Returns: 0; -ENOENT "no image IDs found"; -EINVAL "image ID too short", or no id at all; -ENOTUNIQ
 *          "ambiguous image ID: ..."; the index's errors.
 */
int store_image_find(Store *store, const char *prefix, char **ret_id, Error *e);

/**
 * store_image_find_name() - the image of that name and these labels
 *
 * All labels asked for must be there and equal. Without a version among them images marked as latest
 * come first; among equals the one imported last wins.
 *
 * @verified: only of those that a trusted key signed
 *
 * Returns: 0; -ENOENT in the original's words; the index's errors.
 */
int store_image_find_name(
        Store *store, const AppcReference *reference, bool verified, char **ret_id, Error *e);

/* Whether a trusted key signed it. @id: in full. Returns 1; 0; the index's errors. */
int store_image_is_verified(Store *store, const char *id, Error *e);

/* All images of that name with these labels, the newest first, each once; none is no error. */
int store_image_find_names(Store *store, const AppcReference *reference, Strv *ret_ids, Error *e);

/* @id: in full. Returns 0; -ENOENT; the index's errors. */
int store_image_get(Store *store, const char *id, StoreImage *ret, Error *e);

/* The manifest under @name, or with NULL under the newest name; each parsed again. @ret_text may be
 * NULL. Returns as store_image_get(). */
int store_image_manifest(
        Store *store, const char *id, const char *name, AppcImage **ret, char **ret_text, Error *e);

/* A row of a list of all images. */
typedef struct StoreListed {
        const char *id, *name;  /* "NAME" or "NAME:VERSION" */
        uint64_t size;          /* bytes delivered, and those its trees take */
        int64_t imported, used; /* as of StoreImage */
        int64_t number;
} StoreListed;

typedef struct StoreImages {
        StoreListed *items;
        size_t n;
        TextPool texts;
} StoreImages;

void store_images_done(StoreImages *images);

/* Of two StoreListed, the older import first; for qsort(3). */
int store_compare_imports(const void *a, const void *b);

/* One item for each name, the oldest import first, with as much of their ids as is wanted. */
int store_image_list(Store *store, size_t id_length, StoreImages *ret, Error *e);

/* Says that it was used, now: the time of a file, and no fsync. */
int store_image_touch(Store *store, const char *id, Error *e);

/**
 * store_image_remove() - remove an image
 *
 * What no other image has of its blobs goes with it, unless work is under way in the store: then gc
 * does that. Trees stay for those who use them, until gc.
 *
 * Returns: how many blobs went; -ENOENT; another negative errno.
 */
int store_image_remove(Store *store, const char *id, Error *e);
