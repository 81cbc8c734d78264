/* SPDX-License-Identifier: Apache-2.0 */
#include "test-tar.h"

#include <errno.h>
#include <zlib.h>

#include "render-decode.h"

/* The two that read gzip take the same for good, and make the same of it. */

#define PLAIN_BYTES ((size_t) 100000)
#define WITH_GZIP_HEADER (16 + MAX_WBITS)

/* Decompresses the first stream of @packed, @n_in bytes at a time into @n_out. Returns bytes made, and
 * those that are left in @ret_left; -EBADMSG, also where it is cut short. */
static ssize_t decompress(const RenderDecoder *decoder,
                          const TestTar *packed,
                          size_t n_in,
                          size_t n_out,
                          uint8_t *ret,
                          size_t *ret_left) {
        void *state = decoder->new ();
        const uint8_t *bytes = packed->bytes;
        size_t left = packed->n, made = 0;
        bool ended = false;
        ssize_t got = 0;

        assert_non_null(state);
        while (got >= 0 && !ended && (left > 0 || (size_t) got == n_out)) {
                size_t n = left < n_in ? left : n_in, before = n;

                if (made + n_out > 2 * PLAIN_BYTES)
                        break; /* more than went in */
                got = decoder->step(state, &bytes, &n, ret + made, n_out, &ended, NULL);
                left -= before - n;
                made += got > 0 ? (size_t) got : 0;
        }
        decoder->free(state);
        *ret_left = left;
        return got < 0 ? got : ended ? (ssize_t) made : -EBADMSG;
}

static void expect_the_same(const TestTar *packed, size_t n_in, size_t n_out) {
        uint8_t *a = malloc(2 * PLAIN_BYTES), *b = malloc(2 * PLAIN_BYTES);
        size_t left = 0, other_left = 0;
        ssize_t n = decompress(&render_gunzip, packed, n_in, n_out, a, &left);

        assert_int_equal(decompress(&render_igunzip, packed, n_in, n_out, b, &other_left), n);
        if (n >= 0) {
                assert_memory_equal(a, b, (size_t) n);
                assert_int_equal(left, other_left);
        }
        free(a);
        free(b);
}

static void compress_as(const uint8_t *plain, int level, int strategy, bool named, TestTar *ret) {
        uint8_t name[] = "a name", extra[] = "\1\2\2\0xx", *out = malloc(2 * PLAIN_BYTES);
        gz_header header = { .name = named ? name : NULL,
                             .extra = named ? extra : NULL,
                             .extra_len = named ? 6 : 0,
                             .hcrc = named };
        z_stream stream = {};

        assert_int_equal(deflateInit2(&stream, level, Z_DEFLATED, WITH_GZIP_HEADER, 8, strategy),
                         Z_OK);
        assert_int_equal(deflateSetHeader(&stream, &header), Z_OK);
        stream.next_in = (uint8_t *) (uintptr_t) plain;
        stream.avail_in = PLAIN_BYTES;
        stream.next_out = out;
        stream.avail_out = 2 * PLAIN_BYTES;
        assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
        test_tar_put(ret, out, 2 * PLAIN_BYTES - stream.avail_out);
        assert_int_equal(deflateEnd(&stream), Z_OK);
        free(out);
}

/* Text, numbers and noise, so that blocks of all kinds come about. */
static void make_plain(uint8_t *plain) {
        uint32_t noise = 1;

        for (size_t i = 0; i < PLAIN_BYTES; i++) {
                noise = noise * 1664525 + 1013904223;
                plain[i] = i < PLAIN_BYTES / 3       ? (uint8_t) "some text "[i % 10]
                           : i < 2 * PLAIN_BYTES / 3 ? (uint8_t) (i * i >> 7)
                                                     : (uint8_t) (noise >> 24);
        }
}

static void read_the_same(void **state) {
        static const struct {
                int level, strategy;
                bool named;
        } ways[] = {
                { 0, Z_DEFAULT_STRATEGY, false },
                { 1, Z_DEFAULT_STRATEGY, true },
                { 6, Z_DEFAULT_STRATEGY, false },
                { 9, Z_DEFAULT_STRATEGY, true },
                { 6, Z_FIXED, false },
                { 6, Z_HUFFMAN_ONLY, false },
                { 6, Z_RLE, true },
        };
        static const size_t sizes[][2] = { { 1, 7 }, { 4096, 333 }, { 65536, 65536 } };
        uint8_t *plain = malloc(PLAIN_BYTES);

        (void) state;
        make_plain(plain);
        for (size_t i = 0; i < N_ELEMENTS(ways); i++)
                for (size_t j = 0; j < N_ELEMENTS(sizes); j++) {
                        TestTar packed = {};

                        print_message("# %zu %zu\n", i, j);
                        compress_as(plain, ways[i].level, ways[i].strategy, ways[i].named, &packed);
                        test_tar_put(&packed, "behind", 6);
                        expect_the_same(&packed, sizes[j][0], sizes[j][1]);
                        test_tar_done(&packed);
                }
        free(plain);
}

static void refuse_the_same_of(const uint8_t *plain, bool named) {
        TestTar packed = {};

        compress_as(plain, 6, Z_DEFAULT_STRATEGY, named, &packed);
        for (size_t bit = 0; bit < packed.n * 8; bit += bit < 400 ? 1 : 4099) {
                print_message("# %d %zu\n", named, bit);
                packed.bytes[bit / 8] ^= (uint8_t) (1 << bit % 8);
                expect_the_same(&packed, 4096, 4096);
                if (bit / 8 == 3) /* the flags, in parts */
                        expect_the_same(&packed, 3, 4096);
                packed.bytes[bit / 8] ^= (uint8_t) (1 << bit % 8);
        }
        for (size_t n = packed.n; n > 0; n -= n > 400 ? 4099 % n : 1) {
                const TestTar cut = { .bytes = packed.bytes, .n = n };

                expect_the_same(&cut, 4096, 4096);
        }
        test_tar_done(&packed);
}

/* Each bit of a header, with everything in it and a sum, or with nothing, and many behind it. */
static void refuse_the_same(void **state) {
        uint8_t *plain = malloc(PLAIN_BYTES);

        (void) state;
        make_plain(plain);
        refuse_the_same_of(plain, true);
        refuse_the_same_of(plain, false);
        free(plain);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(read_the_same),
                cmocka_unit_test(refuse_the_same),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
