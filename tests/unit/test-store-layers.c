/* SPDX-License-Identifier: Apache-2.0 */
#include "test-store.h"

#include <sys/xattr.h>

#include "store-copy.h"
#include "store-export.h"
#include "store-tree.h"
#include "store-verify.h"

static const Member files[] = {
        { '5', "rootfs/etc", NULL, 0, 0 },
        { '0', "rootfs/etc/passwd", "root:x:0:0::/:/bin/sh\n", 0, 0 },
        { '0', "rootfs/etc/shadow", "secret\n", 0600, 7 },
        { '1', "rootfs/etc/passwd-", "rootfs/etc/passwd", 0, 0 },
        { '2', "rootfs/link", "etc/passwd", 0777, 0 },
        {},
};

/* The tree of an image of one layer, as a path below the test's directory. */
static char *tree_of(TestStore *t, const char *id) {
        _cleanup_(store_layers_done) StoreLayers layers = STORE_LAYERS_NULL;
        char *path = NULL;

        assert_int_equal(get_layers(t, id, &layers), 0);
        assert_int_equal(strv_length(layers.keys), 1);
        assert_true(asprintf(&path, "cas/tree/%s/rootfs", layers.keys[0]) > 0);
        return path;
}

static int check(TestStore *t, const char *id, StoreCheck how) {
        _cleanup_(strv_freep) Strv keys = NULL;
        int r = store_layers_present(t->store, id, &keys, NULL);

        assert_int_equal(r, 0);
        error_done(&t->e);
        return store_layers_check(t->store, keys, how, &t->e);
}

static void touch_new(int fd) {
        make_file(fd, "new", "");
}

static void remove_file(int fd) {
        assert_int_equal(unlinkat(fd, "etc/shadow", 0), 0);
}

static void change_mode(int fd) {
        assert_int_equal(fchmodat(fd, "etc/passwd", 04755, 0), 0);
}

static void change_owner(int fd) {
        assert_int_equal(fchownat(fd, "etc/shadow", 8, 7, 0), 0);
}

static void change_link(int fd) {
        assert_int_equal(unlinkat(fd, "link", 0), 0);
        make_link(fd, "link", "etc/shadow");
}

static void change_name(int fd) {
        assert_int_equal(renameat(fd, "etc/shadow", fd, "etc/shadoW"), 0);
}

static void change_type(int fd) {
        assert_int_equal(unlinkat(fd, "etc/shadow", 0), 0);
        make_dir(fd, "etc/shadow");
}

static void add_attribute(int fd) {
        _cleanup_(fd_closep) int file = openat(fd, "etc/shadow", O_RDONLY | O_CLOEXEC);

        assert_int_equal(fsetxattr(file, "security.capability",
                                   "\1\0\0\2\0\4\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 20, 0),
                         0);
}

static void hide_below(int fd) {
        _cleanup_(fd_closep) int file = openat(fd, "etc", O_RDONLY | O_CLOEXEC);

        assert_int_equal(fsetxattr(file, "trusted.overlay.opaque", "y", 1, 0), 0);
}

/* Size and times stay. */
static void flip_bit(int fd) {
        _cleanup_(fd_closep) int file = openat(fd, "etc/shadow", O_RDWR | O_CLOEXEC);
        struct stat st;

        assert_int_equal(fstat(file, &st), 0);
        assert_int_equal(pwrite(file, "t", 1, 0), 1);
        assert_int_equal(futimens(file, (struct timespec[]){ st.st_atim, st.st_mtim }), 0);
}

static const struct {
        const char *what, *path;
        void (*change)(int fd);
} changes[] = {
        { "a new name", "\"/\"", touch_new },
        { "a name less", "\"/etc\"", remove_file },
        { "another mode", "/etc/passwd", change_mode },
        { "another owner", "/etc/shadow", change_owner },
        { "another target", "\"/\"", change_link },
        { "another name", "/etc", change_name },
        { "another type", "\"/etc\"", change_type },
        { "an attribute", "/etc/shadow", add_attribute },
        { "a mark of overlayfs", "/etc", hide_below },
        { "a flipped bit", "/etc/shadow", flip_bit },
};

static void finds_every_change_and_makes_the_tree_again(void **state) {
        TestStore *t = *state;
        _cleanup_(freep) char *id = must_import(t, "example.com/a", NULL, files);
        _cleanup_(freep) char *path = tree_of(t, id);

        for (size_t i = 0; i < N_ELEMENTS(changes); i++) {
                _cleanup_(store_layers_done) StoreLayers layers = STORE_LAYERS_NULL;
                _cleanup_(fd_closep) int fd = dir_open_at(t->dir.fd, path);

                print_message("# %s\n", changes[i].what);
                assert_int_equal(check(t, id, STORE_CHECK_QUICK), 0);
                changes[i].change(fd);
                for (unsigned again = 0; again < 2; again++) { /* looking mends nothing */
                        assert_int_equal(check(t, id, STORE_CHECK_QUICK), -EUCLEAN);
                        expect_error(t, changes[i].path);
                        assert_int_equal(get_layers(t, id, &layers), 0);
                        store_layers_done(&layers);
                }
                assert_int_equal(check(t, id, STORE_CHECK_FULL), -EUCLEAN);
                assert_int_equal(get_layers(t, id, &layers), 0);
                assert_int_equal(check(t, id, STORE_CHECK_FULL), 0);
                /* Pods that run on the changed one keep it. */
                assert_int_equal(count_in(t, "cas/tree"), i + 2);
                assert_int_equal(faccessat(fd, ".", F_OK, 0), 0);
        }
}

/* As a restored backup has it: the same content in other inodes. */
static void what_only_moved_is_taken_and_sealed_anew(void **state) {
        TestStore *t = *state;
        _cleanup_(freep) char *id = must_import(t, "example.com/a", NULL, files);
        _cleanup_(freep) char *path = tree_of(t, id);
        _cleanup_(fd_closep) int fd = dir_open_at(t->dir.fd, path);
        struct stat dir, file;

        assert_int_equal(fstatat(fd, "etc", &dir, 0), 0);
        assert_int_equal(fstatat(fd, "etc/shadow", &file, 0), 0);
        assert_int_equal(unlinkat(fd, "etc/shadow", 0), 0);
        make_file(fd, "etc/shadow", "secret\n");
        assert_int_equal(fchownat(fd, "etc/shadow", 7, 7, 0), 0);
        assert_int_equal(
                utimensat(fd, "etc/shadow", (struct timespec[]){ file.st_atim, file.st_mtim }, 0),
                0);
        assert_int_equal(utimensat(fd, "etc", (struct timespec[]){ dir.st_atim, dir.st_mtim }, 0),
                         0);
        assert_int_equal(check(t, id, STORE_CHECK_QUICK), 0);
        assert_int_equal(check(t, id, STORE_CHECK_FULL), 0);
        assert_int_equal(count_in(t, "cas/tree"), 1);
}

static void makes_trees_that_are_missing(void **state) {
        TestStore *t = *state;
        _cleanup_(freep) char *id = must_import(t, "example.com/a", NULL, files);
        _cleanup_(strv_freep) Strv keys = NULL;

        assert_int_equal(tree_remove_at(t->store->cas_fd, "tree"), 0);
        assert_int_equal(open_again(t, 0), 0);
        assert_int_equal(store_layers_present(t->store, id, &keys, NULL), 0);
        assert_null(keys);
        free(tree_of(t, id));
        assert_int_equal(check(t, id, STORE_CHECK_FULL), 0);
}

static void after_another_boot_trees_are_read_before_they_are_trusted(void **state) {
        TestStore *t = *state;
        _cleanup_(freep) char *id = must_import(t, "example.com/a", NULL, files);
        _cleanup_(freep) char *path = tree_of(t, id);

        for (unsigned damaged = 0; damaged < 2; damaged++) {
                _cleanup_(fd_closep) int fd = dir_open_at(t->dir.fd, path);

                assert_true(store_sql_run(t->store->sql, NULL,
                                          "UPDATE tree SET boot = 'another', bad = 0", "") > 0);
                assert_int_equal(store_tree_state(t->store, id, NULL), STORE_TREE_UNSURE);
                if (damaged)
                        flip_bit(fd);
                free(tree_of(t, id));
                assert_int_equal(store_tree_state(t->store, id, NULL), STORE_TREE_GOOD);
                assert_int_equal(check(t, id, STORE_CHECK_FULL), 0);
        }
}

static void finds_damaged_blobs_and_takes_good_ones_instead(void **state) {
        TestStore *t = *state;
        _cleanup_(freep) char *id = must_import(t, "example.com/a", NULL, files), *again = NULL;
        _cleanup_(store_image_layers_done) StoreImageLayers layers = {};
        _cleanup_(freep) char *path = NULL;
        _cleanup_(fd_closep) int fd = -EBADF;

        assert_int_equal(store_image_layers_read(t->store, id, &layers, NULL), 0);
        path = store_blob_path(&layers.items[0].blob);
        assert_int_equal(store_verify_blobs(t->store, id, NULL), 0);
        fd = openat(t->store->cas_fd, path, O_WRONLY | O_CLOEXEC);
        assert_int_equal(pwrite(fd, "X", 1, 1500), 1);
        assert_int_equal(store_verify_blobs(t->store, id, &t->e), -EUCLEAN);
        expect_error(t, "is damaged");
        assert_int_equal(store_verify_blobs(t->store, id, &t->e), -EUCLEAN);
        expect_error(t, "missing");
        again = must_import(t, "example.com/a", NULL, files);
        assert_string_equal(again, id);
        assert_int_equal(store_verify_blobs(t->store, id, NULL), 0);
        assert_int_equal(store_verify_blobs(t->store, "sha512-00", NULL), -ENOENT);
}

static void nothing_is_made_of_a_damaged_blob(void **state) {
        TestStore *t = *state;
        _cleanup_(freep) char *id = must_import(t, "example.com/a", NULL, files);
        _cleanup_(store_image_layers_done) StoreImageLayers image = {};
        _cleanup_(store_layers_done) StoreLayers layers = STORE_LAYERS_NULL;
        _cleanup_(fd_closep) int fd = -EBADF, out = memfd_create("out", MFD_CLOEXEC);
        _cleanup_(freep) char *path = NULL;

        assert_int_equal(store_image_layers_read(t->store, id, &image, NULL), 0);
        path = store_blob_path(&image.items[0].blob);
        fd = openat(t->store->cas_fd, path, O_WRONLY | O_CLOEXEC);
        assert_int_equal(pwrite(fd, "X", 1, 4 * 512 + 512), 1); /* in what passwd holds */
        assert_int_equal(tree_remove_at(t->store->tree_fd, id), 0);
        assert_int_equal(get_layers(t, id, &layers), -EUCLEAN);
        expect_error(t, "is damaged");
        assert_int_equal(count_in(t, "cas/tree"), 0);
        assert_int_equal(store_export_aci(t->store, id, out, NULL), -EUCLEAN);
}

static void exports_the_bytes_that_came(void **state) {
        TestStore *t = *state;
        _cleanup_(freep) char *id = must_import(t, "example.com/a", NULL, files), *again = NULL;
        int out = memfd_create("out", MFD_CLOEXEC);

        assert_int_equal(store_export_aci(t->store, id, out, NULL), 0);
        assert_int_equal(store_image_remove(t->store, id, NULL), 1);
        assert_int_equal(lseek(out, 0, SEEK_SET), 0);
        assert_int_equal(import_aci(t, out, 0, &again), 0);
        assert_string_equal(again, id);
}

static void exports_layouts_with_the_digests_that_came(void **state) {
        TestStore *t = *state;
        static const Member base[] = { { '0', "base", "base", 0, 0 }, {} };
        _cleanup_(store_image_done) StoreImage image = STORE_IMAGE_NULL;
        _cleanup_(freep) char *id = NULL, *path = NULL;
        _cleanup_(fd_closep) int fd = -EBADF;
        OciDigest config, layer;
        int archive = archive_new(base);

        digest_fd(t, archive, &layer);
        assert_int_equal(import_oci(t, "app", &archive, 1, &id), 0);
        make_dir(t->dir.fd, "layout");
        fd = dir_open_at(t->dir.fd, "layout");
        assert_int_equal(store_export_oci(t->store, id, NULL, fd, NULL), 0);
        assert_int_equal(store_image_get(t->store, id, &image, NULL), 0);
        assert_int_equal(oci_digest_parse(image.config, &config, NULL), 0);
        path = oci_digest_path(&config);
        assert_true(exists(fd, path));
        free(ptr_take(&path));
        path = oci_digest_path(&layer);
        assert_true(exists(fd, path));
        expect_file(fd, "oci-layout", "{\"imageLayoutVersion\":\"1.0.0\"}");
        assert_int_equal(count_in(t, "layout"), 3);
        assert_int_equal(store_export_oci(t->store, "sha512-00", NULL, fd, NULL), -ENOENT);
}

static void layers_hide_what_lies_below_them(void **state) {
        TestStore *t = *state;
        static const Member base[] = {
                { '5', "dir", NULL, 0, 0 },
                { '0', "dir/old", "old", 0, 0 },
                { '0', "gone", "gone", 0, 0 },
                { '0', "kept", "kept", 0, 0 },
                { '5', "emptied", NULL, 0, 0 },
                { '0', "emptied/x", "x", 0, 0 },
                {},
        };
        static const Member top[] = {
                { '0', ".wh.gone", NULL, 0, 0 },
                { '5', "emptied", NULL, 0, 0 },
                { '0', "emptied/.wh..wh..opq", NULL, 0, 0 },
                { '0', "emptied/y", "y", 0, 0 },
                { '0', "dir/new", "new", 0, 0 }, /* without naming the directory */
                { '1', "dir/linked", "kept", 0, 0 },
                {},
        };
        _cleanup_(store_layers_done) StoreLayers layers = STORE_LAYERS_NULL;
        _cleanup_(fd_closep) int fd = -EBADF;
        _cleanup_(freep) char *id = NULL;
        struct stat a, b;

        assert_int_equal(
                import_oci(t, "app", (int[]){ archive_new(base), archive_new(top) }, 2, &id), 0);
        assert_int_equal(get_layers(t, id, &layers), 0);
        make_dir(t->dir.fd, "copy");
        fd = dir_open_at(t->dir.fd, "copy");
        assert_int_equal(store_copy(t->store, layers.keys, fd, NULL, NULL), 0);
        expect_file(fd, "dir/old", "old");
        expect_file(fd, "dir/new", "new");
        expect_file(fd, "dir/linked", "kept");
        expect_file(fd, "emptied/y", "y");
        assert_false(exists(fd, "gone"));
        assert_false(exists(fd, "emptied/x"));
        assert_false(exists(fd, ".wh.gone"));
        assert_int_equal(fstatat(fd, "dir", &a, 0), 0);
        assert_int_equal(a.st_mode & 07777, 0755);
        assert_int_equal(a.st_mtim.tv_sec, 1000000000);
        assert_int_equal(fstatat(fd, "dir/linked", &b, 0), 0);
}

static void copies_owners_modes_times_and_links(void **state) {
        TestStore *t = *state;
        _cleanup_(freep) char *id = must_import(t, "example.com/a", NULL, files);
        _cleanup_(store_layers_done) StoreLayers layers = STORE_LAYERS_NULL;
        const StoreCopyOptions shifted = { 100000, 200000, 65536 }, narrow = { 0, 0, 7 };
        _cleanup_(fd_closep) int fd = -EBADF, other = -EBADF;
        struct stat a, b;

        assert_int_equal(get_layers(t, id, &layers), 0);
        make_dir(t->dir.fd, "copy");
        make_dir(t->dir.fd, "other");
        fd = dir_open_at(t->dir.fd, "copy");
        other = dir_open_at(t->dir.fd, "other");
        assert_int_equal(store_copy(t->store, layers.keys, fd, &shifted, NULL), 0);
        assert_int_equal(fstatat(fd, "etc/shadow", &a, 0), 0);
        assert_int_equal(a.st_mode & 07777, 0600);
        assert_int_equal(a.st_uid, 100007);
        assert_int_equal(a.st_gid, 200007);
        assert_int_equal(a.st_mtim.tv_sec, 1000000000);
        assert_int_equal(fstatat(fd, "etc/passwd", &a, 0), 0);
        assert_int_equal(fstatat(fd, "etc/passwd-", &b, 0), 0);
        assert_int_equal(a.st_ino, b.st_ino);
        assert_int_equal(fstatat(fd, "link", &a, AT_SYMLINK_NOFOLLOW), 0);
        assert_true(S_ISLNK(a.st_mode));
        assert_int_equal(store_copy(t->store, layers.keys, other, &narrow, &t->e), -ERANGE);
        expect_error(t, "\"/etc/shadow\" belongs to 7:7");
        /* It must be empty: what is there is not written into. */
        assert_true(store_copy(t->store, layers.keys, fd, NULL, NULL) < 0);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                STORE_TEST(finds_every_change_and_makes_the_tree_again),
                STORE_TEST(what_only_moved_is_taken_and_sealed_anew),
                STORE_TEST(makes_trees_that_are_missing),
                STORE_TEST(after_another_boot_trees_are_read_before_they_are_trusted),
                STORE_TEST(finds_damaged_blobs_and_takes_good_ones_instead),
                STORE_TEST(nothing_is_made_of_a_damaged_blob),
                STORE_TEST(exports_the_bytes_that_came),
                STORE_TEST(exports_layouts_with_the_digests_that_came),
                STORE_TEST(layers_hide_what_lies_below_them),
                STORE_TEST(copies_owners_modes_times_and_links),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
