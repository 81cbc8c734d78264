/* SPDX-License-Identifier: Apache-2.0 */
#include "render-ring.h"

#include <assert.h>
#include <pthread.h>
#include <stdbool.h>
#include <sys/mman.h>

struct RenderRing {
        pthread_mutex_t mutex;
        pthread_cond_t readable, writable;
        uint8_t *slots; /* RENDER_RING_SLOTS in a row, page-aligned */
        size_t filled[RENDER_RING_SLOTS];
        uint64_t written; /* slots published so far */
        uint64_t read[RENDER_RING_READERS_MAX];
        unsigned n_readers;
        bool ended, cancelled;
        int end;
};

#define RING_BYTES (RENDER_SLOT_BYTES * RENDER_RING_SLOTS)

int render_ring_new(unsigned n_readers, RenderRing **ret) {
        RenderRing *ring = NULL;
        void *slots = NULL;

        assert(n_readers > 0 && n_readers <= RENDER_RING_READERS_MAX);
        slots = mmap(NULL, RING_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (slots == MAP_FAILED)
                return -ENOMEM;
        ring = calloc(1, sizeof(*ring));
        if (!ring) {
                (void) munmap(slots, RING_BYTES);
                return -ENOMEM;
        }
        ring->slots = slots;
        ring->n_readers = n_readers;
        (void) pthread_mutex_init(&ring->mutex, NULL);
        (void) pthread_cond_init(&ring->readable, NULL);
        (void) pthread_cond_init(&ring->writable, NULL);
        *ret = ring;
        return 0;
}

RenderRing *render_ring_free(RenderRing *ring) {
        if (!ring)
                return NULL;
        (void) munmap(ring->slots, RING_BYTES);
        (void) pthread_cond_destroy(&ring->readable);
        (void) pthread_cond_destroy(&ring->writable);
        (void) pthread_mutex_destroy(&ring->mutex);
        free(ring);
        return NULL;
}

static uint8_t *slot_at(const RenderRing *ring, uint64_t number) {
        return ring->slots + (number % RENDER_RING_SLOTS) * RENDER_SLOT_BYTES;
}

/* Slots that the slowest reader still wants. */
static uint64_t n_wanted(const RenderRing *ring) {
        uint64_t most = 0;

        for (unsigned i = 0; i < ring->n_readers; i++)
                if (ring->written - ring->read[i] > most)
                        most = ring->written - ring->read[i];
        return most;
}

uint8_t *render_ring_reserve(RenderRing *ring) {
        uint8_t *slot = NULL;

        (void) pthread_mutex_lock(&ring->mutex);
        /* Who had to wait once waits for half a ring, or two threads would go in step, and sleep and
         * wake for each slot. */
        if (n_wanted(ring) == RENDER_RING_SLOTS)
                while (!ring->cancelled && n_wanted(ring) > RENDER_RING_SLOTS / 2)
                        (void) pthread_cond_wait(&ring->writable, &ring->mutex);
        if (!ring->cancelled)
                slot = slot_at(ring, ring->written);
        (void) pthread_mutex_unlock(&ring->mutex);
        return slot;
}

void render_ring_publish(RenderRing *ring, size_t n) {
        (void) pthread_mutex_lock(&ring->mutex);
        ring->filled[ring->written % RENDER_RING_SLOTS] = n;
        ring->written++;
        (void) pthread_cond_broadcast(&ring->readable);
        (void) pthread_mutex_unlock(&ring->mutex);
}

void render_ring_end(RenderRing *ring, int r) {
        (void) pthread_mutex_lock(&ring->mutex);
        ring->ended = true;
        ring->end = r;
        (void) pthread_cond_broadcast(&ring->readable);
        (void) pthread_mutex_unlock(&ring->mutex);
}

int render_ring_peek(RenderRing *ring, unsigned reader, const uint8_t **ret, size_t *ret_n) {
        uint64_t number = 0;
        int r = 0;

        (void) pthread_mutex_lock(&ring->mutex);
        number = ring->read[reader];
        while (!ring->cancelled && !ring->ended && number == ring->written)
                (void) pthread_cond_wait(&ring->readable, &ring->mutex);
        if (number == ring->written)
                r = ring->cancelled ? -ECANCELED : ring->end;
        else {
                *ret = slot_at(ring, number);
                *ret_n = ring->filled[number % RENDER_RING_SLOTS];
                r = 1;
        }
        (void) pthread_mutex_unlock(&ring->mutex);
        return r;
}

void render_ring_release(RenderRing *ring, unsigned reader) {
        (void) pthread_mutex_lock(&ring->mutex);
        ring->read[reader]++;
        if (n_wanted(ring) <= RENDER_RING_SLOTS / 2)
                (void) pthread_cond_signal(&ring->writable);
        (void) pthread_mutex_unlock(&ring->mutex);
}

void render_ring_cancel(RenderRing *ring) {
        (void) pthread_mutex_lock(&ring->mutex);
        ring->cancelled = true;
        (void) pthread_cond_broadcast(&ring->readable);
        (void) pthread_cond_signal(&ring->writable);
        (void) pthread_mutex_unlock(&ring->mutex);
}
