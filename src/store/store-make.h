/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Making the trees of an image's layers from its blobs. */

#include "store-base.h"
#include "store-render.h"
#include "text.h"

typedef struct StoreLayer {
        char *key;       /* of its tree */
        OciDigest diff;  /* of what the blob unpacks to; not set for an ACI */
        OciDigest chain; /* of it and all below; not set as long as nobody wants to know */
        OciDigest blob;
} StoreLayer;

typedef struct StoreImageLayers {
        char *id;
        StoreLayer *items; /* base first */
        size_t n;
} StoreImageLayers;

void store_image_layers_done(StoreImageLayers *layers);

/* Returns 0; -ENOENT no such image. */
int store_image_layers_read(const Store *store, const char *id, StoreImageLayers *ret, Error *e);

/* Has every tree; keys may change, as layers show that they cannot stand alone. Returns 0; a negative
 * errno. */
int store_make_trees(const Store *store, StoreImageLayers *layers, Error *e);

/* Where a tree is being made in a stage: a directory with rootfs, and the seal. */
typedef struct StoreWorkbench {
        StoreStage *stage;
        char *name; /* in the stage */
        int root_fd, seal_fd, scratch_fd, needs_fd;
} StoreWorkbench;

#define STORE_WORKBENCH_NULL \
        ((StoreWorkbench){   \
                .root_fd = -EBADF, .seal_fd = -EBADF, .scratch_fd = -EBADF, .needs_fd = -EBADF })

int store_workbench_open(StoreStage *stage, StoreWorkbench *ret, Error *e);
void store_workbench_done(StoreWorkbench *bench);

/* Lets the helper work there. */
void store_workbench_equip(const StoreWorkbench *bench, StoreRenderJob *job);

/* Whether a report tells of a layer that lacks something. */
static inline bool store_report_is_partial(const StoreReport *report) {
        return report->implicit > 0 || report->missing > 0;
}

/* What was unpacked is the ACI of this id. */
bool store_report_is_aci(const StoreReport *report, const char *id);

/* Remembers that a layer cannot stand alone. */
int store_note_partial(const Store *store, const OciDigest *diff, Error *e);

/* Returns 1 if that is known; 0; a negative errno. */
int store_is_partial(const Store *store, const OciDigest *diff, Error *e);

/* The size and a digest of all that @fd gives, by the helper, who copies it to @copy_fd unless that is
 * -EBADF. */
int store_digest(const Store *store,
                 int fd,
                 int copy_fd,
                 OciAlgorithm algorithm,
                 StoreStream *ret,
                 Error *e);

/* A digest of a text. */
int store_digest_text(const Store *store,
                      const char *text,
                      size_t n,
                      OciAlgorithm algorithm,
                      OciDigest *ret,
                      Error *e);

/* "sha256-HEX", the key of a layer that can stand alone. Allocated; NULL when out of memory. */
char *store_layer_key(const OciDigest *diff);
