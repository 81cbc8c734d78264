/* SPDX-License-Identifier: Apache-2.0 */
#include "transport-confine.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sched.h>
#include <seccomp.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cleanup.h"
#include "transport-files.h"

#define USER "rkt-fetch" /* of this program alone, where the system has it */
#define NOBODY 65534

/* Names: libseccomp passes over those that an architecture does not have. Looking a host's name up takes
 * files, sockets and, in libcurl, threads. */
static const char *const calls[] = {
        /* memory and threads */
        "brk",
        "mmap",
        "mmap2",
        "munmap",
        "mremap",
        "mprotect",
        "madvise",
        "futex",
        "futex_time64",
        "set_robust_list",
        "rseq",
        "gettid",
        "getpid",
        "sched_yield",
        "sched_getaffinity",
        "membarrier",
        "exit",
        "exit_group",
        "restart_syscall",
        "set_tid_address",
        "arch_prctl",
        "prlimit64",
        /* signals and time */
        "rt_sigaction",
        "rt_sigprocmask",
        "rt_sigreturn",
        "sigaltstack",
        "tgkill",
        "clock_gettime",
        "clock_gettime64",
        "clock_nanosleep",
        "nanosleep",
        "gettimeofday",
        "time",
        "getrandom",
        /* who we are, for name services */
        "getuid",
        "geteuid",
        "getgid",
        "getegid",
        "uname",
        "sysinfo",
        /* open descriptors */
        "read",
        "readv",
        "pread64",
        "write",
        "writev",
        "pwrite64",
        "lseek",
        "_llseek",
        "close",
        "close_range",
        "fstat",
        "fstat64",
        "newfstatat",
        "fstatat64",
        "statx",
        "stat",
        "stat64",
        "lstat",
        "access",
        "faccessat",
        "faccessat2",
        "readlink",
        "readlinkat",
        "getdents64",
        "fcntl",
        "fcntl64",
        "dup",
        "dup2",
        "dup3",
        "ftruncate",
        "ftruncate64",
        "ioctl",
        "fadvise64",
        "pipe",
        "pipe2",
        "eventfd2",
        "poll",
        "ppoll",
        "ppoll_time64",
        "select",
        "_newselect",
        "pselect6",
        "epoll_create1",
        "epoll_ctl",
        "epoll_wait",
        "epoll_pwait",
        /* the network */
        "socketpair",
        "connect",
        "bind",
        "getsockname",
        "getpeername",
        "getsockopt",
        "setsockopt",
        "sendto",
        "sendmsg",
        "sendmmsg",
        "recvfrom",
        "recvmsg",
        "recvmmsg",
        "shutdown",
        "send",
        "recv",
};

/* Nothing is opened to be written: where files may be made or changed is nobody's business here. */
static const char *const opens[] = { "open", "openat" };

static const int families[] = { AF_UNIX, AF_INET, AF_INET6, AF_NETLINK };

static int allow(scmp_filter_ctx filter, const char *name, unsigned n, struct scmp_arg_cmp *when) {
        int number = seccomp_syscall_resolve_name(name);

        return number == __NR_SCMP_ERROR
                       ? 0
                       : seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, number, n, when);
}

static int add_calls(scmp_filter_ctx filter) {
        int r = 0;

        for (size_t i = 0; i < N_ELEMENTS(calls) && r >= 0; i++)
                r = allow(filter, calls[i], 0, NULL);
        for (unsigned i = 0; i < N_ELEMENTS(opens) && r >= 0; i++)
                r = allow(filter, opens[i], 1,
                          &SCMP_CMP(i + 1, SCMP_CMP_MASKED_EQ, O_ACCMODE | O_CREAT | O_TRUNC,
                                    O_RDONLY));
        for (size_t i = 0; i < N_ELEMENTS(families) && r >= 0; i++)
                r = allow(filter, "socket", 1, &SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t) families[i]));
        /* Threads, not processes. The flags of clone3 lie in memory, where a filter cannot see them: libc
         * takes clone when that one is missing. */
        if (r >= 0)
                r = seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
        if (r >= 0)
                r = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1,
#ifdef __s390x__
                                     SCMP_A1(SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD)
#else
                                     SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD)
#endif
                );
        return r;
}

static int filter_calls(Error *e) {
        scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
        int r = filter ? add_calls(filter) : -ENOMEM;

        if (r >= 0)
                r = seccomp_load(filter);
        seccomp_release(filter);
        return r < 0 ? error_new(e, r, "cannot filter system calls: %s", strerror(-r)) : 0;
}

static int limit_resources(Error *e) {
        static const struct {
                __rlimit_resource_t resource;
                rlim_t max;
        } limits[] = { { RLIMIT_CORE, 0 }, { RLIMIT_NOFILE, 1024 } };

        for (size_t i = 0; i < N_ELEMENTS(limits); i++) {
                struct rlimit limit = {};

                if (getrlimit(limits[i].resource, &limit) < 0)
                        return error_new(e, -errno, "cannot read limits");
                if (limit.rlim_max > limits[i].max)
                        limit.rlim_max = limits[i].max;
                limit.rlim_cur = limit.rlim_max;
                if (setrlimit(limits[i].resource, &limit) < 0)
                        return error_new(e, -errno, "cannot set limits");
        }
        return 0;
}

/* In the system's own file alone: no name service has a say in who that is. */
static void find_user(uid_t *uid, gid_t *gid) {
        FILE *file = fopen("/etc/passwd", "re");
        const struct passwd *entry = NULL;

        *uid = *gid = NOBODY;
        while (file && (entry = fgetpwent(file)))
                if (strcmp(entry->pw_name, USER) == 0 && entry->pw_uid != 0 && entry->pw_gid != 0) {
                        *uid = entry->pw_uid;
                        *gid = entry->pw_gid;
                        break;
                }
        if (file)
                (void) fclose(file);
}

/* Here and not before this program is started: that user may be unable to reach it. */
static int become_user(Error *e) {
        uid_t uid = NOBODY;
        gid_t gid = NOBODY;

        if (geteuid() != 0)
                return 0;
        find_user(&uid, &gid);
        if (setgroups(0, NULL) < 0 || setresgid(gid, gid, gid) < 0 || setresuid(uid, uid, uid) < 0)
                return error_new(e, -errno, "cannot become another user");
        return 0;
}

int transport_confine(Error *e) {
        int r = limit_resources(e);

        if (r >= 0)
                r = become_user(e);
        if (r < 0)
                return r;
        if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || prctl(PR_SET_DUMPABLE, 0) < 0)
                return error_new(e, -errno, "cannot give up privileges");
        r = transport_files_confine(e);
        return r < 0 ? r : filter_calls(e);
}
