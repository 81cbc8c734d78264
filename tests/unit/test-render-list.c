/* SPDX-License-Identifier: Apache-2.0 */
#include "test-tar.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>

#include "files.h"
#include "render-list.h"

static int list_memory(const TestTar *tar, RenderMembers *members) {
        TestSource memory = { .bytes = tar->bytes, .n = tar->n, .chunk = 100 };
        RenderSource source = test_source(&memory);
        int r = render_list(&source, members, NULL);

        if (r >= 0)
                assert_int_equal(memory.at, memory.n); /* to its end, for the digests' sake */
        test_source_done(&memory);
        return r;
}

/* The same out of a file, which is not read but for its headers. */
static int list_file(const TestTar *tar, RenderMembers *members) {
        _cleanup_(fd_closep) int fd = memfd_create("archive", MFD_CLOEXEC);
        _cleanup_(freep) RenderFile *file = calloc(1, sizeof(*file));
        RenderSource source;

        assert_int_equal(fd_write_all(fd, tar->bytes, tar->n), 0);
        file->fd = fd;
        file->end = tar->n;
        source = render_file_source(file);
        return render_list(&source, members, NULL);
}

static void lists_what_an_archive_of_images_has(void **state) {
        static const struct {
                TestMember member;
                const char *name, *link;
        } cases[] = {
                { { .name = "manifest.json", .data = "[]" }, "manifest.json", NULL },
                { { .name = "./oci-layout", .data = "{}" }, "oci-layout", NULL },
                { { .name = "/abs", .data = "x" }, "abs", NULL },
                { { .name = "a/./b//c", .data = "x" }, "a/b/c", NULL },
                { { .name = "a/x", .type = '2', .link = "../b/layer.tar" }, "a/x", "b/layer.tar" },
                { { .name = "a/y", .type = '2', .link = "layer.tar" }, "a/y", "a/layer.tar" },
                { { .name = "a/z", .type = '2', .link = "/b" }, "a/z", "b" },
                { { .name = "a/h", .type = '1', .link = "b/layer.tar" }, "a/h", "b/layer.tar" },
                { { .name = "empty" }, "empty", NULL },
                /* Left out: */
                { { .name = "d/", .type = '5' }, NULL, NULL },
                { { .name = "fifo", .type = '6' }, NULL, NULL },
                { { .name = "dev", .type = '3' }, NULL, NULL },
                { { .name = "../up", .data = "x" }, NULL, NULL },
                { { .name = "not\xffutf8", .data = "x" }, NULL, NULL },
                { { .name = "l", .type = '2', .link = "../../up" }, NULL, NULL },
                { { .name = "l", .type = '2', .link = "\xff" }, NULL, NULL },
                { { .name = "l", .type = '1', .link = "a/../../up" }, NULL, NULL },
                { { .name = "s", .pax = { "GNU.sparse.realsize=9" } }, NULL, NULL },
                { { .name = "last", .data = "z" }, "last", NULL },
        };
        int (*const ways[])(const TestTar *, RenderMembers *) = { list_memory, list_file };
        TestTar tar = {};

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++)
                test_tar_add(&tar, &cases[i].member);
        test_tar_end(&tar);
        test_tar_put(&tar, "trailing", 8);
        for (size_t way = 0; way < N_ELEMENTS(ways); way++) {
                RenderMembers members = {};
                size_t at = 0;

                assert_int_equal(ways[way](&tar, &members), 0);
                for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                        const char *data = cases[i].member.data ? cases[i].member.data : "";
                        const RenderMember *member = &members.items[at];

                        if (!cases[i].name)
                                continue;
                        assert_true(at++ < members.n);
                        assert_string_equal(member->name, cases[i].name);
                        if (cases[i].link)
                                assert_string_equal(member->link, cases[i].link);
                        else
                                assert_null(member->link);
                        assert_int_equal(member->size, strlen(data));
                        assert_memory_equal(tar.bytes + member->position, data, strlen(data));
                }
                assert_int_equal(at, members.n);
                render_members_done(&members);
        }
        test_tar_done(&tar);
}

/* What pads the last file may be missing. */
static void finds_a_cut_without_reading_all(void **state) {
        const size_t header = RENDER_BLOCK, end = header + strlen("some bytes");
        TestTar tar = {};

        (void) state;
        test_tar_add(&tar, &(TestMember){ .name = "a", .data = "some bytes" });
        test_tar_add(&tar, &(TestMember){ .name = "b", .size = "00000100000\0" });
        for (size_t n = 0; n <= tar.n; n++) {
                const TestTar cut = { .bytes = tar.bytes, .n = n };
                int want = n == 0 || (n >= end && n <= 2 * header) ? 0 : -EBADMSG;
                RenderMembers members = {};

                assert_int_equal(list_memory(&cut, &members), want);
                render_members_done(&members);
                assert_int_equal(list_file(&cut, &members), want);
                render_members_done(&members);
        }
        test_tar_done(&tar);
}

static void bounds_the_number_of_members(void **state) {
        RenderMembers members = {};
        TestTar tar = {};

        (void) state;
        for (unsigned i = 0; i <= RENDER_MEMBERS_MAX; i++) {
                if (i == RENDER_MEMBERS_MAX) {
                        assert_int_equal(list_file(&tar, &members), 0);
                        assert_int_equal(members.n, RENDER_MEMBERS_MAX);
                        render_members_done(&members);
                }
                test_tar_raw(&tar, &(TestMember){ .name = "a" });
        }
        assert_int_equal(list_file(&tar, &members), -E2BIG);
        assert_null(members.items);
        test_tar_done(&tar);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(lists_what_an_archive_of_images_has),
                cmocka_unit_test(finds_a_cut_without_reading_all),
                cmocka_unit_test(bounds_the_number_of_members),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
