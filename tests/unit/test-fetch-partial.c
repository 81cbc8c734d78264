/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch-partial.h"

#include <sys/wait.h>

#include "test-dir.h"
#include "text.h"

#define URL "https://example.com/a.aci"

static TestDir dir;

static int set_up(void **state) {
        (void) state;
        test_dir_open(&dir);
        return 0;
}

static int tear_down(void **state) {
        (void) state;
        test_dir_done(&dir);
        return 0;
}

static FetchPartial *open_partial(const char *url) {
        FetchPartial *partial = NULL;

        assert_int_equal(fetch_partial_open(dir.fd, url, NULL, NULL, &partial, NULL), 0);
        return partial;
}

static void expect_files(size_t n) {
        _cleanup_(strv_freep) Strv names = NULL;

        assert_int_equal(dir_list(dir.fd, &names), 0);
        assert_int_equal(strv_length(names), n);
}

/* Writes @text as if it came from @url with @validator, and lets go. */
static void leave(const char *url, const char *validator, const char *text) {
        FetchPartial *partial = open_partial(url);

        assert_int_equal(fetch_partial_note(partial, validator), 0);
        assert_int_equal(write(fetch_partial_fd(partial), text, strlen(text)), strlen(text));
        (void) fetch_partial_free(partial);
}

static void finds_again_what_it_left(void **state) {
        _cleanup_(fd_closep) int fd = -EBADF;
        FetchPartial *partial = NULL;

        (void) state;
        leave(URL, "\"v1\"", "abc");
        expect_files(2);
        partial = open_partial(URL);
        assert_int_equal(fetch_partial_offset(partial), 3);
        assert_string_equal(fetch_partial_validator(partial), "\"v1\"");
        assert_int_equal(fetch_partial_finish(partial, &fd), 0);
        (void) fetch_partial_free(partial);
        expect_files(0);
        assert_int_equal(lseek(fd, 0, SEEK_CUR), 0);
        assert_int_equal(lseek(fd, 0, SEEK_END), 3);
}

static void begins_anew_where_it_cannot_go_on(void **state) {
        static const char *const notes[] = {
                NULL, /* no note at all */
                "",
                "nonsense",
                "{}",
                "{\"url\":\"" URL "\"}",
                "{\"url\":\"https://example.com/b.aci\",\"validator\":\"\\\"v1\\\"\"}",
                "{\"url\":\"" URL "\",\"validator\":1}",
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(notes); i++) {
                _cleanup_(strv_freep) Strv names = NULL;
                FetchPartial *partial = NULL;

                print_message("# %s\n", notes[i]);
                leave(URL, "\"v1\"", "abc");
                assert_int_equal(dir_list(dir.fd, &names), 0);
                assert_true(text_ends_with(names[1], ".json"));
                assert_int_equal(unlinkat(dir.fd, names[1], 0), 0);
                if (notes[i])
                        make_file(dir.fd, names[1], notes[i]);
                partial = open_partial(URL);
                assert_int_equal(fetch_partial_offset(partial), 0);
                assert_null(fetch_partial_validator(partial));
                assert_int_equal(lseek(fetch_partial_fd(partial), 0, SEEK_END), 0);
                (void) fetch_partial_free(partial);
                expect_files(0); /* nothing of it is of use */
        }
}

static void leaves_nothing_that_has_no_validator(void **state) {
        (void) state;
        leave(URL, NULL, "abc");
        expect_files(0);
}

static void touches_nothing_behind_links(void **state) {
        _cleanup_(strv_freep) Strv names = NULL;
        FetchPartial *partial = NULL;

        (void) state;
        leave(URL, "\"v1\"", "abc");
        assert_int_equal(dir_list(dir.fd, &names), 0);
        assert_int_equal(unlinkat(dir.fd, names[0], 0), 0);
        make_file(dir.fd, "precious", "gold");
        make_link(dir.fd, names[0], "precious");
        assert_int_equal(fetch_partial_open(dir.fd, URL, NULL, NULL, &partial, NULL), -ELOOP);
        expect_file(dir.fd, "precious", "gold");
        assert_int_equal(unlinkat(dir.fd, names[0], 0), 0);
        assert_int_equal(unlinkat(dir.fd, names[1], 0), 0);
        assert_int_equal(unlinkat(dir.fd, "precious", 0), 0);
}

static void count(void *userdata) {
        (*(unsigned *) userdata)++;
}

/* Another process has it, completes it, and goes; what it had is gone from the directory. */
static void waits_for_another_one(void **state) {
        FetchPartial *partial = NULL;
        unsigned n_waited = 0;
        int ready[2], status = 0;
        char byte = 0;
        pid_t pid = -1;

        (void) state;
        assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
        pid = fork();
        assert_true(pid >= 0);
        if (pid == 0) {
                FetchPartial *theirs = open_partial(URL);
                int fd = -EBADF;

                (void) !write(ready[1], "x", 1);
                /* Until the other one waits: then its descriptor is in the list of locks as "->". */
                for (unsigned i = 0; i < 1000; i++) {
                        _cleanup_(freep) char *locks = NULL;
                        size_t n = 0;
                        int file = open("/proc/locks", O_RDONLY | O_CLOEXEC);

                        if (file >= 0 && fd_read_all(file, 1024 * 1024, &locks, &n) >= 0 &&
                            strstr(locks, "-> FLOCK"))
                                i = 1000;
                        close(file);
                        (void) usleep(1000);
                }
                status = fetch_partial_finish(theirs, &fd);
                (void) fetch_partial_free(theirs);
                _exit(status < 0);
        }
        assert_int_equal(read(ready[0], &byte, 1), 1);
        assert_int_equal(fetch_partial_open(dir.fd, URL, count, &n_waited, &partial, NULL), 0);
        assert_int_equal(n_waited, 1);
        assert_int_equal(fetch_partial_offset(partial), 0);
        expect_files(1); /* a new one */
        (void) fetch_partial_free(partial);
        expect_files(0);
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_int_equal(status, 0);
        close(ready[0]);
        close(ready[1]);
}

static void sweeps_what_is_old_and_nobody_has(void **state) {
        FetchPartial *busy = NULL;

        (void) state;
        leave("https://example.com/1", "\"v1\"", "abc");
        leave("https://example.com/2", "\"v1\"", "abc");
        make_file(dir.fd, "other", "");
        make_file(dir.fd, "sha256-0123", "");
        make_file(dir.fd, "sha256-other", "");
        busy = open_partial("https://example.com/2");
        assert_int_equal(fetch_partial_sweep(dir.fd, 3600), 0);
        expect_files(7);
        assert_int_equal(fetch_partial_sweep(dir.fd, -10), 0);
        expect_files(4);
        (void) fetch_partial_free(busy);
        assert_int_equal(fetch_partial_sweep(dir.fd, -10), 0);
        expect_files(2);
        assert_int_equal(unlinkat(dir.fd, "other", 0), 0);
        assert_int_equal(unlinkat(dir.fd, "sha256-other", 0), 0);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(finds_again_what_it_left),
                cmocka_unit_test(begins_anew_where_it_cannot_go_on),
                cmocka_unit_test(leaves_nothing_that_has_no_validator),
                cmocka_unit_test(touches_nothing_behind_links),
                cmocka_unit_test(waits_for_another_one),
                cmocka_unit_test(sweeps_what_is_old_and_nobody_has),
        };

        return cmocka_run_group_tests(tests, set_up, tear_down);
}
