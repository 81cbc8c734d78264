/* SPDX-License-Identifier: Apache-2.0 */
#include "test-dir.h"

#include "openat.h"

/* The directory of each test holds "root", the tree that must not be left, and "canary", a file
 * beside it:
 *
 *   root/file, root/dir/inner, root/etc/passwd
 *   root/absolute -> /etc/passwd        what an image means by it is root/etc/passwd
 *   root/up -> ../canary                root/dir/up -> ../../canary
 *   root/to-dir -> dir                  root/outside -> the test's directory, absolute
 *   root/loop -> loop                   root/fifo */

typedef struct World {
        TestDir dir;
        int root_fd;
} World;

static int open_world(void **state) {
        World *world = calloc(1, sizeof(World));
        int fd = -EBADF;

        test_dir_open(&world->dir);
        make_file(world->dir.fd, "canary", "canary");
        make_dir(world->dir.fd, "root");
        fd = world->root_fd = dir_open_at(world->dir.fd, "root");
        assert_true(fd >= 0);
        make_file(fd, "file", "file");
        make_dir(fd, "dir");
        make_file(fd, "dir/inner", "inner");
        make_dir(fd, "etc");
        make_file(fd, "etc/passwd", "inside");
        make_link(fd, "absolute", "/etc/passwd");
        make_link(fd, "up", "../canary");
        make_link(fd, "dir/up", "../../canary");
        make_link(fd, "to-dir", "dir");
        make_link(fd, "outside", world->dir.path);
        make_link(fd, "loop", "loop");
        assert_int_equal(mkfifoat(fd, "fifo", 0600), 0);
        *state = world;
        return 0;
}

static int close_world(void **state) {
        World *world = *state;

        close(world->root_fd);
        expect_file(world->dir.fd, "canary", "canary");
        test_dir_done(&world->dir);
        free(world);
        return 0;
}

static void expect_content(int fd, const char *want) {
        char buffer[64] = "";

        assert_true(fd >= 0);
        assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
        assert_true(read(fd, buffer, sizeof(buffer) - 1) >= 0);
        assert_string_equal(buffer, want);
        close(fd);
}

static void opens_in_a_root_what_a_program_in_it_would(void **state) {
        static const struct {
                const char *path, *content;
                int want;
        } cases[] = {
                { "file", "file", 0 },
                { "/file", "file", 0 },
                { "dir/inner", "inner", 0 },
                { "dir/../file", "file", 0 },
                { "../../../../file", "file", 0 },
                { "absolute", "inside", 0 },
                { "to-dir/inner", "inner", 0 },
                { "up", NULL, -ENOENT },     /* root/canary, which is not there */
                { "dir/up", NULL, -ENOENT }, /* the same */
                { "../canary", NULL, -ENOENT },
                { "/../canary", NULL, -ENOENT },
                { "outside/canary", NULL, -ENOENT },
                { "loop", NULL, -ELOOP },
                { "file/x", NULL, -ENOTDIR },
                { "missing", NULL, -ENOENT },
                { "", NULL, -ENOENT },
        };
        World *world = *state;

        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                int fd = open_in_root(world->root_fd, cases[i].path, O_RDONLY);

                print_message("# %s\n", cases[i].path);
                if (cases[i].content)
                        expect_content(fd, cases[i].content);
                else
                        assert_int_equal(fd, cases[i].want);
        }
}

static void follows_no_magic_link_out_of_a_root(void **state) {
        World *world = *state;
        char path[64];
        int proc_fd = open("/proc/self", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        if (proc_fd < 0)
                skip();
        (void) snprintf(path, sizeof(path), "fd/%d", world->dir.fd);
        assert_int_equal(open_in_root(proc_fd, path, O_RDONLY), -ELOOP);
        assert_int_equal(open_in_root(proc_fd, "cwd", O_RDONLY), -ELOOP);
        assert_int_equal(open_beneath(proc_fd, "root", O_RDONLY), -ELOOP);
        close(proc_fd);
}

static void refuses_to_leave_or_to_follow_beneath(void **state) {
        static const struct {
                const char *path;
                int want;
        } cases[] = {
                { "../canary", -EXDEV },
                { "dir/../../canary", -EXDEV },
                { "..", -EXDEV },
                { "/etc/passwd", -EXDEV },
                { "/", -EXDEV },
                { "up", -ELOOP },
                { "dir/up", -ELOOP },
                { "to-dir/inner", -ELOOP },
                { "to-dir", -ELOOP },
                { "absolute", -ELOOP },
                { "outside", -ELOOP },
                { "outside/canary", -ELOOP },
                { "loop", -ELOOP },
                { "missing", -ENOENT },
                { "file/inner", -ENOTDIR },
        };
        World *world = *state;

        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                print_message("# %s\n", cases[i].path);
                assert_int_equal(open_beneath(world->root_fd, cases[i].path, O_RDONLY),
                                 cases[i].want);
                assert_int_equal(open_beneath(world->root_fd, cases[i].path, O_RDONLY | O_NOFOLLOW),
                                 cases[i].want);
        }
        expect_content(open_beneath(world->root_fd, "dir/inner", O_RDONLY), "inner");
        expect_content(open_beneath(world->root_fd, "dir/../file", O_RDONLY), "file");
        assert_int_equal(open_beneath(world->root_fd, "up", O_WRONLY | O_CREAT), -ELOOP);
        assert_int_equal(open_beneath(world->root_fd, "up", O_WRONLY | O_CREAT | O_EXCL), -EEXIST);
}

static void creates_files_for_the_owner_alone(void **state) {
        World *world = *state;
        mode_t mask = umask(0);
        int fd = open_beneath(world->root_fd, "dir/new", O_WRONLY | O_CREAT | O_EXCL);

        (void) umask(mask);
        assert_true(fd >= 0);
        close(fd);
        assert_int_equal(mode_of(world->root_fd, "dir/new"), 0600);
}

static void opens_regular_files_and_waits_for_nothing_else(void **state) {
        World *world = *state;

        expect_content(open_regular(world->root_fd, "etc/passwd"), "inside");
        expect_content(open_regular(world->root_fd, "absolute"), "inside");
        assert_int_equal(open_regular(world->root_fd, "fifo"), -EBADMSG);
        assert_int_equal(open_regular(world->root_fd, "dir"), -EBADMSG);
        assert_int_equal(open_regular(world->root_fd, "to-dir"), -EBADMSG);
        assert_int_equal(open_regular(world->root_fd, "outside/canary"), -ENOENT);
        assert_int_equal(open_regular(world->root_fd, "missing"), -ENOENT);
}

static void makes_directories_of_an_exact_mode(void **state) {
        World *world = *state;
        mode_t mask = umask(077);
        int fd = mkdir_beneath(world->root_fd, "a//b/c/", 01775);

        (void) umask(mask);
        assert_true(fd >= 0);
        make_file(fd, "x", "");
        close(fd);
        assert_true(exists(world->root_fd, "a/b/c/x"));
        assert_int_equal(mode_of(world->root_fd, "a"), 01775);
        assert_int_equal(mode_of(world->root_fd, "a/b/c"), 01775);

        fd = mkdir_beneath(world->root_fd, "dir/new", 0711);
        assert_true(fd >= 0);
        close(fd);
        assert_int_equal(mode_of(world->root_fd, "dir"), 0700); /* was there before */
        assert_int_equal(mode_of(world->root_fd, "dir/new"), 0711);
}

static void makes_no_directory_behind_a_symlink(void **state) {
        static const struct {
                const char *path;
                int want;
        } cases[] = {
                { "outside/evil", -ENOTDIR }, { "to-dir/evil", -ENOTDIR },
                { "up/evil", -ENOTDIR },      { "outside", -ENOTDIR },
                { "file/evil", -ENOTDIR },    { "file", -ENOTDIR },
                { "fifo/evil", -ENOTDIR },    { "../evil", -EINVAL },
                { "dir/../evil", -EINVAL },   { "dir/../../evil", -EINVAL },
                { "./evil", -EINVAL },        { "dir/.", -EINVAL },
        };
        World *world = *state;

        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                print_message("# %s\n", cases[i].path);
                assert_int_equal(mkdir_beneath(world->root_fd, cases[i].path, 0755), cases[i].want);
        }
        assert_false(exists(world->dir.fd, "evil"));
        assert_false(exists(world->root_fd, "evil"));
        assert_false(exists(world->root_fd, "dir/evil"));
}

static void names_a_descriptor(void **state) {
        World *world = *state;
        char buffer[FD_PATH_MAX], want[FD_PATH_MAX];

        (void) snprintf(want, sizeof(want), "/proc/self/fd/%d", world->root_fd);
        assert_string_equal(fd_path(world->root_fd, buffer), want);
        assert_string_equal(fd_path(INT32_MIN, buffer), "/proc/self/fd/-2147483648");
}

#define WORLD_TEST(test) cmocka_unit_test_setup_teardown(test, open_world, close_world)

int main(void) {
        const struct CMUnitTest tests[] = {
                WORLD_TEST(opens_in_a_root_what_a_program_in_it_would),
                WORLD_TEST(follows_no_magic_link_out_of_a_root),
                WORLD_TEST(refuses_to_leave_or_to_follow_beneath),
                WORLD_TEST(creates_files_for_the_owner_alone),
                WORLD_TEST(opens_regular_files_and_waits_for_nothing_else),
                WORLD_TEST(makes_directories_of_an_exact_mode),
                WORLD_TEST(makes_no_directory_behind_a_symlink),
                WORLD_TEST(names_a_descriptor),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
