/* SPDX-License-Identifier: Apache-2.0 */
#include "test-compress.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>

#include "files.h"
#include "render-pipeline.h"

/* Decompression, copies and digests side by side; the confined program's test has them in one. */

static const RenderLimits usual = { .expanded = RENDER_EXPANDED_MAX, .ratio = RENDER_RATIO_MAX };

static int file_of(const TestTar *bytes) {
        int fd = memfd_create("input", MFD_CLOEXEC);

        assert_int_equal(fd_write_all(fd, bytes->bytes, bytes->n), 0);
        return fd;
}

/* What the consumer does, and what it saw. */
typedef struct Eater {
        uint64_t n, stop_after;
        int answer;
} Eater;

static int eat(const RenderSource *source, void *userdata, Error *e) {
        Eater *eater = userdata;
        const uint8_t *bytes = NULL;
        size_t n = 0;
        int r = 0;

        (void) e;
        while ((r = source->peek(source->userdata, &bytes, &n)) > 0) {
                size_t some = n > 1000 ? 1000 : n;

                source->consume(source->userdata, some);
                eater->n += some;
                if (eater->stop_after > 0 && eater->n >= eater->stop_after)
                        return eater->answer;
        }
        return r;
}

static void make_noise(TestTar *bytes, size_t n) {
        uint32_t x = 1;

        for (size_t i = 0; i < n; i += 4) {
                x = x * 1664525 + 1013904223;
                test_tar_put(bytes, &x, 4);
        }
}

/* More than all rings hold, in lengths around a slot's. */
static void runs_large_inputs_through(void **state) {
        static const size_t lengths[] = { 4, RENDER_SLOT_BYTES - 4, RENDER_SLOT_BYTES,
                                          RENDER_SLOT_BYTES + 4, 6 * 1024 * 1024 };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(lengths); i++)
                for (unsigned kind = RENDER_PLAIN; kind < _RENDER_COMPRESSION_MAX; kind++) {
                        TestTar plain = {}, packed = {};
                        RenderPipelineResult result = {};
                        Eater eater = {};
                        _cleanup_(fd_closep) int fd = -EBADF, copy_fd = -EBADF;

                        print_message("# %zu %u\n", lengths[i], kind);
                        make_noise(&plain, lengths[i]);
                        test_compress((RenderCompression) kind, plain.bytes, plain.n, &packed);
                        fd = file_of(&packed);
                        copy_fd = memfd_create("copy", MFD_CLOEXEC);
                        assert_int_equal(
                                render_pipeline_run(&(RenderPipelineSpec){ .in_fd = fd,
                                                                           .n = RENDER_UNTIL_END,
                                                                           .delivered_fd = -EBADF,
                                                                           .unpacked_fd = copy_fd,
                                                                           .unpacked = 1,
                                                                           .limits = &usual,
                                                                           .consume = eat,
                                                                           .userdata = &eater },
                                                    &result, NULL),
                                0);
                        assert_int_equal(result.compression, kind);
                        assert_int_equal(result.n_delivered, packed.n);
                        assert_int_equal(result.n_unpacked, plain.n);
                        assert_int_equal(eater.n, plain.n);
                        assert_int_equal(lseek(copy_fd, 0, SEEK_END), plain.n);
                        assert_non_null(result.unpacked[RENDER_SHA256]);
                        assert_null(result.unpacked[RENDER_SHA512]);
                        render_pipeline_result_done(&result);
                        test_tar_done(&plain);
                        test_tar_done(&packed);
                }
}

/* Whoever fails first is the one who is heard, and all the others end. */
static void ends_with_the_first_failure(void **state) {
        static const struct {
                const char *what;
                bool consumer, full, closed;
                uint64_t expanded;
                int want;
        } cases[] = {
                { "the consumer", true, false, false, UINT64_MAX, -EPERM },
                { "a copy", false, true, false, UINT64_MAX, -ENOSPC },
                { "the input", false, false, true, UINT64_MAX, -EBADF },
                { "the limit", false, false, false, 3000000, -EFBIG },
        };
        TestTar plain = {};

        (void) state;
        make_noise(&plain, 8 * 1024 * 1024);
        for (size_t i = 0; i < N_ELEMENTS(cases); i++)
                for (unsigned kind = RENDER_PLAIN; kind < _RENDER_COMPRESSION_MAX; kind += 4) {
                        RenderLimits limits = { .expanded = cases[i].expanded, .ratio = 200 };
                        _cleanup_(fd_closep) int in_fd = -EBADF, out_fd = -EBADF;
                        Eater eater = { .stop_after = cases[i].consumer ? 700000 : 0,
                                        .answer = -EPERM };
                        RenderPipelineResult result = {};
                        TestTar packed = {};

                        print_message("# %s %u\n", cases[i].what, kind);
                        test_compress((RenderCompression) kind, plain.bytes, plain.n, &packed);
                        in_fd = file_of(&packed);
                        if (cases[i].closed) {
                                close(in_fd);
                                in_fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
                        }
                        if (cases[i].full)
                                out_fd = open("/dev/full", O_WRONLY | O_CLOEXEC);
                        assert_int_equal(
                                render_pipeline_run(&(RenderPipelineSpec){ .in_fd = in_fd,
                                                                           .n = RENDER_UNTIL_END,
                                                                           .delivered_fd = out_fd,
                                                                           .unpacked_fd = -EBADF,
                                                                           .delivered = 3,
                                                                           .unpacked = 3,
                                                                           .limits = &limits,
                                                                           .consume = eat,
                                                                           .userdata = &eater },
                                                    &result, NULL),
                                cases[i].want);
                        assert_null(result.delivered[0]);
                        test_tar_done(&packed);
                }
        test_tar_done(&plain);
}

static void hashes_what_came_only_where_it_was_packed(void **state) {
        (void) state;
        for (unsigned kind = RENDER_PLAIN; kind < _RENDER_COMPRESSION_MAX; kind++) {
                TestTar plain = {}, packed = {};
                RenderPipelineResult result = {};
                _cleanup_(fd_closep) int fd = -EBADF;

                make_noise(&plain, 1000);
                test_compress((RenderCompression) kind, plain.bytes, plain.n, &packed);
                fd = file_of(&packed);
                assert_int_equal(
                        render_pipeline_run(&(RenderPipelineSpec){ .in_fd = fd,
                                                                   .n = RENDER_UNTIL_END,
                                                                   .delivered_fd = -EBADF,
                                                                   .unpacked_fd = -EBADF,
                                                                   .delivered = 1 << RENDER_SHA512,
                                                                   .unpacked = 1 << RENDER_SHA256,
                                                                   .if_packed = true,
                                                                   .limits = &usual },
                                            &result, NULL),
                        0);
                assert_int_equal(result.delivered[RENDER_SHA512] != NULL, kind != RENDER_PLAIN);
                assert_non_null(result.unpacked[RENDER_SHA256]);
                render_pipeline_result_done(&result);
                test_tar_done(&plain);
                test_tar_done(&packed);
        }
}

/* Nobody asks for what is inside: it is not looked at. */
static void leaves_documents_as_they_are(void **state) {
        RenderPipelineResult result = {};
        TestTar bytes = {};
        _cleanup_(fd_closep) int fd = -EBADF;

        (void) state;
        test_tar_put(&bytes, "\x1f\x8b\x08 no gzip at all", 18);
        fd = file_of(&bytes);
        assert_int_equal(render_pipeline_run(&(RenderPipelineSpec){ .in_fd = fd,
                                                                    .n = 10,
                                                                    .offset = 2,
                                                                    .delivered_fd = -EBADF,
                                                                    .unpacked_fd = -EBADF,
                                                                    .delivered = 1,
                                                                    .limits = &usual },
                                             &result, NULL),
                         0);
        assert_int_equal(result.compression, RENDER_PLAIN);
        assert_int_equal(result.n_delivered, 10);
        assert_non_null(result.delivered[RENDER_SHA256]);
        render_pipeline_result_done(&result);
        test_tar_done(&bytes);
}

static void knows_compressions_by_their_magic(void **state) {
        static const struct {
                const char *bytes;
                size_t n;
                RenderCompression want;
        } cases[] = {
                { "", 0, RENDER_PLAIN },
                { "\x1f\x8b", 2, RENDER_PLAIN },
                { "\x1f\x8b\x08", 3, RENDER_GZIP },
                { "\x1f\x8b\x07", 3, RENDER_PLAIN },
                { "BZh91AY&SY", 10, RENDER_BZIP2 },
                { "BZh91AY&S", 9, RENDER_PLAIN },
                { "BZhello, world", 14, RENDER_PLAIN },
                { "\xfd"
                  "7zXZ\0",
                  6, RENDER_XZ },
                { "\xfd"
                  "7zXZ",
                  5, RENDER_PLAIN },
                { "\x28\xb5\x2f\xfd", 4, RENDER_ZSTD },
                { "\x28\xb5\x2f", 3, RENDER_PLAIN },
                { "\x5d\0\0\x80\0", 5, RENDER_PLAIN }, /* lzma alone: no image comes so */
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++)
                assert_int_equal(
                        render_compression_sniff((const uint8_t *) cases[i].bytes, cases[i].n),
                        cases[i].want);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(runs_large_inputs_through),
                cmocka_unit_test(ends_with_the_first_failure),
                cmocka_unit_test(hashes_what_came_only_where_it_was_packed),
                cmocka_unit_test(leaves_documents_as_they_are),
                cmocka_unit_test(knows_compressions_by_their_magic),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
