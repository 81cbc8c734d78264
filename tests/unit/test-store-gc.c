/* SPDX-License-Identifier: Apache-2.0 */
#include "test-store.h"

#include <signal.h>
#include <sys/wait.h>

#include "store-fault.h"
#include "store-gc.h"
#include "store-tree.h"
#include "store-usage.h"
#include "store-verify.h"

static const Member files[] = { { '0', "rootfs/f", "content", 0, 0 }, {} };
static const Member base[] = { { '5', "dir", NULL, 0, 0 }, { '0', "dir/base", "base", 0, 0 }, {} };
static const Member top[] = { { '0', "dir/top", "top", 0, 0 }, {} }; /* needs what lies below */

static int import_layers(TestStore *t, char **ret) {
        return import_oci(t, "app", (int[]){ archive_new(base), archive_new(top) }, 2, ret);
}

static int gc(TestStore *t, char *const *keep) {
        _cleanup_(strv_freep) Strv removed = NULL;

        error_done(&t->e);
        return store_gc(t->store, keep, &removed, &t->e);
}

static int remove_all(TestStore *t) {
        _cleanup_(store_images_done) StoreImages images = {};
        int r = store_image_list(t->store, APPC_KEY_LENGTH, &images, NULL);

        for (size_t i = 0; r >= 0 && i < images.n; i++)
                r = store_image_remove(t->store, images.items[i].id, NULL);
        return r < 0 ? r : 0;
}

static void expect_blobs(const TestStore *t, size_t want) {
        static const char *const algorithms[] = { "cas/blobs/sha256", "cas/blobs/sha512" };
        size_t n = 0;

        for (size_t i = 0; i < N_ELEMENTS(algorithms); i++) {
                _cleanup_(fd_closep) int fd = dir_open_at(t->dir.fd, algorithms[i]);
                _cleanup_(strv_freep) Strv names = NULL;

                if (fd < 0)
                        continue;
                assert_int_equal(dir_list(fd, &names), 0);
                for (char **name = names; *name; name++) {
                        _cleanup_(freep) char *path = NULL;

                        assert_true(asprintf(&path, "%s/%s", algorithms[i], *name) > 0);
                        n += count_in(t, path);
                }
        }
        assert_int_equal(n, want);
        assert_int_equal(count_rows(t, "blob"), want);
}

/* Nothing but what the store has when it is new. */
static void expect_empty(const TestStore *t) {
        static const char *const tables[] = { "image", "name",    "layer", "document",
                                              "tree",  "partial", "stack", "source" };

        for (size_t i = 0; i < N_ELEMENTS(tables); i++)
                assert_int_equal(count_rows(t, tables[i]), 0);
        expect_blobs(t, 0);
        assert_int_equal(count_in(t, "cas/tree"), 0);
        assert_int_equal(count_in(t, "cas/tmp"), 0);
        assert_int_equal(count_in(t, "cas/locks"), 0);
        assert_int_equal(count_in(t, "cas/used"), 0);
}

static void removes_the_trees_that_nobody_keeps(void **state) {
        TestStore *t = *state;
        _cleanup_(freep) char *one = must_import(t, "example.com/one", NULL, files);
        _cleanup_(freep) char *two = must_import(t, "example.com/two", NULL, files);
        _cleanup_(strv_freep) Strv removed = NULL;

        make_file(t->store->used_fd, two, "");
        assert_int_equal(store_gc(t->store, (char *[]){ one, NULL }, &removed, NULL), 1);
        assert_int_equal(strv_length(removed), 1);
        assert_string_equal(removed[0], two);
        assert_int_equal(store_tree_state(t->store, one, NULL), STORE_TREE_GOOD);
        assert_int_equal(store_tree_state(t->store, two, NULL), STORE_TREE_ABSENT);
        expect_blobs(t, 2); /* images have them */
        assert_int_equal(count_in(t, "cas/used"), 1);
        assert_int_equal(store_verify_blobs(t->store, two, NULL), 0);
}

static void keeps_set_aside_trees_as_long_as_their_keys(void **state) {
        TestStore *t = *state;
        _cleanup_(freep) char *id = must_import(t, "example.com/one", NULL, files);
        _cleanup_(store_layers_done) StoreLayers layers = STORE_LAYERS_NULL;

        assert_int_equal(store_tree_mark_bad(t->store, id, NULL), 0);
        assert_int_equal(get_layers(t, id, &layers), 0);
        assert_int_equal(count_in(t, "cas/tree"), 2);
        assert_int_equal(gc(t, layers.keys), 1);
        assert_int_equal(count_in(t, "cas/tree"), 2);
        assert_int_equal(gc(t, NULL), 1);
        assert_int_equal(count_in(t, "cas/tree"), 0);
}

static void removes_what_crashes_left(void **state) {
        TestStore *t = *state;

        free(must_import(t, "example.com/one", NULL, files));
        assert_int_equal(remove_all(t), 0);
        make_dir(t->store->tmp_fd, "0123456789abcdef");
        make_file(t->store->tmp_fd, "0123456789abcdef/blob", "half of it");
        make_dir(t->store->tree_fd, "sha256-00");
        make_dir(t->store->tree_fd, "sha256-00/rootfs");
        make_file(t->store->locks_fd, "sha256-00", "");
        make_file(t->store->used_fd, "sha512-00", "");
        make_dir(t->store->used_fd, "no image");
        make_file(t->store->cas_fd, ".answers.0123456789abcdef", "half");
        close(mkdir_beneath(t->store->blobs_fd, "sha256/ab", 0700));
        make_file(t->store->blobs_fd,
                  "sha256/ab/abcdefabcdefabcdefabcdefabcdefabcdefabcdefabcdefabcdefabcdefabcd",
                  "x");
        assert_true(store_sql_run(t->store->sql, NULL,
                                  "INSERT INTO tree VALUES('sha256-11', 0, NULL, 1, 1)", "") > 0);
        assert_true(store_sql_run(t->store->sql, NULL, "INSERT INTO partial VALUES('sha256:00')",
                                  "") > 0);
        assert_true(store_sql_run(t->store->sql, NULL,
                                  "INSERT INTO stack VALUES('a,b', 'deps-sha512-00')", "") > 0);
        assert_int_equal(gc(t, NULL), 1);
        expect_empty(t);
}

static void waits_for_nobody_who_works(void **state) {
        TestStore *t = *state;
        _cleanup_(store_stage_done) StoreStage stage = STORE_STAGE_NULL;

        free(must_import(t, "example.com/one", NULL, files));
        assert_int_equal(store_stage_open(t->store, &stage, NULL), 0);
        assert_int_equal(gc(t, NULL), 0);
        assert_int_equal(count_in(t, "cas/tree"), 1);
        assert_int_equal(count_in(t, "cas/tmp"), 1);
        store_stage_done(&stage);
        assert_int_equal(gc(t, NULL), 1);
        assert_int_equal(count_in(t, "cas/tree"), 0);
}

static void a_tree_that_somebody_looks_at_stays(void **state) {
        TestStore *t = *state;
        _cleanup_(freep) char *id = must_import(t, "example.com/one", NULL, files);
        _cleanup_(fd_closep) int lock = store_lock_tree(t->store, id, true);

        assert_true(lock >= 0);
        assert_int_equal(gc(t, NULL), 1);
        assert_int_equal(store_tree_state(t->store, id, NULL), STORE_TREE_GOOD);
        assert_int_equal(count_in(t, "cas/locks"), 1);
        fd_drop(&lock);
        assert_int_equal(gc(t, NULL), 1);
        assert_int_equal(count_in(t, "cas/tree"), 0);
        assert_int_equal(count_in(t, "cas/locks"), 0);
}

static void counts_what_takes_how_much(void **state) {
        TestStore *t = *state;
        _cleanup_(freep) char *one = must_import(t, "example.com/one", NULL, files), *two = NULL;
        _cleanup_(store_image_done) StoreImage image = STORE_IMAGE_NULL;
        StoreUsage usage = {};

        assert_int_equal(import_layers(t, &two), 0);
        assert_int_equal(store_image_get(t->store, one, &image, NULL), 0);
        assert_int_equal(store_usage_read(t->store, (char *[]){ one, NULL },
                                          (char *[]){ one, one, NULL }, &usage, NULL),
                         0);
        assert_int_equal(usage.images.n, 2);
        assert_int_equal(usage.trees.n, 3);
        assert_int_equal(usage.images.bytes - usage.images_unused, image.size);
        assert_int_equal(usage.trees.bytes - usage.trees_unused, image.tree_size);
        assert_int_equal(store_usage_read(t->store, NULL, NULL, &usage, NULL), 0);
        assert_int_equal(usage.images_unused, usage.images.bytes);
        assert_int_equal(usage.trees_unused, usage.trees.bytes);
}

/* What is done until the program is killed. Each ends with the store as it would be by itself. */
static void do_import(TestStore *t) {
        _cleanup_(freep) char *id = NULL;

        (void) import_aci(t, aci_new("example.com/one", NULL, files), 0, &id);
}

static void do_import_layers(TestStore *t) {
        _cleanup_(freep) char *id = NULL;

        (void) import_layers(t, &id);
}

static void do_remove(TestStore *t) {
        store_fault_passed = -1000; /* what comes first is not to be tried out */
        do_import_layers(t);
        store_fault_passed = 0;
        (void) remove_all(t);
}

static void do_collect(TestStore *t) {
        store_fault_passed = -1000;
        do_import_layers(t);
        store_fault_passed = 0;
        (void) gc(t, NULL);
}

static void do_rebuild(TestStore *t) {
        _cleanup_(store_layers_done) StoreLayers layers = STORE_LAYERS_NULL;
        _cleanup_(freep) char *id = NULL;

        store_fault_passed = -1000;
        (void) import_aci(t, aci_new("example.com/one", NULL, files), 0, &id);
        (void) store_tree_mark_bad(t->store, id, NULL);
        store_fault_passed = 0;
        (void) get_layers(t, id, &layers);
}

/* Returns whether it was killed at that place, and did not come to its end before. */
static bool crash(TestStore *t, void (*work)(TestStore *t), int at) {
        int status = 0;
        pid_t pid = 0;

        store_free(ptr_take(&t->store)); /* no database goes through a fork */
        pid = fork();
        assert_true(pid >= 0);
        if (pid == 0) {
                if (open_again(t, 0) < 0)
                        _exit(1);
                store_fault_passed = 0;
                store_fault_at = at;
                work(t);
                _exit(0);
        }
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_int_equal(open_again(t, 0), 0);
        if (WIFSIGNALED(status))
                assert_int_equal(WTERMSIG(status), SIGKILL);
        else
                assert_int_equal(WEXITSTATUS(status), 0);
        return WIFSIGNALED(status);
}

/* Images that are listed are whole, and can be used. */
static void expect_whole(TestStore *t) {
        _cleanup_(store_images_done) StoreImages images = {};

        assert_int_equal(store_image_list(t->store, APPC_KEY_LENGTH, &images, NULL), 0);
        for (size_t i = 0; i < images.n; i++) {
                _cleanup_(store_layers_done) StoreLayers layers = STORE_LAYERS_NULL;
                int r = get_layers(t, images.items[i].id, &layers);

                if (r < 0)
                        expect_error(t, "no error");
                assert_int_equal(store_verify_blobs(t->store, images.items[i].id, NULL), 0);
                assert_int_equal(store_layers_check(t->store, layers.keys, STORE_CHECK_FULL, NULL),
                                 0);
        }
}

static void killed_anywhere_gc_leaves_nothing_of_it(void **state) {
        TestStore *t = *state;
        static const struct {
                const char *what;
                void (*work)(TestStore *t);
        } works[] = {
                { "import an ACI", do_import }, { "import layers", do_import_layers },
                { "remove", do_remove },        { "collect", do_collect },
                { "make again", do_rebuild },
        };

        for (size_t i = 0; i < N_ELEMENTS(works); i++) {
                int at = 1;

                for (; crash(t, works[i].work, at); at++) {
                        _cleanup_(store_layers_done) StoreLayers layers = STORE_LAYERS_NULL;
                        _cleanup_(freep) char *id = NULL;

                        expect_whole(t);
                        assert_int_equal(import_layers(t, &id), 0); /* upon what was left */
                        assert_int_equal(get_layers(t, id, &layers), 0);
                        assert_int_equal(remove_all(t), 0);
                        assert_int_equal(gc(t, NULL), 1);
                        expect_empty(t);
                }
                print_message("# %s: %d places\n", works[i].what, at - 1);
                assert_true(at > 1);
                assert_int_equal(remove_all(t), 0);
                assert_int_equal(gc(t, NULL), 1);
                expect_empty(t);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                STORE_TEST(removes_the_trees_that_nobody_keeps),
                STORE_TEST(keeps_set_aside_trees_as_long_as_their_keys),
                STORE_TEST(removes_what_crashes_left),
                STORE_TEST(waits_for_nobody_who_works),
                STORE_TEST(a_tree_that_somebody_looks_at_stays),
                STORE_TEST(counts_what_takes_how_much),
                STORE_TEST(killed_anywhere_gc_leaves_nothing_of_it),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
