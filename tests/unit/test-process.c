/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cleanup.h"
#include "files.h"
#include "process.h"

#define SHELL "/bin/sh"

/* Runs a line of shell with @envp and returns what it wrote, and its status. */
static char *shell(const char *line, char *const *envp, int *ret_status) {
        char *argv[] = { strdupa("sh"), strdupa("-c"), strdupa(line), NULL };
        char *text = NULL;
        int ends[2];
        size_t n = 0;
        pid_t pid = -1;

        assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
        assert_int_equal(process_start(&(ProcessSpec){ .path = SHELL,
                                                       .argv = argv,
                                                       .envp = envp,
                                                       .fds = { -1, ends[1], 2 },
                                                       .n_fds = 3 },
                                       &pid),
                         0);
        close(ends[1]);
        assert_int_equal(fd_read_all(ends[0], 65536, &text, &n), 0);
        close(ends[0]);
        *ret_status = process_wait(pid);
        return text;
}

static void gives_the_status_of_what_it_ran(void **state) {
        static const struct {
                const char *line;
                int want;
        } cases[] = {
                { "exit 0", 0 },
                { "exit 3", 3 },
                { "exit 255", 255 },
                { "kill -KILL $$", 128 + SIGKILL },
                { "kill -TERM $$", 128 + SIGTERM },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                char *argv[] = { strdupa("sh"), strdupa("-c"), strdupa(cases[i].line), NULL };

                assert_int_equal(process_run(&(ProcessSpec){ .path = SHELL, .argv = argv }),
                                 cases[i].want);
        }
}

static void reports_that_nothing_was_executed(void **state) {
        static const struct {
                const char *path, *directory;
                int want;
        } cases[] = {
                { "/no/such/program", NULL, -ENOENT },
                { "/etc/passwd", NULL, -EACCES },
                { "/", NULL, -EACCES },
                { "sh", NULL, -ENOENT }, /* no search */
                { SHELL, "/no/such/directory", -ENOENT },
                { SHELL, "/etc/passwd", -ENOTDIR },
        };
        char *argv[] = { strdupa("x"), NULL };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                pid_t pid = -1;

                print_message("# %s\n", cases[i].path);
                assert_int_equal(process_start(&(ProcessSpec){ .path = cases[i].path,
                                                               .argv = argv,
                                                               .directory = cases[i].directory },
                                               &pid),
                                 cases[i].want);
                assert_int_equal(pid, -1);
                assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); /* no child was left */
                assert_int_equal(errno, ECHILD);
        }
}

static void passes_the_environment_it_was_given(void **state) {
        char *envp[] = { strdupa("ONE=1"), strdupa("TWO=a b\n$HOME"), NULL };
        _cleanup_(freep) char *given = NULL, *none = NULL;
        int status = -1;

        (void) state;
        (void) setenv("LEAKED", "yes", 1);
        given = shell("tr '\\0' '|' < /proc/$$/environ", envp, &status);
        assert_int_equal(status, 0);
        assert_string_equal(given, "ONE=1|TWO=a b\n$HOME|");
        none = shell("tr '\\0' '|' < /proc/$$/environ", NULL, &status);
        assert_int_equal(status, 0);
        assert_string_equal(none, "");
}

/* dash itself opens nothing that would show; ls has 3 for the directory it reads. */
static void closes_all_other_descriptors(void **state) {
        int leaks[] = { open("/dev/null", O_RDONLY), fcntl(0, F_DUPFD, 100),
                        fcntl(0, F_DUPFD, 20) };
        _cleanup_(freep) char *list = NULL;
        int status = -1;

        (void) state;
        list = shell("ls /proc/self/fd | tr '\\n' ' '", NULL, &status);
        assert_int_equal(status, 0);
        assert_string_equal(list, "0 1 2 3 ");
        for (size_t i = 0; i < N_ELEMENTS(leaks); i++)
                close(leaks[i]);
}

/* Each of the sixteen places gets a pipe of its own, in an order in which every naive dup2() would
 * overwrite one that is still needed. */
static void arranges_descriptors_in_any_order(void **state) {
        char *argv[] = { strdupa("sh"), strdupa("-c"),
                         strdupa("for n in 0 1 2 3 4 5 6 7 8 9; do echo $n >&$n; done; "
                                 "test ! -e /proc/self/fd/10 && test -e /proc/self/fd/15 && "
                                 "echo last >/proc/self/fd/15"),
                         NULL };
        ProcessSpec spec = { .path = SHELL, .argv = argv, .n_fds = PROCESS_FDS_MAX };
        int readers[PROCESS_FDS_MAX], writers[PROCESS_FDS_MAX];
        pid_t pid = -1;

        (void) state;
        for (size_t i = 0; i < PROCESS_FDS_MAX; i++) {
                int ends[2];

                assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
                readers[i] = ends[0];
                writers[PROCESS_FDS_MAX - 1 - i] = ends[1];
        }
        for (size_t i = 0; i < PROCESS_FDS_MAX; i++)
                spec.fds[i] = i == 10 ? -1 : writers[i];
        assert_int_equal(process_start(&spec, &pid), 0);
        for (size_t i = 0; i < PROCESS_FDS_MAX; i++)
                close(writers[i]);
        assert_int_equal(process_wait(pid), 0);
        for (size_t i = 0; i < PROCESS_FDS_MAX; i++) {
                size_t place = PROCESS_FDS_MAX - 1 - i, n = 0;
                _cleanup_(freep) char *text = NULL;
                char want[16] = "";

                if (place < 10)
                        (void) snprintf(want, sizeof(want), "%zu\n", place);
                else if (place == 15)
                        (void) snprintf(want, sizeof(want), "last\n");
                assert_int_equal(fd_read_all(readers[i], 64, &text, &n), 0);
                assert_string_equal(text, want);
                close(readers[i]);
        }
}

static void gives_dev_null_where_nothing_is_given(void **state) {
        char *argv[] = { strdupa("sh"), strdupa("-c"),
                         strdupa("read x && exit 1; echo y || exit 2; echo z >&2 || exit 3; "
                                 "for n in 0 1 2; do "
                                 "test \"$(readlink /proc/$$/fd/$n)\" = /dev/null || exit 4; done"),
                         NULL };

        (void) state;
        assert_int_equal(process_run(&(ProcessSpec){ .path = SHELL, .argv = argv }), 0);
        assert_int_equal(process_run(&(ProcessSpec){
                                 .path = SHELL, .argv = argv, .fds = { -1, -1 }, .n_fds = 2 }),
                         0);
}

/* Of the signals below 32, in /proc's hexadecimal: all that are blocked or ignored. */
static void starts_with_default_signals(void **state) {
        struct sigaction ignore = { .sa_handler = SIG_IGN }, old[2];
        _cleanup_(freep) char *text = NULL;
        sigset_t blocked, before;
        unsigned long long blocks = 1, ignores = 1;
        int status = -1;

        (void) state;
        sigemptyset(&blocked);
        sigaddset(&blocked, SIGCHLD);
        sigaddset(&blocked, SIGTERM);
        assert_int_equal(sigprocmask(SIG_BLOCK, &blocked, &before), 0);
        assert_int_equal(sigaction(SIGPIPE, &ignore, &old[0]), 0);
        assert_int_equal(sigaction(SIGHUP, &ignore, &old[1]), 0);
        text = shell("exec grep -E '^Sig(Blk|Ign)' /proc/self/status", NULL, &status);
        assert_int_equal(sigaction(SIGPIPE, &old[0], NULL), 0);
        assert_int_equal(sigaction(SIGHUP, &old[1], NULL), 0);
        assert_int_equal(sigprocmask(SIG_SETMASK, &before, NULL), 0);
        assert_int_equal(sscanf(text, "SigBlk:\t%llx\nSigIgn:\t%llx\n", &blocks, &ignores), 2);
        assert_int_equal(blocks, 0);
        /* 32 and 33 are the C library's own: whoever started this test may have left them so. */
        assert_int_equal(ignores & ~(3ULL << 31), 0);
}

static void changes_to_a_directory(void **state) {
        char *argv[] = { strdupa("sh"), strdupa("-c"), strdupa("test \"$(pwd -P)\" = /usr"), NULL };

        (void) state;
        assert_int_equal(
                process_run(&(ProcessSpec){ .path = SHELL, .argv = argv, .directory = "/usr" }), 0);
}

/* A child of ours starts the program, tells its pid and ends; the program must end with it. */
static void becomes_another_user(void **state) {
        static const ProcessUser nobody = { .uid = 65534, .gid = 65533 };
        char *argv[] = { strdupa("sh"), strdupa("-c"),
                         strdupa("test \"$(id -u) $(id -G)\" = '65534 65533'"), NULL };
        char *envp[] = { strdupa("PATH=/usr/bin:/bin"), NULL };
        const ProcessSpec spec = { .path = SHELL, .argv = argv, .envp = envp, .user = &nobody };

        (void) state;
        assert_int_equal(process_run(&spec), geteuid() == 0 ? 0 : -EPERM);
}

static void dies_with_its_parent(void **state) {
        char *argv[] = { strdupa("sh"), strdupa("-c"), strdupa("exec sleep 600"), NULL };
        pid_t between = -1, pid = -1;
        siginfo_t info = {};
        int ends[2];

        (void) state;
        assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
        assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
        between = fork();
        assert_true(between >= 0);
        if (between == 0) {
                int r = process_start(
                        &(ProcessSpec){ .path = SHELL, .argv = argv, .die_with_parent = true },
                        &pid);

                (void) !write(ends[1], &pid, sizeof(pid));
                _exit(r < 0);
        }
        assert_int_equal(process_wait(between), 0);
        assert_int_equal(read(ends[0], &pid, sizeof(pid)), sizeof(pid));
        assert_int_equal(waitid(P_PID, (id_t) pid, &info, WEXITED), 0);
        assert_int_equal(info.si_code, CLD_KILLED);
        assert_int_equal(info.si_status, SIGKILL);
        close(ends[0]);
        close(ends[1]);
        assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 0), 0);
}

static void waits_for_nobody_else(void **state) {
        (void) state;
        assert_int_equal(process_wait(getpid()), -ECHILD);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(gives_the_status_of_what_it_ran),
                cmocka_unit_test(reports_that_nothing_was_executed),
                cmocka_unit_test(passes_the_environment_it_was_given),
                cmocka_unit_test(closes_all_other_descriptors),
                cmocka_unit_test(arranges_descriptors_in_any_order),
                cmocka_unit_test(gives_dev_null_where_nothing_is_given),
                cmocka_unit_test(starts_with_default_signals),
                cmocka_unit_test(changes_to_a_directory),
                cmocka_unit_test(becomes_another_user),
                cmocka_unit_test(dies_with_its_parent),
                cmocka_unit_test(waits_for_nobody_else),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
