/* SPDX-License-Identifier: Apache-2.0 */
#include "test-tar.h"
#include "test-tree.h"

#include <sys/socket.h>
#include <sys/un.h>

#include "render-seal.h"
#include "render-tree.h"

static int seal(TestTree *tree, RenderLedger *ledger, uint64_t *ret_n) {
        _cleanup_(render_content_freep) RenderContent *content = NULL;

        assert_int_equal(render_content_new(NULL, &content, NULL), 0);
        return render_seal(&(RenderSealSpec){ .root_fd = tree->fd,
                                              .seal_fd = tree->seal_fd,
                                              .ledger = ledger,
                                              .content = content },
                           ret_n, NULL);
}

static void tells_a_tree_as_it_is(void **state) {
        _cleanup_(freep) char *text = NULL;
        uint64_t n = 0;
        TestTree tree;

        (void) state;
        test_tree_open(&tree);
        make_dir(tree.fd, "a");
        make_file(tree.fd, "a/f", "content");
        make_file(tree.fd, "a-b", "");
        make_link(tree.fd, "l", "/../../canary");
        assert_int_equal(linkat(tree.fd, "a/f", tree.fd, "z", 0), 0);
        assert_int_equal(mkfifoat(tree.fd, "p", 0622), 0);
        assert_int_equal(fchmodat(tree.fd, "p", 0622, 0), 0);
        make_file(tree.fd, "none", "secret");
        assert_int_equal(fchmodat(tree.fd, "none", 0, 0), 0);
        assert_int_equal(seal(&tree, NULL, &n), 0);
        assert_int_equal(n, 8);
        if (geteuid() == 0) {
                text = test_tree_tell(&tree);
                assert_string_equal(text, "d . 700\nd a 700\nf a/f 600 x2 <content>\nf a-b 600 <>\n"
                                          "l l -> /../../canary\nf none 0 <secret>\np p 622\n"
                                          "f z 600 x2 <content>\n");
        }
        test_tree_done(&tree);
}

static void sets_the_times_that_were_put_off(void **state) {
        _cleanup_(render_ledger_freep) RenderLedger *ledger = NULL;
        RenderRecord record = { .flags = RENDER_RECORD_TIME | RENDER_RECORD_OPAQUE,
                                .mtime = 1000,
                                .mtime_nsec = 5 };
        uint64_t n = 0;
        TestTree tree;
        struct stat st;

        (void) state;
        test_tree_open(&tree);
        make_dir(tree.fd, "d");
        make_dir(tree.fd, "other");
        assert_int_equal(fstatat(tree.fd, "d", &st, 0), 0);
        assert_int_equal(render_ledger_new(tree.scratch_fd, &ledger), 0);
        record.ino = st.st_ino;
        assert_int_equal(render_ledger_put(ledger, &record), 0);
        make_file(tree.fd, "d/f", "x");
        assert_int_equal(seal(&tree, ledger, &n), 0);
        assert_int_equal(fstatat(tree.fd, "d", &st, 0), 0);
        assert_int_equal(st.st_mtim.tv_sec, 1000);
        assert_int_equal(st.st_mtim.tv_nsec, 5);
        assert_int_equal(fstatat(tree.fd, "other", &st, 0), 0);
        assert_true(st.st_mtim.tv_sec > 1000);
        {
                _cleanup_(freep) char *text = test_tree_tell(&tree);

                assert_string_equal(text, "d . 700\nd d 700 opaque\nf d/f 600 <x>\nd other 700\n");
        }
        test_tree_done(&tree);
}

static void refuses_what_no_image_has(void **state) {
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        _cleanup_(fd_closep) int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        uint64_t n = 0;
        TestTree tree;

        (void) state;
        test_tree_open(&tree);
        (void) snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d/socket",
                        tree.fd);
        assert_int_equal(bind(fd, (struct sockaddr *) &address, sizeof(address)), 0);
        assert_int_equal(seal(&tree, NULL, &n), -EPERM);
        assert_int_equal(unlinkat(tree.fd, "socket", 0), 0);
        if (geteuid() == 0) {
                assert_int_equal(mknodat(tree.fd, "null", S_IFCHR | 0666, 0x103), 0);
                assert_int_equal(seal(&tree, NULL, &n), -EPERM);
        }
        test_tree_done(&tree);
}

/* Nobody can seal what nobody could name. */
static void bounds_the_path(void **state) {
        char name[256];
        uint64_t n = 0;
        TestTree tree;
        int fd = -EBADF;

        (void) state;
        memset(name, 'n', 255);
        name[255] = '\0';
        test_tree_open(&tree);
        fd = dup(tree.fd);
        for (unsigned i = 0; i < 17; i++) {
                int next = -EBADF;

                make_dir(fd, name);
                next = dir_open_at(fd, name);
                close(fd);
                fd = next;
        }
        close(fd);
        assert_int_equal(seal(&tree, NULL, &n), -ENAMETOOLONG);
        test_tree_done(&tree);
}

static void tells_when_there_is_no_room(void **state) {
        uint64_t n = 0;
        TestTree tree;

        (void) state;
        test_tree_open(&tree);
        close(tree.seal_fd);
        tree.seal_fd = open("/dev/full", O_WRONLY | O_CLOEXEC);
        assert_int_equal(seal(&tree, NULL, &n), -ENOSPC);
        test_tree_done(&tree);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(tells_a_tree_as_it_is),
                cmocka_unit_test(sets_the_times_that_were_put_off),
                cmocka_unit_test(refuses_what_no_image_has),
                cmocka_unit_test(bounds_the_path),
                cmocka_unit_test(tells_when_there_is_no_room),
        };

        if (geteuid() != 0) {
                fprintf(stderr, "skipped: only root can read every file\n");
                return 77;
        }
        return cmocka_run_group_tests(tests, NULL, NULL);
}
