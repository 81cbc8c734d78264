/* SPDX-License-Identifier: Apache-2.0 */
#include "test-render-job.h"

/* Compressed archives, as the program takes them. Needs root, for namespaces of its own. */

/* A08: stopped at the limit, whatever the way of compression. */
static void stops_bombs(void **state) {
        static const struct {
                RenderCompression kind;
                const char *argument;
                size_t unit;
                unsigned n_streams;
                int want;
        } cases[] = {
                { RENDER_GZIP, "expanded-max=10000000", 16 << 20, 1, -EFBIG },
                { RENDER_BZIP2, "expanded-max=10000000", 16 << 20, 1, -EFBIG },
                { RENDER_XZ, "expanded-max=10000000", 16 << 20, 1, -EFBIG },
                { RENDER_ZSTD, "expanded-max=10000000", 16 << 20, 1, -EFBIG },
                { RENDER_PLAIN, "expanded-max=10000000", 16 << 20, 1, -EFBIG },
                { RENDER_GZIP, "expanded-max=1000000", 1024, 1000, -EFBIG }, /* members in a row */
                { RENDER_ZSTD, "expanded-max=1000000", 1024, 1000, -EFBIG },
                { RENDER_XZ, "expanded-max=1000000", 1024, 1000, -EFBIG },
                { RENDER_BZIP2, "expanded-max=1000000", 1024, 1000, -EFBIG },
                { RENDER_GZIP, "expanded-max=1024000", 1024, 1000, 0 },
                { RENDER_ZSTD, "ratio-max=200", 32 << 20, 34, -EFBIG }, /* beyond the floor */
                { RENDER_ZSTD, "ratio-max=200", 32 << 20, 31, 0 },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                TestTar bomb = {};

                print_message("# %zu\n", i);
                test_compress_bomb(cases[i].kind, cases[i].unit, cases[i].n_streams, &bomb);
                assert_int_equal(unpack(&bomb, RENDER_LAYER, cases[i].argument, false, TEST_ROOT),
                                 cases[i].want);
                test_tar_done(&bomb);
        }
}

/* The window that a frame of zstd asks for: 128 MiB is the most. */
static void refuses_windows_beyond_its_memory(void **state) {
        static const struct {
                uint8_t descriptor;
                int want;
        } cases[] = {
                { (27 - 10) << 3, 0 },
                { (28 - 10) << 3, -EBADMSG },
                { (31 - 10) << 3, -EBADMSG },
                { 0xff, -EBADMSG },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                TestTar packed = {};
                const uint8_t zeroes[] = { 0x28, 0xb5, 0x2f, 0xfd, 0x00, cases[i].descriptor,
                                           0x03, 0x20, 0x00, 0x00 }; /* 1024 times one zero */

                test_tar_put(&packed, zeroes, sizeof(zeroes));
                assert_int_equal(unpack(&packed, RENDER_LAYER, NULL, false, TEST_ROOT),
                                 cases[i].want);
                test_tar_done(&packed);
        }
}

static void notices_what_is_cut_or_damaged(void **state) {
        (void) state;
        for (unsigned kind = RENDER_GZIP; kind < _RENDER_COMPRESSION_MAX; kind++) {
                TestTar tar = {}, packed = {};

                make_sample(&tar);
                test_compress((RenderCompression) kind, tar.bytes, tar.n, &packed);
                for (unsigned i = 1; i < 8; i++) {
                        TestTar cut = { .bytes = packed.bytes, .n = packed.n * i / 8 };

                        if (i == 7)
                                cut.n = packed.n - 1;
                        print_message("# %u: %zu of %zu\n", kind, cut.n, packed.n);
                        assert_int_equal(unpack(&cut, RENDER_LAYER, NULL, i & 1, NULL), -EBADMSG);
                }
                packed.bytes[packed.n / 2] ^= 0x10;
                /* zstd was not asked for a sum: there the digests find what is damaged. */
                if (kind != RENDER_ZSTD)
                        assert_int_equal(unpack(&packed, RENDER_LAYER, NULL, false, NULL),
                                         -EBADMSG);
                test_tar_done(&packed);
                test_tar_done(&tar);
        }
}

/* C05: what others might take for more of the image. */
static void lets_only_zeroes_follow(void **state) {
        static const struct {
                const char *bytes;
                size_t n;
                int want;
        } cases[] = {
                { "\0", 1, 0 },
                { "\0\0\0\0\0\0\0\0", 8, 0 },
                { "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 20, 0 },
                { "x", 1, -EBADMSG },
                { "\0\0\0\0x", 5, -EBADMSG },
                { "garbage behind it all", 21, -EBADMSG },
                { "\x1f\x8b", 2, -EBADMSG },
                { "BZh9", 4, -EBADMSG },
        };

        (void) state;
        for (unsigned kind = RENDER_GZIP; kind < _RENDER_COMPRESSION_MAX; kind++)
                for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                        TestTar tar = {}, packed = {};

                        print_message("# %u %zu\n", kind, i);
                        make_sample(&tar);
                        test_compress((RenderCompression) kind, tar.bytes, tar.n, &packed);
                        test_tar_put(&packed, cases[i].bytes, cases[i].n);
                        assert_int_equal(unpack(&packed, RENDER_LAYER, NULL, i & 1, NULL),
                                         cases[i].want);
                        test_tar_done(&packed);
                        test_tar_done(&tar);
                }
}

static void takes_off_one_compression_only(void **state) {
        TestTar tar = {}, once = {}, twice = {};

        (void) state;
        make_sample(&tar);
        for (unsigned inner = RENDER_GZIP; inner < _RENDER_COMPRESSION_MAX; inner++)
                for (unsigned outer = RENDER_GZIP; outer < _RENDER_COMPRESSION_MAX; outer++) {
                        once.n = twice.n = 0;
                        test_compress((RenderCompression) inner, tar.bytes, tar.n, &once);
                        test_compress((RenderCompression) outer, once.bytes, once.n, &twice);
                        assert_int_equal(unpack(&twice, RENDER_LAYER, NULL, false, NULL), -EBADMSG);
                }
        test_tar_done(&twice);
        test_tar_done(&once);
        test_tar_done(&tar);
}

/* A name may begin as compressed files do. */
static void takes_no_name_for_a_compression(void **state) {
        static const struct {
                const char *name, *tree;
        } cases[] = {
                { "BZh", TEST_ROOT "f BZh 644 <x>\n" },
                { "BZh9", TEST_ROOT "f BZh9 644 <x>\n" },
                { "\x1f\x8b", TEST_ROOT "f \x1f\x8b 644 <x>\n" },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                TestTar tar = {};

                test_tar_add(&tar, &(TestMember){ .name = cases[i].name, .data = "x" });
                test_tar_end(&tar);
                assert_int_equal(unpack(&tar, RENDER_LAYER, NULL, false, cases[i].tree), 0);
                test_tar_done(&tar);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(stops_bombs),
                cmocka_unit_test(refuses_windows_beyond_its_memory),
                cmocka_unit_test(notices_what_is_cut_or_damaged),
                cmocka_unit_test(lets_only_zeroes_follow),
                cmocka_unit_test(takes_off_one_compression_only),
                cmocka_unit_test(takes_no_name_for_a_compression),
        };

        if (geteuid() != 0) {
                fprintf(stderr, "skipped: only root can confine the program\n");
                return 77;
        }
        return cmocka_run_group_tests(tests, NULL, NULL);
}
