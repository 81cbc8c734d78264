/* SPDX-License-Identifier: Apache-2.0 */
#include "render-seccomp.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cleanup.h"

#if defined(__x86_64__)
#        define ARCH AUDIT_ARCH_X86_64
#elif defined(__i386__)
#        define ARCH AUDIT_ARCH_I386
#elif defined(__aarch64__)
#        define ARCH AUDIT_ARCH_AARCH64
#elif defined(__arm__)
#        define ARCH AUDIT_ARCH_ARM
#elif defined(__powerpc64__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#        define ARCH AUDIT_ARCH_PPC64LE
#elif defined(__powerpc64__)
#        define ARCH AUDIT_ARCH_PPC64
#elif defined(__s390x__)
#        define ARCH AUDIT_ARCH_S390X
#elif defined(__riscv) && __riscv_xlen == 64
#        define ARCH AUDIT_ARCH_RISCV64
#elif defined(__loongarch64)
#        define ARCH AUDIT_ARCH_LOONGARCH64
#else
#        error "name this architecture for the system call filter"
#endif

static const int always[] = {
        SYS_read,
        SYS_write,
        SYS_pread64,
        SYS_pwrite64,
        SYS_lseek,
        SYS_close,
        SYS_fstat,
        SYS_fcntl,
        SYS_ftruncate,
        SYS_fdatasync,
        SYS_fadvise64,
        SYS_mmap,
        SYS_munmap,
        SYS_mremap,
        SYS_mprotect,
        SYS_madvise,
        SYS_brk,
        SYS_futex,
        SYS_set_robust_list,
        SYS_rt_sigaction, /* the first thread makes libc set one up */
        SYS_rt_sigprocmask,
        SYS_rt_sigreturn,
        SYS_getrandom,
        SYS_gettid,
        SYS_getpid,
        SYS_tgkill,
        SYS_sched_yield,
        SYS_sysinfo, /* qsort() asks how much memory there is */
        SYS_clock_gettime,
        SYS_restart_syscall,
        SYS_exit,
        SYS_exit_group,
#ifdef SYS_rseq
        SYS_rseq,
#endif
#ifdef SYS_fstat64 /* architectures of 32 bits */
        SYS_fstat64,
        SYS_fcntl64,
        SYS_ftruncate64,
        SYS_mmap2,
        SYS__llseek,
        SYS_clock_gettime64,
        SYS_futex_time64,
#endif
#ifdef RENDER_SANITIZED
        /* What the sanitizers' runtime does, to reports and at a thread's birth and end. */
        SYS_sigaltstack,
        SYS_sched_getaffinity,
        SYS_prlimit64,
        SYS_getuid,
        SYS_ioctl,
        SYS_readlinkat,
        SYS_openat,
        SYS_prctl,
#        ifdef SYS_readlink
        SYS_readlink,
        SYS_open,
#        endif
#endif
};

static const int with_trees[] = {
        SYS_openat2,    SYS_openat, /* dir_list() opens "." */
        SYS_mkdirat,    SYS_symlinkat,  SYS_linkat,    SYS_unlinkat,   SYS_mknodat,
#ifdef SYS_renameat
        SYS_renameat,
#else
        SYS_renameat2,
#endif
        SYS_readlinkat, SYS_getdents64, SYS_fstatfs,
#ifdef SYS_newfstatat
        SYS_newfstatat,
#else
        SYS_fstatat64,
#endif
        SYS_statx,      SYS_fchown,     SYS_fchownat,  SYS_fchmod,     SYS_fchmodat,
        SYS_utimensat,  SYS_fsetxattr,  SYS_fgetxattr, SYS_flistxattr,
};

#define CALLS_MAX (N_ELEMENTS(always) + N_ELEMENTS(with_trees))
#define FILTER_MAX (2 * CALLS_MAX + 16)

typedef struct Filter {
        struct sock_filter code[FILTER_MAX];
        unsigned short n;
} Filter;

static void add(Filter *filter, struct sock_filter instruction) {
        filter->code[filter->n++] = instruction;
}

static void load(Filter *filter, size_t offset) {
        add(filter, (struct sock_filter) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t) offset));
}

static void answer(Filter *filter, uint32_t what) {
        add(filter, (struct sock_filter) BPF_STMT(BPF_RET | BPF_K, what));
}

static void allow(Filter *filter, const int *calls, size_t n) {
        for (size_t i = 0; i < n; i++) {
                add(filter, (struct sock_filter) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
                                                          (uint32_t) calls[i], 0, 1));
                answer(filter, SECCOMP_RET_ALLOW);
        }
}

/* Threads may be made, processes may not. The flags of clone3 lie in memory, where a filter cannot
 * see them: libc takes clone when that one is missing. */
static void allow_threads(Filter *filter) {
#ifdef SYS_clone3
        add(filter, (struct sock_filter) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone3, 0, 1));
        answer(filter, SECCOMP_RET_ERRNO | ENOSYS);
#endif
        add(filter, (struct sock_filter) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone, 0, 4));
        load(filter, offsetof(struct seccomp_data, args) +
                             (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? sizeof(uint32_t) : 0)
#ifdef __s390x__
                             + sizeof(uint64_t) /* flags come second there */
#endif
        );
        add(filter, (struct sock_filter) BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, CLONE_THREAD, 0, 1));
        answer(filter, SECCOMP_RET_ALLOW);
        answer(filter, SECCOMP_RET_KILL_PROCESS);
}

int render_seccomp(bool trees) {
        Filter filter = {};
        struct sock_fprog program = { .filter = filter.code };

        load(&filter, offsetof(struct seccomp_data, arch));
        add(&filter, (struct sock_filter) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCH, 1, 0));
        answer(&filter, SECCOMP_RET_KILL_PROCESS);
        load(&filter, offsetof(struct seccomp_data, nr));
        allow_threads(&filter);
        allow(&filter, always, N_ELEMENTS(always));
        if (trees)
                allow(&filter, with_trees, N_ELEMENTS(with_trees));
        answer(&filter, SECCOMP_RET_KILL_PROCESS);
        program.len = filter.n;
        if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0)
                return -errno;
        return 0;
}
