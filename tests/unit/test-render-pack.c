/* SPDX-License-Identifier: Apache-2.0 */
#include "test-tar.h"
#include "test-tree.h"

#include <sys/xattr.h>

#include "render-pack.h"
#include "render-write.h"

/* Writing archives: entry by entry, and a tree as a whole. What is written is read again. */

static TestTar bytes_of(int fd) {
        TestTar tar = {};

        tar.bytes = test_read_fd(fd, &tar.n);
        close(fd);
        return tar;
}

static TestTar write_entries(const RenderEntry *entries, size_t n) {
        _cleanup_(render_writer_freep) RenderWriter *writer = NULL;
        int fd = memfd_create("archive", MFD_CLOEXEC);

        assert_int_equal(render_writer_new(fd, &writer), 0);
        for (size_t i = 0; i < n; i++) {
                assert_int_equal(render_write_entry(writer, &entries[i]), 0);
                for (uint64_t j = 0; j < entries[i].size; j++)
                        assert_int_equal(render_write_data(writer, "x", 1), 0);
        }
        assert_int_equal(render_write_end(writer), 0);
        assert_int_equal(lseek(fd, 0, SEEK_END), render_writer_bytes(writer));
        return bytes_of(fd);
}

static void expect_entry(const RenderEntry *got, const RenderEntry *want) {
        assert_int_equal(got->type, want->type);
        assert_string_equal(got->path, want->path);
        assert_string_equal(got->link, want->link);
        assert_int_equal(got->mode, want->mode);
        assert_int_equal(got->uid, want->uid);
        assert_int_equal(got->gid, want->gid);
        assert_true(got->mtime == want->mtime && got->size == want->size);
        assert_int_equal(got->mtime_nsec, want->mtime_nsec);
        assert_int_equal(got->n_xattrs, want->n_xattrs);
        for (unsigned i = 0; i < want->n_xattrs; i++) {
                assert_int_equal(got->xattrs[i].name.n, want->xattrs[i].name.n);
                assert_memory_equal(got->xattrs[i].name.at, want->xattrs[i].name.at,
                                    want->xattrs[i].name.n);
                assert_int_equal(got->xattrs[i].value.n, want->xattrs[i].value.n);
                assert_memory_equal(got->xattrs[i].value.at, want->xattrs[i].value.at,
                                    want->xattrs[i].value.n);
        }
}

static void reads_what_it_wrote(void **state) {
        static char name[4096], link[4096], hundred[101];
        static const RenderXattr xattrs[] = {
                { { "user.a", 6 }, { "\0=\n", 3 } },
                { { "user.empty", 10 }, { "", 0 } },
        };
        const RenderEntry entries[] = {
                { .type = RENDER_REGULAR, .path = "a", .link = "", .mode = 0644, .size = 3 },
                { .type = RENDER_REGULAR, .path = hundred, .link = "", .mode = 07777 },
                { .type = RENDER_REGULAR, .path = name, .link = "", .size = 512 },
                { .type = RENDER_DIRECTORY,
                  .path = "d/",
                  .link = "",
                  .mode = 01777,
                  .uid = 07777777 },
                { .type = RENDER_SYMLINK, .path = "l", .link = link, .mode = 0777 },
                { .type = RENDER_HARDLINK, .path = "h", .link = hundred },
                { .type = RENDER_FIFO,
                  .path = "p",
                  .link = "",
                  .uid = 010000000,
                  .gid = UINT32_MAX - 1 },
                { .type = RENDER_REGULAR, .path = "\xff\n", .link = "", .mtime = -1 },
                { .type = RENDER_REGULAR,
                  .path = "t",
                  .link = "",
                  .mtime = -2,
                  .mtime_nsec = 750000000 },
                { .type = RENDER_REGULAR,
                  .path = "u",
                  .link = "",
                  .mtime = INT64_C(0777777777777) },
                { .type = RENDER_REGULAR,
                  .path = "v",
                  .link = "",
                  .mtime = INT64_MAX,
                  .mtime_nsec = 1 },
                { .type = RENDER_REGULAR,
                  .path = "w",
                  .link = "",
                  .mtime = -1,
                  .mtime_nsec = 999999999 },
                { .type = RENDER_REGULAR,
                  .path = "x",
                  .link = "",
                  .xattrs = xattrs,
                  .n_xattrs = 2 },
        };
        TestTar tar = {};
        TestSource memory = {};
        RenderSource source;
        RenderTar *reader = NULL;
        const RenderEntry *entry = NULL;

        (void) state;
        memset(name, 'n', sizeof(name) - 1);
        memset(link, 'l', sizeof(link) - 1);
        memset(hundred, 'h', sizeof(hundred) - 1);
        tar = write_entries(entries, N_ELEMENTS(entries));
        memory = (TestSource){ .bytes = tar.bytes, .n = tar.n, .chunk = 4096 };
        source = test_source(&memory);
        assert_int_equal(render_tar_new(&source, &reader), 0);
        for (size_t i = 0; i < N_ELEMENTS(entries); i++) {
                print_message("# %zu\n", i);
                assert_int_equal(render_tar_next(reader, &entry, NULL), 1);
                expect_entry(entry, &entries[i]);
        }
        assert_int_equal(render_tar_next(reader, &entry, NULL), 0);
        render_tar_free(reader);
        test_source_done(&memory);
        test_tar_done(&tar);
}

static void takes_no_more_data_than_it_was_told(void **state) {
        _cleanup_(fd_closep) int fd = memfd_create("archive", MFD_CLOEXEC);
        _cleanup_(render_writer_freep) RenderWriter *writer = NULL;
        const RenderEntry entry = { .type = RENDER_REGULAR, .path = "a", .link = "", .size = 3 };

        (void) state;
        assert_int_equal(render_writer_new(fd, &writer), 0);
        assert_int_equal(render_write_data(writer, "x", 1), -EIO);
        assert_int_equal(render_write_entry(writer, &entry), 0);
        assert_int_equal(render_write_data(writer, "xxxx", 4), -EIO);
        assert_int_equal(render_write_data(writer, "xxx", 3), 0);
        assert_int_equal(render_write_data(writer, "x", 1), -EIO);
}

static int pack(const TestTree *tree, int manifest_fd, const char *prefix, TestTar *ret) {
        RenderPackResult result = {};
        int fd = memfd_create("archive", MFD_CLOEXEC);
        int r = render_pack(&(RenderPackSpec){ .root_fd = tree->fd,
                                               .out_fd = fd,
                                               .prefix = prefix,
                                               .manifest_fd = manifest_fd },
                            &result, NULL);

        *ret = bytes_of(fd);
        if (r >= 0) {
                _cleanup_(render_digest_freep) RenderDigest *digest = NULL;
                _cleanup_(freep) char *hex = NULL;

                assert_int_equal(result.n_bytes, ret->n);
                assert_int_equal(render_digest_new(RENDER_SHA256, &digest), 0);
                render_digest_add(digest, ret->bytes, ret->n);
                hex = render_digest_hex(digest);
                assert_string_equal(result.sha256, hex);
        }
        render_pack_result_done(&result);
        return r;
}

static char *list(const TestTar *tar) {
        TestSource memory = { .bytes = tar->bytes, .n = tar->n };
        RenderSource source = test_source(&memory);
        RenderTar *reader = NULL;
        const RenderEntry *entry = NULL;
        char *text = NULL;
        size_t n = 0;
        FILE *out = open_memstream(&text, &n);
        int r = 0;

        assert_int_equal(render_tar_new(&source, &reader), 0);
        while ((r = render_tar_next(reader, &entry, NULL)) > 0)
                fprintf(out, "%u %s%s%s %" PRIu64 " %u\n", entry->type, entry->path,
                        entry->link[0] ? " -> " : "", entry->link, entry->size, entry->n_xattrs);
        assert_int_equal(r, 0);
        render_tar_free(reader);
        test_source_done(&memory);
        assert_int_equal(fclose(out), 0);
        return text;
}

static void packs_a_tree(void **state) {
        static const struct {
                const char *prefix, *want;
        } cases[] = {
                { "rootfs", "0 manifest 2 0\n5 rootfs/ 0 0\n5 rootfs/d/ 0 0\n"
                            "0 rootfs/d/a 4 1\n1 rootfs/d/b -> rootfs/d/a 0 0\n"
                            "2 rootfs/l -> ../canary 0 0\n6 rootfs/p 0 0\n0 rootfs/\xff 0 0\n" },
                { "", "0 manifest 2 0\n5 ./ 0 0\n5 d/ 0 0\n0 d/a 4 1\n1 d/b -> d/a 0 0\n"
                      "2 l -> ../canary 0 0\n6 p 0 0\n0 \xff 0 0\n" },
        };
        TestTree tree;
        TestTar tar = {};

        (void) state;
        test_tree_open(&tree);
        make_dir(tree.fd, "d");
        make_file(tree.fd, "d/a", "text");
        assert_int_equal(linkat(tree.fd, "d/a", tree.fd, "d/b", 0), 0);
        make_link(tree.fd, "l", "../canary");
        assert_int_equal(mkfifoat(tree.fd, "p", 0600), 0);
        make_file(tree.fd, "\xff", "");
        if (geteuid() == 0) /* left out and counted */
                assert_int_equal(mknodat(tree.fd, "w", S_IFCHR, 0), 0);
        {
                _cleanup_(fd_closep) int fd = openat(tree.fd, "d/a", O_RDONLY | O_CLOEXEC);

                assert_int_equal(fsetxattr(fd, "user.a", "1", 1, 0), 0);
        }
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                _cleanup_(freep) char *text = NULL;
                _cleanup_(fd_closep) int manifest_fd = memfd_create("manifest", MFD_CLOEXEC);

                assert_int_equal(fd_write_all(manifest_fd, "{}", 2), 0);
                assert_int_equal(lseek(manifest_fd, 0, SEEK_SET), 0);
                assert_int_equal(pack(&tree, manifest_fd, cases[i].prefix, &tar), 0);
                text = list(&tar);
                assert_string_equal(text, cases[i].want);
                test_tar_done(&tar);
        }
        assert_int_equal(pack(&tree, -EBADF, "../up", &tar), -EINVAL);
        test_tar_done(&tar);
        assert_int_equal(pack(&tree, -EBADF, "/abs", &tar), -EINVAL);
        test_tar_done(&tar);
        test_tree_done(&tree);
}

static void tells_when_there_is_no_room(void **state) {
        _cleanup_(fd_closep) int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);
        RenderPackResult result = {};
        TestTree tree;

        (void) state;
        test_tree_open(&tree);
        assert_int_equal(render_pack(&(RenderPackSpec){ .root_fd = tree.fd,
                                                        .out_fd = fd,
                                                        .prefix = "",
                                                        .manifest_fd = -EBADF },
                                     &result, NULL),
                         -ENOSPC);
        assert_null(result.sha256);
        test_tree_done(&tree);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(reads_what_it_wrote),
                cmocka_unit_test(takes_no_more_data_than_it_was_told),
                cmocka_unit_test(packs_a_tree),
                cmocka_unit_test(tells_when_there_is_no_room),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
