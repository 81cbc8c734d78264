/* SPDX-License-Identifier: Apache-2.0 */
#include "test-tar.h"
#include "test-tree.h"

#include "render-tree.h"

/* Finding the directory a member belongs into: C02. Needs root, to give directories their owner. */

static void plant(int fd) {
        make_dir(fd, "real");
        make_dir(fd, "real/deep");
        make_file(fd, "file", "x");
        make_link(fd, "relative", "real");
        make_link(fd, "absolute", "/real/deep");
        make_link(fd, "up", "../../../real");
        make_link(fd, "out", "/proc/self/root");
        make_link(fd, "dangling", "missing/dir");
        make_link(fd, "self", "self");
        make_link(fd, "to-file", "file");
        make_link(fd, "real/back", "..");
        assert_int_equal(mknodat(fd, "whiteout", S_IFCHR, 0), 0);
}

static void finds_the_real_place(void **state) {
        static const struct {
                const char *path, *real;
                int want;
                unsigned n_implicit;
                const char *needs;
        } cases[] = {
                { "f", "f", 0, 0, "" },
                { "real/f", "real/f", 0, 0, "" },
                { "relative/f", "real/f", 0, 0, "" },
                { "relative/deep/f", "real/deep/f", 0, 0, "" },
                { "absolute/f", "real/deep/f", 0, 0, "" },
                { "up/f", "real/f", 0, 0, "" },
                { "real/back/real/back/f", "f", 0, 0, "" },
                { "real/back/absolute/f", "real/deep/f", 0, 0, "" },
                { "self", "self", 0, 0, "" }, /* the last one is not followed */
                { "new/f", "new/f", 0, 1, "new" },
                { "new/er/f", "new/er/f", 0, 2, "new/er" },
                { "relative/new/f", "real/new/f", 0, 1, "relative/new" },
                { "dangling/f", "missing/dir/f", 0, 2, "dangling" },
                { "out/f", "proc/self/root/f", 0, 3, "out" },
                { "whiteout/f", "whiteout/f", 0, 0, "" }, /* hides what lies below it, too */
                { "self/f", NULL, -ELOOP, 0, "" },
                { "file/f", NULL, -ENOTDIR, 0, "" },
                { "to-file/f", NULL, -ENOTDIR, 0, "" },
                { "relative/../file/f", NULL, -ENOTDIR, 0, "" },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                _cleanup_(render_ledger_freep) RenderLedger *ledger = NULL;
                RenderTree tree = { .layer = true, .parent_fd = -EBADF };
                RenderPath path;
                TestTree test;
                int fd = -EBADF;
                size_t n = 0;
                uint8_t *needs = NULL;

                print_message("# %s\n", cases[i].path);
                test_tree_open(&test);
                plant(test.fd);
                assert_int_equal(render_ledger_new(test.scratch_fd, &ledger), 0);
                tree.root_fd = test.fd;
                tree.ledger = ledger;
                tree.needs_fd = test.needs_fd;
                assert_int_equal(render_path_clean(cases[i].path, 0, &path, NULL), 0);
                assert_int_equal(render_tree_enter(&tree, &path, &fd, NULL), cases[i].want);
                assert_int_equal(tree.n_implicit, cases[i].n_implicit);
                if (cases[i].real) {
                        _cleanup_(freep) char *parent = strdup(cases[i].real);
                        char *slash = strrchr(parent, '/');
                        struct stat a, b;

                        if (slash)
                                *slash = '\0';
                        assert_string_equal(path.text, cases[i].real);
                        assert_int_equal(fstat(fd, &a), 0);
                        assert_int_equal(
                                fstatat(test.fd, slash ? parent : ".", &b, AT_SYMLINK_NOFOLLOW), 0);
                        assert_true(a.st_ino == b.st_ino && S_ISDIR(a.st_mode));
                }
                needs = test_read_fd(test.needs_fd, &n);
                assert_int_equal(n, cases[i].needs[0] ? strlen(cases[i].needs) + 1 : 0);
                assert_string_equal((char *) needs, cases[i].needs);
                free(needs);
                render_tree_done(&tree);
                test_tree_done(&test);
        }
}

static void looks_without_following(void **state) {
        static const struct {
                const char *name;
                int in_layer, in_aci;
        } cases[] = {
                { "real", RENDER_FOUND_DIRECTORY, RENDER_FOUND_DIRECTORY },
                { "file", RENDER_FOUND_OTHER, RENDER_FOUND_OTHER },
                { "relative", RENDER_FOUND_OTHER, RENDER_FOUND_OTHER },
                { "dangling", RENDER_FOUND_OTHER, RENDER_FOUND_OTHER },
                { "whiteout", RENDER_FOUND_WHITEOUT, RENDER_FOUND_OTHER },
                { "missing", RENDER_FOUND_NOTHING, RENDER_FOUND_NOTHING },
        };
        TestTree test;

        (void) state;
        test_tree_open(&test);
        plant(test.fd);
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                const RenderTree layer = { .layer = true }, aci = {};
                uint64_t ino = 0;

                assert_int_equal(render_tree_look(&layer, test.fd, cases[i].name, &ino),
                                 cases[i].in_layer);
                assert_int_equal(render_tree_look(&aci, test.fd, cases[i].name, &ino),
                                 cases[i].in_aci);
        }
        test_tree_done(&test);
}

static void opens_one_component_only(void **state) {
        static const struct {
                const char *name;
                int flags, want;
        } cases[] = {
                { "file", O_RDONLY, 0 },
                { "real", O_RDONLY | O_DIRECTORY, 0 },
                { "relative", O_RDONLY, -ELOOP },
                { "relative/deep", O_RDONLY, -ELOOP },
                { "..", O_RDONLY, -EXDEV },
                { "/", O_RDONLY, -EXDEV },
                { "file", O_WRONLY | O_CREAT | O_EXCL, -EEXIST },
                { "relative", O_WRONLY | O_CREAT | O_EXCL, -EEXIST },
                { "dangling", O_WRONLY | O_CREAT, -ELOOP },
                { "missing", O_RDONLY, -ENOENT },
        };
        TestTree test;

        (void) state;
        test_tree_open(&test);
        plant(test.fd);
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                int fd = render_open_at(test.fd, cases[i].name, cases[i].flags,
                                        cases[i].flags & O_CREAT ? 0600 : 0);

                print_message("# %s\n", cases[i].name);
                assert_int_equal(fd < 0 ? fd : 0, cases[i].want);
                if (fd >= 0)
                        close(fd);
        }
        test_tree_done(&test);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(finds_the_real_place),
                cmocka_unit_test(looks_without_following),
                cmocka_unit_test(opens_one_component_only),
        };

        if (geteuid() != 0) {
                fprintf(stderr, "skipped: only root can give directories their owner\n");
                return 77;
        }
        return cmocka_run_group_tests(tests, NULL, NULL);
}
