/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>

#include "render-ring.h"

#define SLOTS 100

typedef struct Side {
        RenderRing *ring;
        unsigned reader;
        uint64_t sum, n;
        int end;
} Side;

static void *read_all(void *userdata) {
        Side *side = userdata;
        const uint8_t *bytes = NULL;
        size_t n = 0;

        while ((side->end = render_ring_peek(side->ring, side->reader, &bytes, &n)) > 0) {
                for (size_t i = 0; i < n; i += 4096)
                        side->sum = side->sum * 31 + bytes[i];
                side->n += n;
                render_ring_release(side->ring, side->reader);
        }
        return NULL;
}

/* More slots than fit, and readers of their own pace: each sees every byte, in order. */
static void gives_every_byte_to_every_reader(void **state) {
        pthread_t threads[RENDER_RING_READERS_MAX];
        Side sides[RENDER_RING_READERS_MAX] = { 0 };
        RenderRing *ring = NULL;

        (void) state;
        assert_int_equal(render_ring_new(RENDER_RING_READERS_MAX, &ring), 0);
        for (unsigned i = 0; i < RENDER_RING_READERS_MAX; i++) {
                sides[i] = (Side){ .ring = ring, .reader = i };
                assert_int_equal(pthread_create(&threads[i], NULL, read_all, &sides[i]), 0);
        }
        for (unsigned i = 0; i < SLOTS; i++) {
                uint8_t *slot = render_ring_reserve(ring);

                assert_non_null(slot);
                memset(slot, (int) i, RENDER_SLOT_BYTES);
                render_ring_publish(ring, i == SLOTS - 1 ? 1 : RENDER_SLOT_BYTES);
        }
        render_ring_end(ring, 0);
        for (unsigned i = 0; i < RENDER_RING_READERS_MAX; i++) {
                assert_int_equal(pthread_join(threads[i], NULL), 0);
                assert_int_equal(sides[i].end, 0);
                assert_int_equal(sides[i].n, (SLOTS - 1) * RENDER_SLOT_BYTES + 1);
                assert_true(sides[i].sum == sides[0].sum);
        }
        render_ring_free(ring);
}

static void hands_on_how_it_ended(void **state) {
        const uint8_t *bytes = NULL;
        RenderRing *ring = NULL;
        size_t n = 0;

        (void) state;
        assert_int_equal(render_ring_new(1, &ring), 0);
        assert_non_null(render_ring_reserve(ring));
        render_ring_publish(ring, 5);
        render_ring_end(ring, -EIO);
        assert_int_equal(render_ring_peek(ring, 0, &bytes, &n), 1);
        assert_int_equal(n, 5);
        assert_int_equal(render_ring_peek(ring, 0, &bytes, &n), 1); /* not released yet */
        render_ring_release(ring, 0);
        assert_int_equal(render_ring_peek(ring, 0, &bytes, &n), -EIO);
        assert_int_equal(render_ring_peek(ring, 0, &bytes, &n), -EIO);
        render_ring_free(ring);
        assert_null(render_ring_free(NULL));
}

static void gives_what_came_before_it_was_cancelled(void **state) {
        const uint8_t *bytes = NULL;
        RenderRing *ring = NULL;
        size_t n = 0;

        (void) state;
        assert_int_equal(render_ring_new(1, &ring), 0);
        for (unsigned i = 1; i <= 2; i++) {
                assert_non_null(render_ring_reserve(ring));
                render_ring_publish(ring, i);
        }
        render_ring_end(ring, 0);
        render_ring_cancel(ring);
        for (unsigned i = 1; i <= 2; i++) {
                assert_int_equal(render_ring_peek(ring, 0, &bytes, &n), 1);
                assert_int_equal(n, i);
                render_ring_release(ring, 0);
        }
        assert_int_equal(render_ring_peek(ring, 0, &bytes, &n), -ECANCELED);
        render_ring_free(ring);
}

static void *fill_until_cancelled(void *userdata) {
        Side *side = userdata;

        while (render_ring_reserve(side->ring))
                render_ring_publish(side->ring, RENDER_SLOT_BYTES);
        return NULL;
}

/* Whoever waits is woken: a writer for room, a reader for bytes. */
static void wakes_everybody_when_cancelled(void **state) {
        pthread_t threads[2];
        RenderRing *full = NULL, *empty = NULL;
        Side writer = {}, reader = {};

        (void) state;
        assert_int_equal(render_ring_new(1, &full), 0);
        assert_int_equal(render_ring_new(1, &empty), 0);
        writer.ring = full;
        reader.ring = empty;
        assert_int_equal(pthread_create(&threads[0], NULL, fill_until_cancelled, &writer), 0);
        assert_int_equal(pthread_create(&threads[1], NULL, read_all, &reader), 0);
        render_ring_cancel(full);
        render_ring_cancel(empty);
        for (unsigned i = 0; i < 2; i++)
                assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_int_equal(reader.end, -ECANCELED);
        assert_null(render_ring_reserve(empty));
        render_ring_free(full);
        render_ring_free(empty);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(gives_every_byte_to_every_reader),
                cmocka_unit_test(hands_on_how_it_ended),
                cmocka_unit_test(gives_what_came_before_it_was_cancelled),
                cmocka_unit_test(wakes_everybody_when_cancelled),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
