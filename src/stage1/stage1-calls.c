/* SPDX-License-Identifier: Apache-2.0 */
#include "stage1-calls.h"

#include <linux/tiocl.h>
#include <seccomp.h>
#include <sys/ioctl.h>

static scmp_filter_ctx context_free(scmp_filter_ctx context) {
        seccomp_release(context);
        return NULL;
}

static void context_freep(scmp_filter_ctx *slot) {
        if (*slot)
                *slot = context_free(*slot);
}

int stage1_calls_check(const AppSeccomp *calls, Error *e) {
        for (char **name = calls->calls; calls->filter && name && *name; name++)
                if (**name == '@')
                        return error_new(e, -EOPNOTSUPP,
                                         "only systemd has its set of system calls "
                                         "\"@systemd/%s\"",
                                         *name + 1);
        return 0;
}

/* By clone() alone, whose flags a filter can see: C libraries take that one where there is no clone3(). */
static int add_clone(scmp_filter_ctx context) {
        int r = seccomp_rule_add(context, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1,
                                 SCMP_A0(SCMP_CMP_MASKED_EQ, APP_SECCOMP_NAMESPACES, 0));

        return r < 0 ? r : seccomp_rule_add(context, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
}

static bool is_clone(int number) {
        return number == SCMP_SYS(clone) || number == SCMP_SYS(clone3);
}

int stage1_calls_filter(const AppSeccomp *calls) {
        uint32_t refuse =
                calls->error > 0 ? SCMP_ACT_ERRNO((uint32_t) calls->error) : SCMP_ACT_KILL_PROCESS;
        _cleanup_(context_freep) scmp_filter_ctx context =
                seccomp_init(calls->allow ? refuse : SCMP_ACT_ALLOW);
        int r = context ? seccomp_attr_set(context, SCMP_FLTATR_CTL_NNP, 0) : -ENOMEM;

        if (r >= 0)
                r = seccomp_attr_set(context, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_ERRNO(EPERM));
        for (char **name = calls->calls; r >= 0 && name && *name; name++) {
                int number = seccomp_syscall_resolve_name(*name);

                /* A call that this architecture, or this library, does not know. */
                if (number == __NR_SCMP_ERROR || (calls->no_namespaces && is_clone(number)))
                        continue;
                r = seccomp_rule_add(context, calls->allow ? SCMP_ACT_ALLOW : refuse, number, 0);
        }
        if (r >= 0 && calls->no_namespaces)
                r = add_clone(context);
        return r < 0 ? r : seccomp_load(context);
}

/* Programs for the machine's other ABIs reach the same terminal. */
static int add_other_abis(scmp_filter_ctx context) {
        int r = 0;

#if defined(__x86_64__)
        r = seccomp_arch_add(context, SCMP_ARCH_X86);
        if (r >= 0)
                r = seccomp_arch_add(context, SCMP_ARCH_X32);
#elif defined(__aarch64__)
        r = seccomp_arch_add(context, SCMP_ARCH_ARM);
#endif
        return r;
}

int stage1_calls_protect_terminal(void) {
        static const int refused[] = { TIOCSTI, TIOCLINUX };
        _cleanup_(context_freep) scmp_filter_ctx context = NULL;
        int r = 0;

        if (!isatty(STDIN_FILENO) && !isatty(STDOUT_FILENO) && !isatty(STDERR_FILENO))
                return 0;
        context = seccomp_init(SCMP_ACT_ALLOW);
        r = context ? seccomp_attr_set(context, SCMP_FLTATR_CTL_NNP, 0) : -ENOMEM;
        if (r >= 0)
                r = seccomp_attr_set(context, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_ALLOW);
        if (r >= 0)
                r = add_other_abis(context);
        /* The kernel looks at 32 bits of the request, whatever stands in the others. */
        for (size_t i = 0; i < N_ELEMENTS(refused) && r >= 0; i++)
                r = seccomp_rule_add(
                        context, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(ioctl), 1,
                        SCMP_A1(SCMP_CMP_MASKED_EQ, UINT32_MAX, (uint32_t) refused[i]));
        return r < 0 ? r : seccomp_load(context);
}
