/* SPDX-License-Identifier: Apache-2.0 */
#include "test-dir.h"

#include <errno.h>
#include <sys/xattr.h>

#include "render-xattr.h"

/* C08, C09. Needs root, for attributes of the system. */

static int set(int fd, const char *name, const void *value, size_t n, bool *ret_set) {
        const RenderXattr xattr = { { name, strlen(name) }, { value, n } };
        const RenderEntry entry = { .xattrs = &xattr, .n_xattrs = 1 };

        *ret_set = false;
        return render_xattrs_set(fd, &entry, ret_set, NULL);
}

static const char v2[24] = "\1\0\0\2\0\x20\0\0\0\0\0\0\0\0\0\0\0\0\0\0";
static const char v2_plain[] = "\0\0\0\2\0\x20\0\0\0\0\0\0\0\0\0\0\0\0\0\0";
static const char v3_root[] = "\1\0\0\3\0\x20\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";
static const char v3_other[] = "\1\0\0\3\0\x20\0\0\0\0\0\0\0\0\0\0\0\0\0\0\xe8\3\0\0";
static const char v1[] = "\1\0\0\1\0\x20\0\0\0\0\0\0";

static void keeps_to_its_list(void **state) {
        static const struct {
                const char *name, *value;
                size_t n;
                bool want;
        } cases[] = {
                { "user.a", "1", 1, true },
                { "user.overlayx", "1", 1, true },
                { "user.overlay.opaque", "y", 1, false },
                { "user.overlay.redirect", "/", 1, false },
                { "user", "1", 1, false },
                { "USER.a", "1", 1, false },
                { "trusted.a", "1", 1, false },
                { "trusted.overlay.opaque", "y", 1, false },
                { "trusted.overlay.metacopy", "", 0, false },
                { "security.selinux", "x", 1, false },
                { "security.ima", "x", 1, false },
                { "security.evm", "x", 1, false },
                { "security.capability2", "x", 1, false },
                { "system.posix_acl_access", "x", 1, false },
                { "system.posix_acl_default", "x", 1, false },
                { "btrfs.compression", "x", 1, false },
                { "security.capability", v2, 20, true },
                { "security.capability", v2_plain, 20, true },
                { "security.capability", v3_root, 24, true },
                { "security.capability", v3_other, 24, false }, /* another name space's */
                { "security.capability", v1, 12, false },
                { "security.capability", v2, 24, false },
                { "security.capability", v3_root, 20, false },
                { "security.capability", "", 0, false },
                { "security.capability", "x", 1, false },
        };
        TestDir dir = {};
        _cleanup_(fd_closep) int fd = -EBADF;

        (void) state;
        test_dir_open(&dir);
        make_file(dir.fd, "f", "");
        fd = openat(dir.fd, "f", O_RDWR | O_CLOEXEC);
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                char value[64];
                bool any = false;

                print_message("# %s %zu\n", cases[i].name, i);
                assert_int_equal(set(fd, cases[i].name, cases[i].value, cases[i].n, &any),
                                 !cases[i].want);
                assert_int_equal(any, cases[i].want);
                if (cases[i].want && cases[i].value == v3_root) {
                        assert_int_equal(fgetxattr(fd, cases[i].name, value, 64), 20);
                        assert_memory_equal(value, v2, 20);
                }
                if (cases[i].want)
                        assert_int_equal(fremovexattr(fd, cases[i].name), 0);
                assert_int_equal(flistxattr(fd, value, sizeof(value)), 0);
        }
        test_dir_done(&dir);
}

static void counts_what_other_formats_brought(void **state) {
        const RenderEntry entry = { .n_ignored_xattrs = 3 };
        bool any = false;

        (void) state;
        assert_int_equal(render_xattrs_set(-EBADF, &entry, &any, NULL), 3);
        assert_false(any);
}

static void tells_what_cannot_be_set(void **state) {
        bool any = false;

        (void) state;
        assert_int_equal(set(-EBADF, "user.a", "x", 1, &any), -EBADF);
        assert_false(any);
}

static void digest(int fd, int want, uint8_t ret[static RENDER_SHA256_BYTES]) {
        _cleanup_(render_digest_freep) RenderDigest *sum = NULL;

        memset(ret, 0, RENDER_SHA256_BYTES);
        assert_int_equal(render_digest_new(RENDER_SHA256, &sum), 0);
        assert_int_equal(render_xattrs_digest(fd, sum, ret), want);
}

/* In whatever order they were set, and with whatever else the system has put there. */
static void digests_what_an_image_may_have(void **state) {
        uint8_t sums[5][RENDER_SHA256_BYTES];
        TestDir dir = {};
        int fds[2];

        (void) state;
        test_dir_open(&dir);
        for (unsigned i = 0; i < 2; i++) {
                const char *name = i ? "b" : "a";

                make_file(dir.fd, name, "");
                fds[i] = openat(dir.fd, name, O_RDWR | O_CLOEXEC);
                assert_int_equal(fsetxattr(fds[i], "trusted.x", name, 1, 0), 0);
        }
        digest(fds[0], 0, sums[0]);
        assert_int_equal(fsetxattr(fds[0], "user.a", "1", 1, 0), 0);
        digest(fds[0], 1, sums[0]);
        assert_int_equal(fsetxattr(fds[0], "user.b", "2", 1, 0), 0);
        digest(fds[0], 1, sums[1]);
        assert_int_equal(fsetxattr(fds[1], "user.b", "2", 1, 0), 0);
        assert_int_equal(fsetxattr(fds[1], "user.a", "1", 1, 0), 0);
        digest(fds[1], 1, sums[2]);
        assert_memory_equal(sums[1], sums[2], RENDER_SHA256_BYTES);
        assert_int_equal(fsetxattr(fds[1], "user.a", "", 0, 0), 0);
        digest(fds[1], 1, sums[3]);
        assert_int_equal(fremovexattr(fds[1], "user.a"), 0);
        digest(fds[1], 1, sums[4]);
        for (unsigned i = 0; i < 5; i++)
                for (unsigned j = 0; j < i; j++)
                        if (i != 2 || j != 1)
                                assert_memory_not_equal(sums[i], sums[j], RENDER_SHA256_BYTES);
        close(fds[0]);
        close(fds[1]);
        test_dir_done(&dir);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(keeps_to_its_list),
                cmocka_unit_test(counts_what_other_formats_brought),
                cmocka_unit_test(tells_what_cannot_be_set),
                cmocka_unit_test(digests_what_an_image_may_have),
        };

        if (geteuid() != 0) {
                fprintf(stderr, "skipped: only root may set attributes of the system\n");
                return 77;
        }
        return cmocka_run_group_tests(tests, NULL, NULL);
}
