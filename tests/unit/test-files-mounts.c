/* SPDX-License-Identifier: Apache-2.0 */
#include "test-dir.h"

#include <sched.h>
#include <sys/mount.h>

#include "text.h"

/* Removing a tree in which something is mounted. Needs root, for a mount namespace of its own. */

static int open_dir(void **state) {
        TestDir *dir = calloc(1, sizeof(TestDir));

        test_dir_open(dir);
        make_dir(dir->fd, "outside");
        make_file(dir->fd, "outside/canary", "canary");
        make_dir(dir->fd, "outside/sub");
        make_file(dir->fd, "outside/sub/canary", "canary");
        *state = dir;
        return 0;
}

static int close_dir(void **state) {
        TestDir *dir = *state;

        expect_file(dir->fd, "outside/canary", "canary");
        expect_file(dir->fd, "outside/sub/canary", "canary");
        test_dir_done(dir);
        free(dir);
        return 0;
}

/* Mounts "outside" at @path, both below @dir: a bind mount has the device number of its source, so
 * that number does not give it away. */
static char *bind_outside(const TestDir *dir, const char *path) {
        _cleanup_(freep) char *source = NULL;
        char *target = NULL;

        assert_true(asprintf(&source, "%s/outside", dir->path) > 0);
        assert_true(asprintf(&target, "%s/%s", dir->path, path) > 0);
        assert_int_equal(mount(source, target, NULL, MS_BIND, NULL), 0);
        return target;
}

static void unmount(char *target) {
        assert_int_equal(umount2(target, MNT_DETACH), 0);
        free(target);
}

static void enters_no_bind_mount(void **state) {
        TestDir *dir = *state;
        char *target = NULL;

        make_dir(dir->fd, "tree");
        make_dir(dir->fd, "tree/a");
        make_file(dir->fd, "tree/a/file", "");
        make_dir(dir->fd, "tree/m");
        make_dir(dir->fd, "tree/m/mnt");
        make_file(dir->fd, "tree/m/file", "");
        make_file(dir->fd, "tree/z", "");
        target = bind_outside(dir, "tree/m/mnt");

        assert_int_equal(tree_remove_at(dir->fd, "tree"), -EBUSY);
        assert_true(exists(dir->fd, "tree/m/mnt/canary"));
        assert_false(exists(dir->fd, "tree/a"));
        assert_false(exists(dir->fd, "tree/m/file"));
        assert_false(exists(dir->fd, "tree/z"));

        unmount(target);
        assert_int_equal(tree_remove_at(dir->fd, "tree"), 0);
        assert_false(exists(dir->fd, "tree"));
}

static void leaves_a_tree_that_is_a_mount(void **state) {
        TestDir *dir = *state;
        char *target = NULL;

        make_dir(dir->fd, "tree");
        target = bind_outside(dir, "tree");
        assert_int_equal(tree_remove_at(dir->fd, "tree"), -EBUSY);
        assert_true(exists(dir->fd, "tree/canary"));
        unmount(target);
        assert_int_equal(tree_remove_at(dir->fd, "tree"), 0);
}

static void enters_no_other_file_system(void **state) {
        TestDir *dir = *state;
        char *target = NULL;

        make_dir(dir->fd, "tree");
        make_dir(dir->fd, "tree/tmp");
        assert_true(asprintf(&target, "%s/tree/tmp", dir->path) > 0);
        assert_int_equal(mount("none", target, "tmpfs", 0, NULL), 0);
        make_file(dir->fd, "tree/tmp/canary", "canary");
        assert_int_equal(tree_remove_at(dir->fd, "tree"), -EBUSY);
        expect_file(dir->fd, "tree/tmp/canary", "canary");
        unmount(target);
        assert_int_equal(tree_remove_at(dir->fd, "tree"), 0);
}

static void keeps_a_file_that_is_mounted_over(void **state) {
        TestDir *dir = *state;
        _cleanup_(freep) char *source = NULL;
        char *target = NULL;

        make_dir(dir->fd, "tree");
        make_file(dir->fd, "tree/file", "");
        make_file(dir->fd, "tree/other", "");
        assert_true(asprintf(&source, "%s/outside/canary", dir->path) > 0);
        assert_true(asprintf(&target, "%s/tree/file", dir->path) > 0);
        assert_int_equal(mount(source, target, NULL, MS_BIND, NULL), 0);
        assert_int_equal(tree_remove_at(dir->fd, "tree"), -EBUSY);
        assert_false(exists(dir->fd, "tree/other"));
        unmount(target);
        assert_int_equal(tree_remove_at(dir->fd, "tree"), 0);
}

/* The mount is met in the first round, the deep tree only then moved up: that must go as well. */
static void removes_all_the_rest_around_a_mount(void **state) {
        TestDir *dir = *state;
        _cleanup_(strv_freep) Strv names = NULL;
        char *target = NULL;
        int fd = -EBADF;

        make_dir(dir->fd, "tree");
        make_dir(dir->fd, "tree/mnt");
        make_dir(dir->fd, "tree/deep");
        fd = dir_open_at(dir->fd, "tree/deep");
        for (int i = 0; i < 500; i++) {
                int next = -EBADF;

                make_dir(fd, "d");
                next = dir_open_at(fd, "d");
                make_file(next, "file", "");
                close(fd);
                fd = next;
        }
        close(fd);
        target = bind_outside(dir, "tree/mnt");
        assert_int_equal(tree_remove_at(dir->fd, "tree"), -EBUSY);

        fd = dir_open_at(dir->fd, "tree");
        assert_int_equal(dir_list(fd, &names), 0);
        close(fd);
        assert_int_equal(strv_length(names), 1);
        assert_string_equal(names[0], "mnt");
        unmount(target);
        assert_int_equal(tree_remove_at(dir->fd, "tree"), 0);
}

#define DIR_TEST(test) cmocka_unit_test_setup_teardown(test, open_dir, close_dir)

int main(void) {
        const struct CMUnitTest tests[] = {
                DIR_TEST(enters_no_bind_mount),
                DIR_TEST(leaves_a_tree_that_is_a_mount),
                DIR_TEST(enters_no_other_file_system),
                DIR_TEST(keeps_a_file_that_is_mounted_over),
                DIR_TEST(removes_all_the_rest_around_a_mount),
        };

        if (geteuid() != 0 || unshare(CLONE_NEWNS) < 0 ||
            mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0) {
                fprintf(stderr, "skipped: no mount namespace without root\n");
                return 77;
        }
        return cmocka_run_group_tests(tests, NULL, NULL);
}
