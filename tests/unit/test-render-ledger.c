/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>

#include "cleanup.h"
#include "render-ledger.h"

#define MANY 20000

static RenderRecord record_of(uint64_t ino, uint32_t version) {
        return (RenderRecord){ .ino = ino,
                               .mtime = -(int64_t) ino,
                               .mtime_nsec = version,
                               .flags = RENDER_RECORD_TIME,
                               .digest = { (uint8_t) ino, (uint8_t) version } };
}

static void expect(RenderLedger *ledger, uint64_t ino, uint32_t version) {
        RenderRecord want = record_of(ino, version), got = {};

        assert_int_equal(render_ledger_get(ledger, ino, &got), 1);
        assert_true(got.ino == want.ino && got.mtime == want.mtime);
        assert_int_equal(got.mtime_nsec, want.mtime_nsec);
        assert_int_equal(got.flags, want.flags);
        assert_memory_equal(got.digest, want.digest, sizeof(got.digest));
}

/* Inode numbers in a row, far apart, and such as fall into one place. */
static void finds_the_last_record_of_each_inode(void **state) {
        static const uint64_t strides[] = { 1, 2, UINT64_C(1) << 20, UINT64_C(1) << 44 };

        (void) state;
        for (size_t s = 0; s < N_ELEMENTS(strides); s++) {
                _cleanup_(fd_closep) int fd = memfd_create("scratch", MFD_CLOEXEC);
                _cleanup_(render_ledger_freep) RenderLedger *ledger = NULL;
                RenderRecord got = {};

                assert_int_equal(render_ledger_new(fd, &ledger), 0);
                for (uint32_t version = 0; version < 2; version++)
                        for (uint64_t i = 0; i < MANY; i++) {
                                RenderRecord record = record_of(i * strides[s], version);

                                if (version == 0 || i % 3 == 0)
                                        assert_int_equal(render_ledger_put(ledger, &record), 0);
                                if (i % 1000 == 7) /* between writes, from far behind */
                                        expect(ledger, 0, version);
                        }
                for (uint64_t i = 0; i < MANY; i++)
                        expect(ledger, i * strides[s], i % 3 == 0);
                for (uint64_t i = MANY; i-- > 0;)
                        expect(ledger, i * strides[s], i % 3 == 0);
                assert_int_equal(render_ledger_get(ledger, UINT64_MAX, &got), 0);
                assert_int_equal(render_ledger_get(ledger, MANY * strides[s], &got), 0);
        }
}

static void knows_nothing_at_first(void **state) {
        _cleanup_(fd_closep) int fd = memfd_create("scratch", MFD_CLOEXEC);
        _cleanup_(render_ledger_freep) RenderLedger *ledger = NULL;
        RenderRecord got = {};

        (void) state;
        assert_int_equal(render_ledger_new(fd, &ledger), 0);
        assert_int_equal(render_ledger_get(ledger, 0, &got), 0);
        assert_int_equal(render_ledger_get(ledger, 1, &got), 0);
}

static void tells_when_there_is_no_room(void **state) {
        _cleanup_(fd_closep) int fd = open("/dev/full", O_RDWR | O_CLOEXEC);
        _cleanup_(render_ledger_freep) RenderLedger *ledger = NULL;
        int r = 0;

        (void) state;
        assert_int_equal(render_ledger_new(fd, &ledger), 0);
        for (uint64_t i = 0; r >= 0 && i < MANY; i++) {
                RenderRecord record = record_of(i, 0);

                r = render_ledger_put(ledger, &record);
        }
        assert_int_equal(r, -ENOSPC);
}

/* Whatever happens to the scratch file, what was not read is no record. */
static void tells_when_its_file_was_cut(void **state) {
        _cleanup_(fd_closep) int fd = memfd_create("scratch", MFD_CLOEXEC);
        _cleanup_(render_ledger_freep) RenderLedger *ledger = NULL;
        RenderRecord got = {};

        (void) state;
        assert_int_equal(render_ledger_new(fd, &ledger), 0);
        for (uint64_t i = 0; i < MANY; i++) {
                RenderRecord record = record_of(i, 0);

                assert_int_equal(render_ledger_put(ledger, &record), 0);
        }
        assert_int_equal(ftruncate(fd, 4096), 0);
        assert_int_equal(render_ledger_get(ledger, 5000, &got), -EIO);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(finds_the_last_record_of_each_inode),
                cmocka_unit_test(knows_nothing_at_first),
                cmocka_unit_test(tells_when_there_is_no_room),
                cmocka_unit_test(tells_when_its_file_was_cut),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
