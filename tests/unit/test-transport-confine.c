/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cleanup.h"
#include "test.h"
#include "transport-confine.h"

#define MEMBER 1234 /* of a group that may read the file below */
#define GROUP 4321

static char secret[] = "/var/tmp/rkt-test-secret.XXXXXX";
static int output_fd = -EBADF;

static int set_up(void **state) {
        (void) state;
        output_fd = mkstemp(secret);
        assert_true(output_fd >= 0);
        assert_int_equal(write(output_fd, "secret", 6), 6);
        if (geteuid() == 0) {
                assert_int_equal(fchown(output_fd, 0, GROUP), 0);
                assert_int_equal(fchmod(output_fd, 0640), 0);
        }
        return 0;
}

static int tear_down(void **state) {
        (void) state;
        close(output_fd);
        unlink(secret);
        return 0;
}

static int opened(const char *path, int flags) {
        int fd = open(path, flags | O_CLOEXEC, 0600);

        return fd < 0 ? -errno : close(fd);
}

/* Returns 0, or the line of what should not be. */
static int look_around(bool has_landlock) {
        static char *const argv[] = { (char *) (uintptr_t) "true", NULL };
        char bytes[1] = { 'x' };

        if (opened("/etc/hosts", O_RDONLY) < 0)
                return __LINE__;
        if (opened("/etc/hosts", O_WRONLY) >= 0 || opened("/etc/new", O_WRONLY | O_CREAT) >= 0)
                return __LINE__;
        if (opened("/etc/shadow", O_RDONLY) >= 0)
                return __LINE__;
        if (has_landlock &&
            (opened(secret, O_RDONLY) != -EACCES || opened("/", O_RDONLY) != -EACCES ||
             opened("/var/tmp", O_RDONLY) != -EACCES))
                return __LINE__;
        if (unlink(secret) == 0 || socket(AF_PACKET, SOCK_RAW, 0) >= 0 || fork() >= 0)
                return __LINE__;
        if (execv("/bin/true", argv) == 0)
                return __LINE__;
        /* What it was given, it may write to and cut. */
        if (pwrite(output_fd, bytes, 1, 0) != 1 || ftruncate(output_fd, 3) < 0)
                return __LINE__;
        return 0;
}

static bool kernel_has_landlock(void) {
        return syscall(444 /* landlock_create_ruleset */, NULL, 0, 1) > 0;
}

/* In a process of its own, as @uid with a group of those who may read the secret. */
static void confine_as(uid_t uid) {
        bool has_landlock = kernel_has_landlock();
        pid_t pid = fork();
        int status = 0;

        assert_true(pid >= 0);
        if (pid == 0) {
                static const gid_t groups[] = { GROUP };
                int line = __LINE__;

                if (uid == 0 || (setgroups(1, groups) == 0 && setresgid(uid, uid, uid) == 0 &&
                                 setresuid(uid, uid, uid) == 0)) {
                        line = uid != 0 && opened(secret, O_RDONLY) < 0 ? __LINE__ : 0;
                        if (line == 0 && transport_confine(NULL) < 0)
                                line = __LINE__;
                        if (line == 0)
                                line = look_around(has_landlock);
                }
                _exit(line == 0 ? 0 : line % 200 + 1);
        }
        assert_int_equal(waitpid(pid, &status, 0), pid);
        print_message("# status %x\n", (unsigned) status);
        assert_int_equal(status, 0);
        assert_int_equal(access(secret, F_OK), 0);
}

static void leaves_root_nothing_but_what_downloads_take(void **state) {
        (void) state;
        confine_as(geteuid());
}

static void leaves_a_member_of_a_group_none_of_its_files(void **state) {
        (void) state;
        if (geteuid() != 0) {
                print_message("# joining groups takes root\n");
                skip();
        }
        confine_as(MEMBER);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(leaves_root_nothing_but_what_downloads_take),
                cmocka_unit_test(leaves_a_member_of_a_group_none_of_its_files),
        };

        return cmocka_run_group_tests(tests, set_up, tear_down);
}
