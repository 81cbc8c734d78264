/* SPDX-License-Identifier: Apache-2.0 */
#include "test-dir.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "render-confine.h"
#include "text.h"

/* What is left to a program once it has confined itself, tried out in children. Needs root. */

typedef int (*Probe)(int tree_fd);

#define STATUS_FAILED 100 /* confining itself did not work */
#define KILLED (-SIGSYS)

/* What the probe returned, or minus the signal that ended it. */
static int try(RenderAccess access, int dir_fd, Probe probe) {
        int status = 0;
        pid_t pid = fork();

        assert_true(pid >= 0);
        if (pid == 0) {
                int tree_fd = -EBADF;
                int given = access == RENDER_ACCESS_NONE ? -EBADF : dup(dir_fd);

                if (render_confine(access, given, &tree_fd, NULL) < 0)
                        _exit(STATUS_FAILED);
                _exit(probe(tree_fd));
        }
        assert_int_equal(waitpid(pid, &status, 0), pid);
        return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

static int answer(long r) {
        return r < 0 ? errno : 0;
}

static int look_outside(int tree_fd) {
        (void) tree_fd;
        return answer(openat(AT_FDCWD, "/etc/passwd", O_RDONLY));
}

static int look_above(int tree_fd) {
        struct stat st;

        return answer(fstatat(tree_fd, "../canary", &st, 0));
}

static int count_the_root(int tree_fd) {
        _cleanup_(strv_freep) Strv names = NULL;
        int fd = openat(tree_fd, "..", O_RDONLY | O_DIRECTORY);

        if (fd < 0 || dir_list(fd, &names) < 0)
                return 99;
        return strv_length(names) == 1 && text_equal(names[0], "tree") ? 0 : 98;
}

static int read_file(int tree_fd) {
        char byte = 0;
        int fd = openat(tree_fd, "secret", O_RDONLY);

        return fd < 0 ? errno : read(fd, &byte, 1) == 1 ? 0 : 99;
}

static int make_directory(int tree_fd) {
        return answer(mkdirat(tree_fd, "new", 0700));
}

static int make_device(int tree_fd) {
        return answer(mknodat(tree_fd, "sda", S_IFBLK | 0600, 0x0800));
}

static int make_whiteout(int tree_fd) {
        return answer(mknodat(tree_fd, "whiteout", S_IFCHR, 0));
}

static int give_away(int tree_fd) {
        return answer(fchownat(tree_fd, "secret", 4711, 4711, AT_SYMLINK_NOFOLLOW));
}

static void *nothing(void *userdata) {
        return userdata;
}

static int make_thread(int tree_fd) {
        pthread_t thread;

        (void) tree_fd;
        if (pthread_create(&thread, NULL, nothing, NULL) != 0)
                return 99;
        return pthread_join(thread, NULL);
}

static int make_process(int tree_fd) {
        (void) tree_fd;
        return answer(syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0));
}

static int execute(int tree_fd) {
        (void) tree_fd;
        return answer(execl("/bin/true", "true", (char *) NULL));
}

static int connect_out(int tree_fd) {
        (void) tree_fd;
        return answer(socket(AF_INET, SOCK_STREAM, 0));
}

static int connect_inside(int tree_fd) {
        (void) tree_fd;
        return answer(socket(AF_UNIX, SOCK_STREAM, 0));
}

static int mount_something(int tree_fd) {
        (void) tree_fd;
        return answer(mount("none", "/", "tmpfs", 0, NULL));
}

static int make_namespace(int tree_fd) {
        (void) tree_fd;
        return answer(unshare(CLONE_NEWUSER));
}

static int change_root(int tree_fd) {
        (void) tree_fd;
        return answer(chroot("."));
}

static int trace(int tree_fd) {
        (void) tree_fd;
        return answer(ptrace(PTRACE_ATTACH, getppid(), NULL, NULL));
}

static int kill_another(int tree_fd) {
        (void) tree_fd;
        return answer(kill(getppid(), 0));
}

static int become_another(int tree_fd) {
        (void) tree_fd;
        return answer(syscall(SYS_setuid, 1000));
}

static int open_by_handle(int tree_fd) {
        return answer(syscall(SYS_open_by_handle_at, tree_fd, NULL, O_RDONLY));
}

static int open_many(int tree_fd) {
        for (unsigned i = 0; i < 2000; i++)
                if (openat(tree_fd, "secret", O_RDONLY) < 0)
                        return errno;
        return 0;
}

static void leaves_what_the_work_needs(void **state) {
        static const struct {
                const char *what;
                Probe probe;
                int none, read, write; /* 0, an errno, or KILLED; -1: not tried */
        } cases[] = {
                { "files outside", look_outside, -1, ENOENT, ENOENT },
                { "files above", look_above, -1, ENOENT, ENOENT },
                { "the root", count_the_root, -1, 0, 0 },
                { "a file of another user", read_file, -1, 0, 0 },
                { "a directory", make_directory, -1, EROFS, 0 },
                { "a device", make_device, -1, EROFS, EPERM },
                { "a whiteout", make_whiteout, -1, EROFS, 0 },
                { "another owner", give_away, -1, EROFS, 0 },
                { "a thread", make_thread, 0, 0, 0 },
                { "many files", open_many, -1, EMFILE, EMFILE },
                { "a process", make_process, KILLED, KILLED, KILLED },
                { "a program", execute, KILLED, KILLED, KILLED },
                { "the network", connect_out, KILLED, KILLED, KILLED },
                { "a local socket", connect_inside, KILLED, KILLED, KILLED },
                { "a mount", mount_something, KILLED, KILLED, KILLED },
                { "a namespace", make_namespace, KILLED, KILLED, KILLED },
                { "a root", change_root, KILLED, KILLED, KILLED },
                { "a trace", trace, KILLED, KILLED, KILLED },
                { "a signal", kill_another, KILLED, KILLED, KILLED },
                { "a user", become_another, KILLED, KILLED, KILLED },
                { "a handle", open_by_handle, KILLED, KILLED, KILLED },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                const int wants[] = { cases[i].none, cases[i].read, cases[i].write };

                for (unsigned access = 0; access < N_ELEMENTS(wants); access++) {
                        _cleanup_(fd_closep) int fd = -EBADF;
                        TestDir dir = {};

                        if (wants[access] == -1)
                                continue;
                        print_message("# %s %u\n", cases[i].what, access);
                        test_dir_open(&dir);
                        make_file(dir.fd, "canary", "canary");
                        make_dir(dir.fd, "tree");
                        make_file(dir.fd, "tree/secret", "secret");
                        assert_int_equal(fchownat(dir.fd, "tree/secret", 1000, 1000, 0), 0);
                        fd = dir_open_at(dir.fd, "tree");
                        assert_int_equal(try((RenderAccess) access, fd, cases[i].probe),
                                         wants[access]);
                        expect_file(dir.fd, "canary", "canary");
                        test_dir_done(&dir);
                }
        }
}

/* A line of /proc/PID/status without its key. */
static char *status_of(pid_t pid, const char *key) {
        _cleanup_(freep) char *path = NULL, *text = NULL;
        char *line = NULL;
        size_t n = 0;

        assert_true(asprintf(&path, "/proc/%d/status", pid) > 0);
        assert_int_equal(file_read_at(AT_FDCWD, path, 65536, &text, &n), 0);
        line = strstr(text, key);
        assert_non_null(line);
        return strndup(line + strlen(key), strcspn(line + strlen(key), "\n"));
}

static void keeps_few_capabilities(void **state) {
        static const char *const keys[] = { "\nCapInh:\t", "\nCapPrm:\t", "\nCapEff:\t",
                                            "\nCapBnd:\t", "\nCapAmb:\t" };
        static const char *const kept[] = {
                [RENDER_ACCESS_NONE] = "0000000000000000",
                [RENDER_ACCESS_READ] = "0000000000000004",
                [RENDER_ACCESS_WRITE] = "000000008000001b",
        };

        (void) state;
        for (unsigned access = 0; access < N_ELEMENTS(kept); access++) {
                _cleanup_(fd_closep) int fd = -EBADF;
                TestDir dir = {};
                int ready[2], done[2];
                char byte = 0;
                pid_t pid = -1;

                test_dir_open(&dir);
                fd = dir_open_at(dir.fd, ".");
                assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
                assert_int_equal(pipe2(done, O_CLOEXEC), 0);
                pid = fork();
                assert_true(pid >= 0);
                if (pid == 0) {
                        int tree_fd = -EBADF;

                        close(done[1]);
                        if (render_confine((RenderAccess) access, access ? dup(fd) : -EBADF,
                                           &tree_fd, NULL) < 0)
                                _exit(STATUS_FAILED);
                        _exit(write(ready[1], "r", 1) != 1 || read(done[0], &byte, 1) != 0);
                }
                close(ready[1]);
                assert_int_equal(read(ready[0], &byte, 1), 1);
                for (size_t i = 0; i < N_ELEMENTS(keys); i++) {
                        _cleanup_(freep) char *value = status_of(pid, keys[i]);
                        bool none = i == 0 || i == 4;

                        assert_string_equal(value, none ? kept[0] : kept[access]);
                }
                {
                        _cleanup_(freep) char *privileges = status_of(pid, "\nNoNewPrivs:\t");
                        _cleanup_(freep) char *filter = status_of(pid, "\nSeccomp:\t");

                        assert_string_equal(privileges, "1");
                        assert_string_equal(filter, "2");
                }
                close(done[1]);
                close(done[0]);
                close(ready[0]);
                assert_int_equal(waitpid(pid, NULL, 0), pid);
                test_dir_done(&dir);
        }
}

static int as_another_user(RenderAccess access, int dir_fd) {
        int status = 0, tree_fd = -EBADF;
        pid_t pid = fork();

        assert_true(pid >= 0);
        if (pid == 0) {
                if (setgid(65534) < 0 || setuid(65534) < 0)
                        _exit(99);
                _exit(-render_confine(access, access ? dup(dir_fd) : -EBADF, &tree_fd, NULL));
        }
        assert_int_equal(waitpid(pid, &status, 0), pid);
        return WEXITSTATUS(status);
}

static void lets_other_users_only_read_archives(void **state) {
        TestDir dir = {};

        (void) state;
        test_dir_open(&dir);
        assert_int_equal(as_another_user(RENDER_ACCESS_NONE, dir.fd), 0);
        assert_int_equal(as_another_user(RENDER_ACCESS_READ, dir.fd), EPERM);
        assert_int_equal(as_another_user(RENDER_ACCESS_WRITE, dir.fd), EPERM);
        test_dir_done(&dir);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(leaves_what_the_work_needs),
                cmocka_unit_test(keeps_few_capabilities),
                cmocka_unit_test(lets_other_users_only_read_archives),
        };

        if (geteuid() != 0) {
                fprintf(stderr, "skipped: only root can make the namespaces\n");
                return 77;
        }
        return cmocka_run_group_tests(tests, NULL, NULL);
}
