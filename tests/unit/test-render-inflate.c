/* SPDX-License-Identifier: Apache-2.0 */
#include "test-compress.h"

#include <errno.h>

#include "render-ring.h"

/* Decompression alone, from ring to ring, both of which hold all there is. */

static const RenderLimits usual = { .expanded = RENDER_EXPANDED_MAX, .ratio = RENDER_RATIO_MAX };

/* A ring with @bytes in it that ends with @end. */
static RenderRing *ring_of(const TestTar *bytes, int end) {
        RenderRing *ring = NULL;

        assert_int_equal(render_ring_new(1, &ring), 0);
        for (size_t at = 0; at < bytes->n; at += RENDER_SLOT_BYTES) {
                size_t left = bytes->n - at;
                size_t n = left < RENDER_SLOT_BYTES ? left : RENDER_SLOT_BYTES;

                memcpy(render_ring_reserve(ring), bytes->bytes + at, n);
                render_ring_publish(ring, n);
        }
        render_ring_end(ring, end);
        return ring;
}

/* Bytes that came out, at most what a ring holds. */
static size_t read_ring(RenderRing *ring, TestTar *ret) {
        const uint8_t *bytes = NULL;
        size_t n = 0;

        render_ring_end(ring, 0);
        while (render_ring_peek(ring, 0, &bytes, &n) > 0) {
                test_tar_put(ret, bytes, n);
                render_ring_release(ring, 0);
        }
        return ret->n;
}

static int inflate(RenderCompression kind, const TestTar *packed, int end, TestTar *ret) {
        RenderRing *in = ring_of(packed, end), *out = NULL;
        int r = 0;

        assert_int_equal(render_ring_new(1, &out), 0);
        r = render_inflate(in, 0, kind, &usual, out, NULL);
        (void) read_ring(out, ret);
        render_ring_free(in);
        render_ring_free(out);
        return r;
}

static void gives_back_what_was_compressed(void **state) {
        static const size_t lengths[] = { 0, 1, 65536, RENDER_SLOT_BYTES,
                                          3 * RENDER_SLOT_BYTES + 1 };

        (void) state;
        for (unsigned kind = RENDER_GZIP; kind < _RENDER_COMPRESSION_MAX; kind++)
                for (size_t i = 0; i < N_ELEMENTS(lengths); i++) {
                        TestTar plain = {}, packed = {}, got = {};

                        for (size_t j = 0; j < lengths[i]; j++)
                                test_tar_put(&plain, &(uint8_t){ (uint8_t) (j * j >> 5) }, 1);
                        /* Two streams in a row are one. */
                        test_compress((RenderCompression) kind, plain.bytes, plain.n / 2, &packed);
                        test_compress((RenderCompression) kind, plain.bytes + plain.n / 2,
                                      plain.n - plain.n / 2, &packed);
                        print_message("# %u %zu\n", kind, lengths[i]);
                        assert_int_equal(inflate((RenderCompression) kind, &packed, 0, &got),
                                         plain.n > 0 ? 0 : -EBADMSG);
                        assert_int_equal(got.n, plain.n);
                        if (got.n > 0)
                                assert_memory_equal(got.bytes, plain.bytes, got.n);
                        test_tar_done(&plain);
                        test_tar_done(&packed);
                        test_tar_done(&got);
                }
}

/* Data of one kind never pass for another, and never for an empty archive. */
static void takes_each_kind_for_itself(void **state) {
        (void) state;
        for (unsigned kind = RENDER_GZIP; kind < _RENDER_COMPRESSION_MAX; kind++)
                for (unsigned other = RENDER_PLAIN; other < _RENDER_COMPRESSION_MAX; other++) {
                        TestTar packed = {}, got = {};
                        int r = 0;

                        test_compress((RenderCompression) other, "some text", 9, &packed);
                        r = inflate((RenderCompression) kind, &packed, 0, &got);
                        print_message("# %u as %u\n", other, kind);
                        assert_int_equal(r, kind == other ? 0 : -EBADMSG);
                        test_tar_done(&packed);
                        test_tar_done(&got);
                }
}

/* At every byte: in the header, the data and the sum behind them. */
static void notices_each_cut(void **state) {
        (void) state;
        for (unsigned kind = RENDER_GZIP; kind < _RENDER_COMPRESSION_MAX; kind++) {
                TestTar packed = {};

                test_compress((RenderCompression) kind, "some text of some length", 24, &packed);
                for (size_t n = 1; n < packed.n; n++) {
                        const TestTar cut = { .bytes = packed.bytes, .n = n };
                        TestTar got = {};

                        print_message("# %u %zu\n", kind, n);
                        assert_int_equal(inflate((RenderCompression) kind, &cut, 0, &got),
                                         -EBADMSG);
                        test_tar_done(&got);
                }
                test_tar_done(&packed);
        }
}

/* In the data, or in the sum and length behind them. */
static void notices_each_changed_byte_of_gzip(void **state) {
        TestTar packed = {};

        (void) state;
        test_compress(RENDER_GZIP, "some text of some length", 24, &packed);
        for (size_t i = 10; i < packed.n; i++) {
                TestTar got = {};

                print_message("# %zu\n", i);
                packed.bytes[i] ^= 1;
                assert_int_equal(inflate(RENDER_GZIP, &packed, 0, &got), -EBADMSG);
                packed.bytes[i] ^= 1;
                test_tar_done(&got);
        }
        test_tar_done(&packed);
}

/* Its error is told, not what follows from it. */
static void hands_on_errors_of_the_input(void **state) {
        (void) state;
        for (unsigned kind = RENDER_GZIP; kind < _RENDER_COMPRESSION_MAX; kind++) {
                TestTar packed = {}, got = {};

                test_compress((RenderCompression) kind, "some text", 9, &packed);
                assert_int_equal(inflate((RenderCompression) kind, &packed, -EIO, &got), -EIO);
                packed.n /= 2;
                assert_int_equal(inflate((RenderCompression) kind, &packed, -EIO, &got), -EIO);
                test_tar_done(&packed);
                test_tar_done(&got);
        }
}

static void ends_when_nobody_reads(void **state) {
        TestTar packed = {};
        RenderRing *in = NULL, *out = NULL;

        (void) state;
        test_compress(RENDER_GZIP, "some text", 9, &packed);
        in = ring_of(&packed, 0);
        assert_int_equal(render_ring_new(1, &out), 0);
        render_ring_cancel(out);
        assert_int_equal(render_inflate(in, 0, RENDER_GZIP, &usual, out, NULL), -ECANCELED);
        render_ring_free(in);
        render_ring_free(out);
        test_tar_done(&packed);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(gives_back_what_was_compressed),
                cmocka_unit_test(takes_each_kind_for_itself),
                cmocka_unit_test(notices_each_cut),
                cmocka_unit_test(notices_each_changed_byte_of_gzip),
                cmocka_unit_test(hands_on_errors_of_the_input),
                cmocka_unit_test(ends_when_nobody_reads),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
