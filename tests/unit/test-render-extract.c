/* SPDX-License-Identifier: Apache-2.0 */
#include "test-archives.h"
#include "test-tree.h"

#include <sys/xattr.h>

#include "render-tree.h"

/* Real trees in a real file system. Needs root, to give files their owners. */

static const RenderLimits usual = { .expanded = RENDER_EXPANDED_MAX,
                                    .entries = RENDER_ENTRIES_MAX,
                                    .ratio = RENDER_RATIO_MAX,
                                    .manifest = 4096 };

typedef struct Options {
        RenderFormat format;
        const RenderLimits *limits; /* NULL: the usual ones */
        bool needs, below;
        size_t chunk;
} Options;

static int extract(const TestTree *tree,
                   const TestTar *tar,
                   const Options *options,
                   RenderExtractResult *result) {
        TestSource memory = { .bytes = tar->bytes, .n = tar->n, .chunk = options->chunk };
        RenderSource source = test_source(&memory);
        const RenderExtractSpec spec = {
                .format = options->format,
                .limits = options->limits ? options->limits : &usual,
                .tree_fd = tree->fd,
                .seal_fd = tree->seal_fd,
                .scratch_fd = tree->scratch_fd,
                .manifest_fd = tree->manifest_fd,
                .needs_fd = options->needs ? tree->needs_fd : -EBADF,
                .below = options->below,
        };
        int r = render_extract(&source, &spec, result, NULL);

        if (r >= 0)
                assert_int_equal(memory.at, memory.n); /* digests want all of it */
        test_source_done(&memory);
        return r;
}

/* Extracts, and holds the tree against @want if that is given. */
static int extract_and_tell(const TestTar *tar, const Options *options, const char *want) {
        RenderExtractResult result = {};
        TestTree tree;
        int r = 0;

        test_tree_open(&tree);
        r = extract(&tree, tar, options, &result);
        if (r >= 0) {
                _cleanup_(freep) char *text = test_tree_tell(&tree);

                if (want)
                        assert_string_equal(text, want);
                test_tree_expect_sealed(&tree);
        }
        test_tree_done(&tree);
        return r;
}

static void makes_of_each_archive_what_it_should(void **state) {
        static const size_t chunks[] = { 0, 700, 1 };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(test_archives); i++) {
                const TestArchive *archive = &test_archives[i];
                TestTar tar = {};

                print_message("# %s\n", archive->what);
                test_archive_make(archive, &tar);
                for (size_t j = 0; j < N_ELEMENTS(chunks); j++) {
                        const Options options = { .format = archive->format, .chunk = chunks[j] };

                        assert_int_equal(extract_and_tell(&tar, &options, archive->tree),
                                         archive->want);
                }
                test_tar_done(&tar);
        }
}

/* A06, C14: cut anywhere but in the padding of a file, it never counts as extracted. */
static void notices_a_cut_archive(void **state) {
        const TestMember members[] = { { .name = "a", .type = '5' },
                                       { .name = "a/b", .data = "text", .pax = { "uid=1" } },
                                       { .name = "c", .type = '1', .link = "a/b" } };
        const Options options = { .format = RENDER_LAYER };
        TestTar tar = {};
        size_t end = 0;

        (void) state;
        test_tar_add(&tar, &members[0]);
        test_tar_add(&tar, &members[1]);
        end = tar.n;
        test_tar_add(&tar, &members[2]);
        test_tar_end(&tar);
        for (size_t n = 0; n < tar.n; n += 37) {
                const TestTar cut = { .bytes = tar.bytes, .n = n };
                bool whole = n == 0 || (n <= end && n >= end - RENDER_BLOCK + strlen("text"));

                assert_int_equal(extract_and_tell(&cut, &options, NULL), whole ? 0 : -EBADMSG);
        }
        test_tar_done(&tar);
}

/* C10, C11 */
static void keeps_to_its_limits(void **state) {
        static const struct {
                const char *what;
                RenderLimits limits;
                TestMember members[4];
                int want;
        } cases[] = {
                { "as many entries as may be",
                  { .entries = 3, .expanded = 100 },
                  { { .name = "a" }, { .name = "b" }, { .name = "c" } },
                  0 },
                { "one more",
                  { .entries = 2, .expanded = 100 },
                  { { .name = "a" }, { .name = "b" }, { .name = "c" } },
                  -E2BIG },
                { "the same name over and over",
                  { .entries = 2, .expanded = 100 },
                  { { .name = "a" }, { .name = "a" }, { .name = "a" } },
                  -E2BIG },
                { "more holes than the archive's size is good for",
                  { .entries = 1, .expanded = UINT64_C(1) << 40, .ratio = 200 },
                  { { .name = "a",
                      .pax = { "GNU.sparse.map=0,4", "GNU.sparse.size=1073741829" },
                      .data = "text" } },
                  -EFBIG },
                { "directories nobody named",
                  { .entries = 8, .expanded = 100 },
                  { { .name = "a/b/c/d/e/f/g/h/i/j/k" }, { .name = "b" } },
                  -E2BIG },
                { "whiteouts",
                  { .entries = 2, .expanded = 100 },
                  { { .name = ".wh.a" }, { .name = ".wh.b" }, { .name = ".wh.c" } },
                  -E2BIG },
                { "as many bytes as may be",
                  { .entries = 9, .expanded = 6 },
                  { { .name = "a", .data = "abc" }, { .name = "b", .data = "def" } },
                  0 },
                { "one byte more",
                  { .entries = 9, .expanded = 5 },
                  { { .name = "a", .data = "abc" }, { .name = "b", .data = "def" } },
                  -EFBIG },
                { "a hole more",
                  { .entries = 9, .expanded = 5 },
                  { { .name = "a", .pax = { "GNU.sparse.realsize=6" } } },
                  -EFBIG },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                const Options options = { .format = RENDER_LAYER, .limits = &cases[i].limits };
                TestTar tar = {};

                print_message("# %s\n", cases[i].what);
                test_tar_add_all(&tar, cases[i].members, N_ELEMENTS(cases[i].members));
                test_tar_end(&tar);
                assert_int_equal(extract_and_tell(&tar, &options, NULL), cases[i].want);
                test_tar_done(&tar);
        }
}

static void hands_over_the_manifest(void **state) {
        const TestMember members[] = { TEST_ROOTFS,
                                       { .name = "manifest", .data = "{\"a\": \"b\"}" } };
        RenderExtractResult result = {};
        TestTar tar = {};
        TestTree tree;
        uint8_t *bytes = NULL;
        size_t n = 0;

        (void) state;
        test_tar_add_all(&tar, members, N_ELEMENTS(members));
        test_tar_end(&tar);
        test_tree_open(&tree);
        assert_int_equal(
                extract(&tree, &tar, &(Options){ .format = RENDER_ACI, .chunk = 3 }, &result), 0);
        assert_int_equal(result.n_manifest, 10);
        bytes = test_read_fd(tree.manifest_fd, &n);
        assert_int_equal(n, 10);
        assert_memory_equal(bytes, "{\"a\": \"b\"}", 10);
        free(bytes);
        test_tree_done(&tree);
        test_tar_done(&tar);
}

static void bounds_the_manifest(void **state) {
        _cleanup_(freep) char *data = calloc(1, 5000);
        const TestMember members[] = { { .name = "manifest", .data = data, .n = 4097 },
                                       TEST_ROOTFS };
        TestTar tar = {};

        (void) state;
        test_tar_add_all(&tar, members, N_ELEMENTS(members));
        test_tar_end(&tar);
        assert_int_equal(extract_and_tell(&tar, &(Options){ .format = RENDER_ACI }, NULL), -EFBIG);
        test_tar_done(&tar);
}

static void gives_times_to_the_nanosecond(void **state) {
        const TestMember members[] = {
                { .name = "d", .type = '5', .pax = { "mtime=1000.25" } },
                { .name = "d/f", .pax = { "mtime=-5.5" }, .data = "x" },
                { .name = "d/l", .type = '2', .link = "f", .pax = { "mtime=3.000000001" } },
                { .name = "d/p", .type = '6', .pax = { "mtime=7" } },
                { .name = "i/f" },
        };
        static const struct {
                const char *path;
                int64_t seconds;
                long nanoseconds;
        } want[] = {
                { "d", 1000, 250000000 },
                { "d/f", -6, 500000000 },
                { "d/l", 3, 1 },
                { "d/p", 7, 0 },
                { "i", 0, 0 },
                { ".", 0, 0 },
        };
        RenderExtractResult result = {};
        TestTar tar = {};
        TestTree tree;

        (void) state;
        test_tar_add_all(&tar, members, N_ELEMENTS(members));
        test_tar_end(&tar);
        test_tree_open(&tree);
        assert_int_equal(extract(&tree, &tar, &(Options){ .format = RENDER_LAYER }, &result), 0);
        assert_int_equal(result.n_implicit, 1);
        assert_int_equal(result.n_entries, 5);
        assert_int_equal(result.n_sealed, 7);
        for (size_t i = 0; i < N_ELEMENTS(want); i++) {
                struct stat st;

                assert_int_equal(fstatat(tree.fd, want[i].path, &st, AT_SYMLINK_NOFOLLOW), 0);
                assert_int_equal(st.st_mtim.tv_sec, want[i].seconds);
                assert_int_equal(st.st_mtim.tv_nsec, want[i].nanoseconds);
        }
        test_tree_done(&tree);
        test_tar_done(&tar);
}

static void add_xattrs(TestTar *tar) {
        static const struct {
                const char *name, *value;
                size_t n;
        } xattrs[] = {
                { "user.a", "1", 1 },
                { "user.empty", "", 0 },
                { "user.overlay.opaque", "y", 1 },
                { "trusted.overlay.redirect", "/etc", 4 },
                { "trusted.overlay.opaque", "y", 1 },
                { "security.selinux", "label", 5 },
                { "security.ima", "x", 1 },
                { "system.posix_acl_access", "x", 1 },
                { "users.x", "x", 1 },
                { "security.capability", "\1\0\0\2\0\x20\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 20 },
        };
        TestTar text = {};

        for (size_t i = 0; i < N_ELEMENTS(xattrs); i++) {
                char key[64];

                (void) snprintf(key, sizeof(key), "SCHILY.xattr.%s", xattrs[i].name);
                test_pax_put(&text, key, xattrs[i].value, xattrs[i].n);
        }
        test_tar_raw(tar,
                     &(TestMember){ .type = 'x', .data = (const char *) text.bytes, .n = text.n });
        test_tar_done(&text);
}

/* C08, C09 */
static void sets_attributes_by_its_list(void **state) {
        static const char *const names[] = { "f", "d" };
        RenderExtractResult result = {};
        TestTar tar = {};
        TestTree tree;
        char list[256];

        (void) state;
        add_xattrs(&tar);
        test_tar_raw(&tar, &(TestMember){ .name = "f", .uid = "1750", .mode = "0004755" });
        add_xattrs(&tar);
        test_tar_raw(&tar, &(TestMember){ .name = "l", .type = '2', .link = "f" });
        test_tar_add(&tar, &(TestMember){ .name = "d",
                                          .type = '5',
                                          .pax = { "SCHILY.xattr.user.d=1",
                                                   "SCHILY.xattr.trusted.d=1" } });
        test_tar_end(&tar);
        test_tree_open(&tree);
        assert_int_equal(extract(&tree, &tar, &(Options){ .format = RENDER_LAYER }, &result), 0);
        assert_int_equal(result.n_dropped_xattrs, 7 + 10 + 1);
        for (size_t i = 0; i < N_ELEMENTS(names); i++) {
                _cleanup_(fd_closep) int fd = openat(tree.fd, names[i], O_RDONLY | O_CLOEXEC);
                ssize_t n = flistxattr(fd, list, sizeof(list));

                if (i == 0) {
                        assert_int_equal(n, strlen("user.a") + strlen("user.empty") +
                                                    strlen("security.capability") + 3);
                        assert_int_equal(fgetxattr(fd, "security.capability", list, 256), 20);
                        assert_int_equal(mode_of(tree.fd, "f"), 04755);
                } else
                        assert_int_equal(n, strlen("user.d") + 1);
        }
        test_tree_expect_sealed(&tree);
        test_tree_done(&tree);
        test_tar_done(&tar);
}

/* C03, C04: on many file systems a new inode gets the number of one just removed. */
static void forgets_what_an_inode_was(void **state) {
        const Options options = { .format = RENDER_LAYER };
        _cleanup_(freep) char *text = NULL;
        RenderExtractResult result = {};
        TestTar tar = {};
        TestTree tree;
        char name[64];

        (void) state;
        test_tar_add(&tar, &(TestMember){ .name = "file", .data = "x" });
        for (unsigned i = 0; i < 64; i++) {
                (void) snprintf(name, sizeof(name), "old%u/.wh..wh..opq", i);
                test_tar_add(&tar, &(TestMember){ .name = name });
        }
        for (unsigned i = 0; i < 64; i++) {
                (void) snprintf(name, sizeof(name), "old%u", i);
                test_tar_add(&tar, &(TestMember){ .name = name, .type = '1', .link = "file" });
        }
        for (unsigned i = 0; i < 64; i++) {
                (void) snprintf(name, sizeof(name), "new%u", i);
                test_tar_add(&tar, &(TestMember){ .name = name, .type = '5' });
        }
        test_tar_end(&tar);
        test_tree_open(&tree);
        assert_int_equal(extract(&tree, &tar, &options, &result), 0);
        text = test_tree_tell(&tree);
        assert_null(strstr(text, "opaque"));
        assert_int_equal(result.n_implicit, 64); /* as many as were made */
        test_tree_done(&tree);
        test_tar_done(&tar);
}

/* C10: the depth a path has where it really lies. */
static void bounds_the_depth_behind_symlinks(void **state) {
        TestTar tar = {};
        TestTree tree;
        RenderExtractResult result = {};
        char path[2 * 200 + 2] = "";

        (void) state;
        for (unsigned i = 0; i < 200; i++)
                memcpy(path + strlen(path), "d/", 3);
        path[399] = '\0';
        for (unsigned i = 0; i < 4; i++) {
                char link[512], next[512];

                (void) snprintf(link, sizeof(link), "l%u", i);
                if (i == 0)
                        (void) snprintf(next, sizeof(next), "%s", path);
                else
                        (void) snprintf(next, sizeof(next), "l%u/%s", i - 1, path);
                test_tar_add(&tar, &(TestMember){ .name = link, .type = '2', .long_link = next });
                (void) snprintf(next, sizeof(next), "l%u/f", i);
                test_tar_add(&tar, &(TestMember){ .name = next });
        }
        test_tar_end(&tar);
        test_tree_open(&tree);
        assert_int_equal(extract(&tree, &tar, &(Options){ .format = RENDER_LAYER }, &result),
                         -ENAMETOOLONG);
        test_tree_done(&tree);
        test_tar_done(&tar);
}

static void expect_needs(const TestTree *tree, const char *want, size_t n_want) {
        size_t n = 0;
        uint8_t *bytes = test_read_fd(tree->needs_fd, &n);

        assert_int_equal(n, n_want);
        assert_memory_equal(bytes, want, n);
        free(bytes);
}

/* A layer that refers to those below says what it lacks, and is extracted again over a copy. */
static void works_over_what_lies_below(void **state) {
        const TestMember members[] = {
                { .name = "lib/new", .data = "new" },
                { .name = "link", .type = '1', .link = "bin/sh" },
                { .name = "bin/.wh.sh" },
                { .name = "bin/.wh.other" },
                { .name = "file", .data = "mine" },
                { .name = "var", .type = '5', .mode = "0000700" },
        };
        static const char needs[] = "lib\0bin\0bin/sh";
        _cleanup_(freep) char *first = NULL, *second = NULL;
        RenderExtractResult result = {};
        TestTar tar = {};
        TestTree tree;

        (void) state;
        test_tar_add_all(&tar, members, N_ELEMENTS(members));
        test_tar_end(&tar);
        test_tree_open(&tree);
        assert_int_equal(
                extract(&tree, &tar, &(Options){ .format = RENDER_LAYER, .needs = true }, &result),
                0);
        assert_int_equal(result.n_missing, 1);
        expect_needs(&tree, needs, sizeof(needs));
        first = test_tree_tell(&tree);
        assert_string_equal(first, TEST_ROOT "d bin 755 implicit\nw bin/other 0\nw bin/sh 0\n"
                                             "f file 644 <mine>\nd lib 755 implicit\n"
                                             "f lib/new 644 <new>\nd var 700\n");
        test_tree_done(&tree);

        test_tree_open(&tree);
        make_dir(tree.fd, "bin");
        make_file(tree.fd, "bin/sh", "shell");
        make_dir(tree.fd, "usr");
        make_dir(tree.fd, "usr/lib");
        make_link(tree.fd, "lib", "usr/lib");
        make_dir(tree.fd, "var");
        make_file(tree.fd, "file", "theirs");
        assert_int_equal(
                extract(&tree, &tar, &(Options){ .format = RENDER_LAYER, .below = true }, &result),
                0);
        assert_int_equal(result.n_missing, 0);
        second = test_tree_tell(&tree);
        assert_string_equal(second, TEST_ROOT "d bin 700\nw bin/other 0\nw bin/sh 0\n"
                                              "f file 644 <mine>\nl lib -> usr/lib\n"
                                              "f link 600 <shell>\nd usr 700\nd usr/lib 700\n"
                                              "f usr/lib/new 644 <new>\nd var 700\n");
        test_tree_expect_sealed(&tree);
        test_tree_done(&tree);
        test_tar_done(&tar);
}

static void bounds_what_is_needed_from_below(void **state) {
        RenderExtractResult result = {};
        TestTar tar = {};
        TestTree tree;
        char name[100], link[100];

        (void) state;
        memset(link, 'l', sizeof(link));
        link[99] = '\0';
        for (unsigned i = 0; i < RENDER_NEEDS_BYTES_MAX / 100 + 1; i++) {
                (void) snprintf(name, sizeof(name), "%u", i);
                test_tar_raw(&tar, &(TestMember){ .name = name, .type = '1', .link = link });
        }
        test_tar_end(&tar);
        test_tree_open(&tree);
        assert_int_equal(
                extract(&tree, &tar,
                        &(Options){ .format = RENDER_LAYER, .needs = true, .chunk = 65536 },
                        &result),
                -E2BIG);
        test_tree_done(&tree);
        test_tar_done(&tar);
}

/* What stands behind an archive's end is read, for the digests, and not looked at. */
static void leaves_what_follows_the_end(void **state) {
        const Options options = { .format = RENDER_LAYER, .chunk = 100 };
        TestTar tar = {};

        (void) state;
        test_tar_add(&tar, &(TestMember){ .name = "a", .data = "x" });
        test_tar_end(&tar);
        test_tar_add(&tar, &(TestMember){ .name = "../canary", .data = "x" });
        test_tar_put(&tar, "garbage", 7);
        assert_int_equal(extract_and_tell(&tar, &options, TEST_ROOT "f a 644 <x>\n"), 0);
        test_tar_done(&tar);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(makes_of_each_archive_what_it_should),
                cmocka_unit_test(notices_a_cut_archive),
                cmocka_unit_test(keeps_to_its_limits),
                cmocka_unit_test(hands_over_the_manifest),
                cmocka_unit_test(bounds_the_manifest),
                cmocka_unit_test(gives_times_to_the_nanosecond),
                cmocka_unit_test(sets_attributes_by_its_list),
                cmocka_unit_test(forgets_what_an_inode_was),
                cmocka_unit_test(bounds_the_depth_behind_symlinks),
                cmocka_unit_test(works_over_what_lies_below),
                cmocka_unit_test(bounds_what_is_needed_from_below),
                cmocka_unit_test(leaves_what_follows_the_end),
        };

        if (geteuid() != 0) {
                fprintf(stderr, "skipped: only root can give files their owners\n");
                return 77;
        }
        (void) umask(0);
        return cmocka_run_group_tests(tests, NULL, NULL);
}
