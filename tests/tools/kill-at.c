/* SPDX-License-Identifier: Apache-2.0 */

/* kill-at NUMBER PROGRAM [ARGUMENT...]: runs a program and kills it, by SIGKILL, as it is about to
 * make its NUMBER-th system call that changes something others can see. Programs it executes in its
 * place are followed, its children are not.
 *
 * Exits with 137 if it was killed, otherwise with the program's own status: then it makes fewer. */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* Not in <sys/ptrace.h> of every C library under one name, hence from the kernel's words. */
#define CALL_STOP (SIGTRAP | 0x80)

static bool changes_something(const struct __ptrace_syscall_info *info) {
        static const long calls[] = {
                SYS_mkdirat,   SYS_renameat, SYS_renameat2, SYS_unlinkat,      SYS_symlinkat,
                SYS_linkat,    SYS_mount,    SYS_umount2,   SYS_move_mount,    SYS_fsmount,
                SYS_open_tree, SYS_flock,    SYS_ftruncate, SYS_sendmsg,       SYS_unshare,
                SYS_setns,     SYS_execve,   SYS_clone,     SYS_clone3,        SYS_vfork,
                SYS_fchownat,  SYS_fchmodat, SYS_syncfs,    SYS_mount_setattr,
#ifdef SYS_mkdir
                SYS_mkdir,     SYS_rename,   SYS_unlink,    SYS_rmdir,         SYS_symlink,
#endif
        };

        if (info->op != PTRACE_SYSCALL_INFO_ENTRY)
                return false;
        if (info->entry.nr == SYS_openat)
                return (info->entry.args[2] & O_CREAT) != 0;
        for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
                if (info->entry.nr == (unsigned long) calls[i])
                        return true;
        return false;
}

static int resume(pid_t pid, int signal) {
        return ptrace(PTRACE_SYSCALL, pid, NULL, (void *) (long) signal) < 0 ? -errno : 0;
}

static int follow(pid_t pid, unsigned long wanted) {
        struct __ptrace_syscall_info info;
        unsigned long seen = 0;
        int status = 0;

        while (waitpid(pid, &status, 0) == pid) {
                if (WIFEXITED(status))
                        return WEXITSTATUS(status);
                if (WIFSIGNALED(status))
                        return 128 + WTERMSIG(status);
                if (WSTOPSIG(status) == CALL_STOP &&
                    ptrace(PTRACE_GET_SYSCALL_INFO, pid, (void *) sizeof(info), &info) > 0 &&
                    changes_something(&info) && ++seen == wanted)
                        (void) kill(pid, SIGKILL);
                /* An exec in the traced process stops it by SIGTRAP, which is not for it. */
                (void) resume(pid, WSTOPSIG(status) == CALL_STOP || WSTOPSIG(status) == SIGTRAP
                                           ? 0
                                           : WSTOPSIG(status));
        }
        return EXIT_FAILURE;
}

int main(int argc, char **argv) {
        unsigned long wanted = argc > 2 ? strtoul(argv[1], NULL, 10) : 0;
        int status = 0;
        pid_t pid = 0;

        if (wanted == 0) {
                fprintf(stderr, "Usage: kill-at NUMBER PROGRAM [ARGUMENT...]\n");
                return EXIT_FAILURE;
        }
        pid = fork();
        if (pid == 0) {
                (void) ptrace(PTRACE_TRACEME, 0, NULL, NULL);
                (void) raise(SIGSTOP);
                (void) execvp(argv[2], argv + 2);
                _exit(127);
        }
        if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status) ||
            ptrace(PTRACE_SETOPTIONS, pid, NULL,
                   (void *) (long) (PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL)) < 0 ||
            resume(pid, 0) < 0) {
                fprintf(stderr, "kill-at: cannot trace: %s\n", strerror(errno));
                return EXIT_FAILURE;
        }
        return follow(pid, wanted);
}
