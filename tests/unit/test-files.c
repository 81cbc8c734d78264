/* SPDX-License-Identifier: Apache-2.0 */
#include "test-dir.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "text.h"

static int open_dir(void **state) {
        TestDir *dir = calloc(1, sizeof(TestDir));

        test_dir_open(dir);
        *state = dir;
        return 0;
}

static int close_dir(void **state) {
        TestDir *dir = *state;

        test_dir_done(dir);
        free(dir);
        return 0;
}

static void reads_files_up_to_a_limit(void **state) {
        TestDir *dir = *state;
        _cleanup_(freep) char *large = calloc(1, 100001);
        static const struct {
                const char *name;
                size_t max;
                int want;
        } cases[] = {
                { "empty", 0, 0 },         { "five", 5, 0 },          { "five", 4, -EFBIG },
                { "five", 0, -EFBIG },     { "large", 100000, 0 },    { "large", 99999, -EFBIG },
                { "missing", 5, -ENOENT }, { "dir", 5, -EBADMSG },    { "fifo", 5, -EBADMSG },
                { "link", 5, -ELOOP },     { "five/x", 5, -ENOTDIR },
        };

        memset(large, 'x', 100000);
        make_file(dir->fd, "empty", "");
        make_file(dir->fd, "five", "12345");
        make_file(dir->fd, "large", large);
        make_dir(dir->fd, "dir");
        make_link(dir->fd, "link", "five");
        assert_int_equal(mkfifoat(dir->fd, "fifo", 0600), 0);
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                _cleanup_(freep) char *text = NULL;
                size_t n = 4711;
                int r = file_read_at(dir->fd, cases[i].name, cases[i].max, &text, &n);

                print_message("# %s %zu\n", cases[i].name, cases[i].max);
                assert_int_equal(r, cases[i].want);
                if (r == 0)
                        assert_int_equal(strlen(text), n);
                else
                        assert_null(text);
        }
}

static void reads_small_texts_without_their_end(void **state) {
        TestDir *dir = *state;
        static const struct {
                const char *text, *want;
        } cases[] = {
                { "", "" },
                { "\n", "" },
                { "value", "value" },
                { "value\n", "value" },
                { " value \r\n\n", " value" },
                { "two\nlines\n", "two\nlines" },
        };
        _cleanup_(freep) char *text = NULL;

        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                _cleanup_(freep) char *read = NULL;

                make_file(dir->fd, "file", cases[i].text);
                assert_int_equal(file_read_text_at(dir->fd, "file", &read), 0);
                assert_string_equal(read, cases[i].want);
                assert_int_equal(unlinkat(dir->fd, "file", 0), 0);
        }
        assert_int_equal(file_write_at(dir->fd, "nul", "a\0b", 3, 0600, 0), 0);
        assert_int_equal(file_read_text_at(dir->fd, "nul", &text), -EBADMSG);
        assert_int_equal(file_read_text_at(dir->fd, "missing", &text), -ENOENT);
        assert_null(text);
}

static void replaces_files_whole(void **state) {
        TestDir *dir = *state;
        mode_t mask = umask(077);
        _cleanup_(strv_freep) Strv names = NULL;

        make_file(dir->fd, "canary", "canary");
        make_link(dir->fd, "file", "canary");
        assert_int_equal(file_write_at(dir->fd, "file", "one", 3, 0644, 0), 0);
        expect_file(dir->fd, "file", "one");
        expect_file(dir->fd, "canary", "canary"); /* the link was replaced, not followed */
        assert_int_equal(mode_of(dir->fd, "file"), 0644);
        assert_int_equal(file_write_at(dir->fd, "file", "two!", 4, 0600, FILE_WRITE_SYNC), 0);
        (void) umask(mask);
        expect_file(dir->fd, "file", "two!");
        assert_int_equal(mode_of(dir->fd, "file"), 0600);
        assert_int_equal(file_write_at(dir->fd, "file", "", 0, 0600, 0), 0);
        expect_file(dir->fd, "file", "");

        /* What fails leaves the old content and no temporary file. */
        make_dir(dir->fd, "dir");
        assert_int_equal(file_write_at(dir->fd, "dir", "x", 1, 0600, 0), -EISDIR);
        assert_int_equal(file_write_at(dir->fd, "missing/file", "x", 1, 0600, 0), -ENOENT);
        assert_int_equal(dir_list(dir->fd, &names), 0);
        assert_int_equal(strv_length(names), 3);
}

static void keeps_the_old_file_when_the_disk_is_full(void **state) {
        TestDir *dir = *state;
        struct rlimit old, small = { .rlim_cur = 4096, .rlim_max = 4096 };
        _cleanup_(freep) char *large = calloc(1, 100000);
        _cleanup_(strv_freep) Strv names = NULL;

        assert_int_equal(file_write_at(dir->fd, "file", "old", 3, 0600, 0), 0);
        assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
        small.rlim_max = old.rlim_max;
        (void) signal(SIGXFSZ, SIG_IGN);
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
        assert_int_equal(file_write_at(dir->fd, "file", large, 100000, 0600, 0), -EFBIG);
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
        expect_file(dir->fd, "file", "old");
        assert_int_equal(dir_list(dir->fd, &names), 0);
        assert_int_equal(strv_length(names), 1);
}

static void lists_names_in_order(void **state) {
        TestDir *dir = *state;
        _cleanup_(strv_freep) Strv names = NULL;
        _cleanup_(strv_freep) Strv none = NULL;
        _cleanup_(freep) char *joined = NULL;
        int fd = -EBADF;

        make_file(dir->fd, "b", "");
        make_file(dir->fd, ".hidden", "");
        make_dir(dir->fd, "a");
        make_link(dir->fd, "\xff", "nowhere");
        make_file(dir->fd, "B", "");
        assert_int_equal(dir_list(dir->fd, &names), 0);
        joined = strv_join(names, "|");
        assert_string_equal(joined, ".hidden|B|a|b|\xff");

        fd = dir_open_at(dir->fd, "a");
        assert_int_equal(dir_list(fd, &none), 0);
        assert_non_null(none);
        assert_null(none[0]);
        close(fd);
        assert_int_equal(dir_open_at(dir->fd, "b"), -ENOTDIR);
        assert_int_equal(dir_open_at(dir->fd, "\xff"), -ENOTDIR);
        assert_int_equal(dir_open_at(dir->fd, "c"), -ENOENT);
}

static void removes_whatever_a_name_is(void **state) {
        TestDir *dir = *state;

        make_file(dir->fd, "canary", "canary");
        make_file(dir->fd, "file", "");
        make_link(dir->fd, "link", "canary");
        make_link(dir->fd, "dangling", "nowhere");
        make_dir(dir->fd, "empty");
        assert_int_equal(mkfifoat(dir->fd, "fifo", 0600), 0);
        for (const char *const *name =
                     (const char *const[]){ "file", "link", "dangling", "empty", "fifo", NULL };
             *name; name++) {
                assert_int_equal(tree_remove_at(dir->fd, *name), 0);
                assert_false(exists(dir->fd, *name));
        }
        assert_int_equal(tree_remove_at(dir->fd, "missing"), 0);
        expect_file(dir->fd, "canary", "canary");
}

static void follows_no_symlink_while_removing(void **state) {
        TestDir *dir = *state;
        _cleanup_(freep) char *outside = NULL;

        make_dir(dir->fd, "outside");
        make_file(dir->fd, "outside/canary", "canary");
        make_dir(dir->fd, "tree");
        make_dir(dir->fd, "tree/sub");
        assert_true(asprintf(&outside, "%s/outside", dir->path) > 0);
        make_link(dir->fd, "tree/absolute", outside);
        make_link(dir->fd, "tree/sub/relative", "../../outside");
        make_link(dir->fd, "tree/sub/file", "../../outside/canary");
        make_link(dir->fd, "tree/sub/self", ".");
        make_link(dir->fd, "tree/sub/up", "../..");
        assert_int_equal(tree_remove_at(dir->fd, "tree"), 0);
        assert_false(exists(dir->fd, "tree"));
        expect_file(dir->fd, "outside/canary", "canary");

        make_link(dir->fd, "tree", "outside");
        assert_int_equal(tree_remove_at(dir->fd, "tree"), 0);
        expect_file(dir->fd, "outside/canary", "canary");
}

/* Each level holds the next one, and some a file and a symlink to the canary. */
static void make_deep(int dir_fd, unsigned depth) {
        int fd = fcntl(dir_fd, F_DUPFD_CLOEXEC, 3);

        for (unsigned i = 0; i < depth; i++) {
                int next = -EBADF;

                make_dir(fd, "d");
                next = dir_open_at(fd, "d");
                assert_true(next >= 0);
                if (i % 20 == 0) {
                        make_file(next, "file", "x");
                        make_link(next, "link", "../../../canary");
                }
                close(fd);
                fd = next;
        }
        close(fd);
}

static void removes_trees_deeper_than_descriptors_reach(void **state) {
        TestDir *dir = *state;
        struct rlimit old, few = { .rlim_cur = 128 };

        make_file(dir->fd, "canary", "canary");
        make_dir(dir->fd, "tree");
        make_deep(dir->fd, 100);
        assert_int_equal(renameat(dir->fd, "d", dir->fd, "tree/first"), 0);
        make_deep(dir->fd, 5000);
        assert_int_equal(renameat(dir->fd, "d", dir->fd, "tree/second"), 0);

        assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
        few.rlim_max = old.rlim_max;
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
        assert_int_equal(tree_remove_at(dir->fd, "tree"), 0);
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
        assert_false(exists(dir->fd, "tree"));
        expect_file(dir->fd, "canary", "canary");
}

static void removes_wide_trees(void **state) {
        TestDir *dir = *state;
        char name[64];

        make_dir(dir->fd, "tree");
        for (int i = 0; i < 1000; i++) {
                (void) snprintf(name, sizeof(name), "tree/%d", i);
                if (i % 3 == 0)
                        make_dir(dir->fd, name);
                else
                        make_file(dir->fd, name, "");
        }
        assert_int_equal(tree_remove_at(dir->fd, "tree"), 0);
        assert_false(exists(dir->fd, "tree"));
}

static void makes_random_names(void **state) {
        _cleanup_(freep) char *one = random_hex(16), *two = random_hex(16), *none = random_hex(0);

        (void) state;
        assert_int_equal(strlen(one), 32);
        assert_int_equal(strspn(one, "0123456789abcdef"), 32);
        assert_string_not_equal(one, two);
        assert_string_equal(none, "");
        assert_null(random_hex(65));
}

#define DIR_TEST(test) cmocka_unit_test_setup_teardown(test, open_dir, close_dir)

int main(void) {
        const struct CMUnitTest tests[] = {
                DIR_TEST(reads_files_up_to_a_limit),
                DIR_TEST(reads_small_texts_without_their_end),
                DIR_TEST(replaces_files_whole),
                DIR_TEST(keeps_the_old_file_when_the_disk_is_full),
                DIR_TEST(lists_names_in_order),
                DIR_TEST(removes_whatever_a_name_is),
                DIR_TEST(follows_no_symlink_while_removing),
                DIR_TEST(removes_trees_deeper_than_descriptors_reach),
                DIR_TEST(removes_wide_trees),
                cmocka_unit_test(makes_random_names),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
