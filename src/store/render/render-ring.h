/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A bounded ring of large slots between one writing thread and several readers, each of which sees
 * every byte. What is in flight never exceeds the ring, whatever the image's size. */

#include <stddef.h>
#include <stdint.h>

#include "cleanup.h"

/* A slot's size is a multiple of a tar block and of every sector size: blocks never straddle slots,
 * and slots can be written to disk past the page cache. */
#define RENDER_SLOT_BYTES ((size_t) 256 * 1024)
#define RENDER_RING_SLOTS 16
#define RENDER_RING_READERS_MAX 4

typedef struct RenderRing RenderRing;

/* Readers are numbered from 0 to @n_readers - 1. Returns 0; -ENOMEM. */
int render_ring_new(unsigned n_readers, RenderRing **ret);
RenderRing *render_ring_free(RenderRing *ring);
DEFINE_CLEANUP(RenderRing, render_ring_free);

/* The writer's side. Waits for a free slot of RENDER_SLOT_BYTES; NULL when the ring was cancelled. */
uint8_t *render_ring_reserve(RenderRing *ring);

/* Hands the reserved slot to the readers. All but the last one must be full. */
void render_ring_publish(RenderRing *ring, size_t n);

/* No more comes. Readers get @r (0 or a negative errno) behind the last slot. */
void render_ring_end(RenderRing *ring, int r);

/**
 * render_ring_peek() - wait for the next slot
 * @ret: borrowed until render_ring_release()
 *
 * Returns: 1; 0 at the end; the writer's errno; -ECANCELED, behind what came before that.
 */
int render_ring_peek(RenderRing *ring, unsigned reader, const uint8_t **ret, size_t *ret_n);
void render_ring_release(RenderRing *ring, unsigned reader);

/* Nothing more comes in: one side failed. What is in the ring is still to be had, for who keeps a part of
 * an image wants all of it that came. */
void render_ring_cancel(RenderRing *ring);
