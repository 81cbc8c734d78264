/* SPDX-License-Identifier: Apache-2.0 */
#include "test-dir.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>

#include "render-finish.h"

#define MANY 1000

typedef struct Fixture {
        TestDir dir;
        int scratch_fd;
        RenderLedger *ledger;
        RenderFinish *finish;
} Fixture;

static void fixture_open(Fixture *f) {
        *f = (Fixture){};
        test_dir_open(&f->dir);
        f->scratch_fd = memfd_create("scratch", MFD_CLOEXEC);
        assert_int_equal(render_ledger_new(f->scratch_fd, &f->ledger), 0);
        assert_int_equal(render_finish_new(f->ledger, &f->finish), 0);
}

static void fixture_done(Fixture *f) {
        render_finish_free(f->finish);
        render_ledger_free(f->ledger);
        close(f->scratch_fd);
        test_dir_done(&f->dir);
}

static RenderFile file_of(Fixture *f, unsigned i) {
        char name[16];
        RenderFile file = { .uid = geteuid(),
                            .gid = getegid(),
                            .mode = 0600 + (i & 077),
                            .mtime = i,
                            .mtime_nsec = i,
                            .digest = { (uint8_t) i, (uint8_t) (i >> 8) } };

        (void) snprintf(name, sizeof(name), "%u", i);
        file.path = strdup(name);
        file.fd = openat(f->dir.fd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        assert_true(file.fd >= 0);
        return file;
}

static void expect(Fixture *f, unsigned i) {
        RenderRecord record = {};
        char name[16];
        struct stat st, noted;

        (void) snprintf(name, sizeof(name), "%u", i);
        assert_int_equal(fstatat(f->dir.fd, name, &st, 0), 0);
        assert_int_equal(st.st_mode, S_IFREG | (0600 + (i & 077)));
        assert_true(st.st_mtim.tv_sec == i && st.st_mtim.tv_nsec == i);
        assert_int_equal(render_ledger_get(f->ledger, st.st_ino, &record), 1);
        assert_int_equal(record.flags, RENDER_RECORD_DIGEST | RENDER_RECORD_STATUS);
        assert_int_equal(record.digest[0] | record.digest[1] << 8, i);
        render_record_get_status(&record, &noted);
        assert_true(noted.st_ctim.tv_sec == st.st_ctim.tv_sec &&
                    noted.st_ctim.tv_nsec == st.st_ctim.tv_nsec);
        assert_int_equal(noted.st_mode, st.st_mode);
}

/* More than there is room for, so that both threads have their share. */
static void finishes_each_file(void **state) {
        Fixture f;

        (void) state;
        fixture_open(&f);
        for (unsigned i = 0; i < MANY; i++) {
                RenderFile file = file_of(&f, i);

                assert_int_equal(render_finish_put(f.finish, &file, NULL), 0);
                if (i % 100 == 7) {
                        assert_int_equal(render_finish_wait(f.finish, NULL), 0);
                        for (unsigned j = 0; j <= i; j++)
                                expect(&f, j);
                }
        }
        assert_int_equal(render_finish_wait(f.finish, NULL), 0);
        for (unsigned i = 0; i < MANY; i++)
                expect(&f, i);
        fixture_done(&f);
}

static void waits_for_nothing(void **state) {
        Fixture f;

        (void) state;
        fixture_open(&f);
        assert_int_equal(render_finish_wait(f.finish, NULL), 0);
        fixture_done(&f);
}

/* What is lost is lost with its whole tree. */
static void is_given_up_at_any_time(void **state) {
        int before = open("/dev/null", O_RDONLY | O_CLOEXEC), after = -EBADF;

        (void) state;
        close(before);
        for (unsigned n = 1; n < 200; n += 31) {
                Fixture f;

                fixture_open(&f);
                for (unsigned i = 0; i < n; i++) {
                        RenderFile file = file_of(&f, i);

                        assert_int_equal(render_finish_put(f.finish, &file, NULL), 0);
                }
                fixture_done(&f);
        }
        after = open("/dev/null", O_RDONLY | O_CLOEXEC);
        assert_int_equal(before, after); /* no descriptor is left */
        close(after);
}

static void tells_the_first_failure_from_then_on(void **state) {
        _cleanup_(error_done) Error e = ERROR_NULL, later = ERROR_NULL;
        RenderFile file;
        Fixture f;

        (void) state;
        fixture_open(&f);
        file = file_of(&f, 1);
        assert_int_equal(render_finish_put(f.finish, &file, NULL), 0);
        file = file_of(&f, 2);
        close(file.fd);
        file.fd = openat(f.dir.fd, "2", O_PATH | O_CLOEXEC); /* nothing can be done by it */
        assert_int_equal(render_finish_put(f.finish, &file, NULL), 0);
        file = file_of(&f, 3);
        assert_int_equal(render_finish_put(f.finish, &file, NULL), 0);
        assert_true(render_finish_wait(f.finish, &e) < 0);
        assert_non_null(strstr(error_cause(&e), "cannot set the time of \"2\""));
        file = file_of(&f, 4);
        assert_true(render_finish_put(f.finish, &file, &later) < 0);
        assert_string_equal(error_cause(&later), error_cause(&e));
        assert_true(render_finish_wait(f.finish, NULL) < 0);
        expect(&f, 1);
        fixture_done(&f);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(finishes_each_file),
                cmocka_unit_test(waits_for_nothing),
                cmocka_unit_test(is_given_up_at_any_time),
                cmocka_unit_test(tells_the_first_failure_from_then_on),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
