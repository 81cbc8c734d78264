/* SPDX-License-Identifier: Apache-2.0 */
#include "stage1-confine.h"

#include <fcntl.h>
#include <grp.h>
#include <inttypes.h>
#include <linux/capability.h>
#include <linux/close_range.h>
#include <linux/keyctl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "app-capabilities.h"
#include "files.h"
#include "selinux.h"
#include "stage1-calls.h"

#define CAPABILITY_LAST 63

struct Stage1Confinement {
        AppIdentity who;
        bool limit_capabilities;
        uint64_t capabilities; /* that stay in the bounding set */
        bool no_new_privileges;
        bool adjust_oom_score;
        int64_t oom_score;
        AppSeccomp calls;
        char *label; /* of what is executed; NULL without SELinux */
        int proc_fd; /* of the host's, where an app's may not be what it seems */
};

Stage1Confinement *stage1_confinement_free(Stage1Confinement *confinement) {
        app_identity_done(&confinement->who);
        app_seccomp_done(&confinement->calls);
        fd_drop(&confinement->proc_fd);
        free(confinement->label);
        free(confinement);
        return NULL;
}

static bool has(const AppcIsolators *isolators, AppcIsolatorKind one, AppcIsolatorKind other) {
        return appc_isolators_get(isolators, one) || appc_isolators_get(isolators, other);
}

static bool is_enforced(AppcIsolatorKind kind) {
        static const AppcIsolatorKind enforced[] = {
                APPC_ISOLATOR_CAPABILITIES_RETAIN, APPC_ISOLATOR_CAPABILITIES_REMOVE,
                APPC_ISOLATOR_SECCOMP_RETAIN,      APPC_ISOLATOR_SECCOMP_REMOVE,
                APPC_ISOLATOR_NO_NEW_PRIVILEGES,   APPC_ISOLATOR_OOM_SCORE_ADJ,
        };

        for (size_t i = 0; i < N_ELEMENTS(enforced); i++)
                if (enforced[i] == kind)
                        return true;
        return false;
}

static int list_ignored(const AppcIsolators *isolators, Strv *ret) {
        int r = 0;

        for (size_t i = 0; i < isolators->n && r >= 0; i++)
                if (!is_enforced(isolators->items[i].kind) &&
                    !strv_contains(*ret, isolators->items[i].name))
                        r = strv_append(ret, isolators->items[i].name);
        return r;
}

static int read_isolators(const AppcIsolators *isolators,
                          const Stage1Args *args,
                          bool by_default,
                          Stage1Confinement *c,
                          Error *e) {
        const AppcIsolator *nnp = appc_isolators_get(isolators, APPC_ISOLATOR_NO_NEW_PRIVILEGES);
        const AppcIsolator *oom = appc_isolators_get(isolators, APPC_ISOLATOR_OOM_SCORE_ADJ);
        int r = 0;

        if (!args->any_capabilities &&
            (by_default || has(isolators, APPC_ISOLATOR_CAPABILITIES_RETAIN,
                               APPC_ISOLATOR_CAPABILITIES_REMOVE))) {
                c->limit_capabilities = true;
                r = app_capabilities(isolators, &c->capabilities, e);
        }
        if (r >= 0 && !args->any_calls &&
            (by_default ||
             has(isolators, APPC_ISOLATOR_SECCOMP_RETAIN, APPC_ISOLATOR_SECCOMP_REMOVE)))
                r = app_seccomp_resolve(isolators, APP_SECCOMP_ALLOW_KNOWN, &c->calls, e);
        if (r >= 0)
                r = stage1_calls_check(&c->calls, e);
        /* The kernel takes a filter from who is not privileged only together with this. */
        c->no_new_privileges = (nnp && nnp->flag) || (c->calls.filter && c->who.uid != 0);
        c->adjust_oom_score = oom;
        c->oom_score = oom ? oom->number : 0;
        return r;
}

int stage1_confinement_new(const Stage1App *app,
                           const Stage1Args *args,
                           bool by_default,
                           Stage1Confinement **ret,
                           Strv *ret_ignored,
                           Error *e) {
        _cleanup_(stage1_confinement_freep) Stage1Confinement *c =
                calloc(1, sizeof(Stage1Confinement));
        _cleanup_(strv_freep) Strv ignored = NULL;
        int r = c ? 0 : -ENOMEM;

        if (c) {
                c->proc_fd = -EBADF;
                r = stage1_app_identity(app, &c->who, e);
        }
        if (r >= 0)
                r = read_isolators(&app->app->isolators, args, by_default, c, e);
        if (r >= 0)
                r = list_ignored(&app->app->isolators, &ignored);
        if (r < 0)
                return r;
        *ret = ptr_take(&c);
        *ret_ignored = ptr_take(&ignored);
        return 0;
}

/* The kernel ends it with a NUL, as a string. */
static int read_label(int proc_fd, const char *path, char **ret) {
        _cleanup_(fd_closep) int fd = openat(proc_fd, path, O_RDONLY | O_CLOEXEC);
        _cleanup_(freep) char *text = NULL;
        size_t n = 0;
        int r = fd < 0 ? -errno : fd_read_all(fd, SELINUX_LABEL_MAX + 1, &text, &n);

        if (r < 0)
                return r;
        if (!selinux_label_is_valid(text))
                return -EBADMSG;
        *ret = ptr_take(&text);
        return 0;
}

int stage1_confinement_follow(Stage1Confinement *c, pid_t pid, Error *e) {
        _cleanup_(freep) char *path = NULL;
        int r = 0;

        if (!selinux_is_enabled())
                return 0;
        if (asprintf(&path, "%d/attr/current", pid) < 0) {
                path = NULL;
                return -ENOMEM;
        }
        c->proc_fd = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        r = c->proc_fd < 0 ? -errno : read_label(c->proc_fd, path, &c->label);
        return r < 0 ? error_wrap(e, r, "cannot tell the app's SELinux label") : 0;
}

static int limit_bounding_set(uint64_t kept) {
        for (int i = 0; i <= CAPABILITY_LAST; i++) {
                if (kept & UINT64_C(1) << i || prctl(PR_CAPBSET_READ, i, 0, 0, 0) != 1)
                        continue;
                if (prctl(PR_CAPBSET_DROP, i, 0, 0, 0) < 0)
                        return -errno;
        }
        return 0;
}

/* What would survive an execve() as another user, or in spite of the bounding set. */
static int clear_inheritable(void) {
        struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
        struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {};

        if (syscall(SYS_capget, &header, data) < 0)
                return -errno;
        for (size_t i = 0; i < N_ELEMENTS(data); i++)
                data[i].inheritable = 0;
        if (syscall(SYS_capset, &header, data) < 0 ||
            prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0)
                return -errno;
        return 0;
}

static int set_oom_score(int64_t score) {
        _cleanup_(fd_closep) int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

        return fd < 0 || dprintf(fd, "%" PRIi64, score) < 0 ? -errno : 0;
}

/* The supplementary groups hold the app's own as well, as the original's did. */
static int set_groups(const AppIdentity *who) {
        _cleanup_(freep) gid_t *gids = calloc(who->n_gids + 1, sizeof(gid_t));

        if (!gids)
                return -ENOMEM;
        gids[0] = who->gid;
        if (who->n_gids > 0)
                memcpy(gids + 1, who->gids, who->n_gids * sizeof(gid_t));
        return setgroups(who->n_gids + 1, gids) < 0 ? -errno : 0;
}

static int become(const AppIdentity *who) {
        int r = set_groups(who);

        if (r < 0)
                return r;
        if (setresgid(who->gid, who->gid, who->gid) < 0 ||
            setresuid(who->uid, who->uid, who->uid) < 0)
                return -errno;
        return 0;
}

/* A change of user undoes this, so it comes after. */
static int die_with(pid_t parent) {
        if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0)
                return -errno;
        return getppid() == parent ? 0 : -ESRCH;
}

/* The keys of the caller's session are the caller's. Where a filter refuses this, it refuses the app the rest. */
static int leave_keyring(void) {
        return syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL) < 0 && errno != ENOSYS &&
                               errno != EPERM
                       ? -errno
                       : 0;
}

/* What comes with the next execve(). */
static int set_label(const Stage1Confinement *c) {
        _cleanup_(fd_closep) int fd = openat(c->proc_fd, "self/attr/exec", O_WRONLY | O_CLOEXEC);

        return fd < 0 ? -errno : fd_write_all(fd, c->label, strlen(c->label));
}

int stage1_confine(const Stage1Confinement *c, pid_t parent, Error *e) {
        int r = c->adjust_oom_score ? set_oom_score(c->oom_score) : 0;

        if (r < 0)
                return error_wrap(e, r, "cannot set the app's OOM score");
        r = leave_keyring();
        if (r < 0)
                return error_wrap(e, r, "cannot leave the caller's keyring");
        /* Before any right is lost: this needs no others. */
        r = stage1_calls_protect_terminal();
        if (r < 0)
                return error_wrap(e, r, "cannot protect the caller's terminal");
        r = c->label ? set_label(c) : 0;
        if (r < 0)
                return error_wrap(e, r, "cannot take the app's SELinux label");
        r = c->limit_capabilities ? limit_bounding_set(c->capabilities) : 0;
        if (r >= 0)
                r = clear_inheritable();
        if (r < 0)
                return error_wrap(e, r, "cannot drop capabilities");
        r = become(&c->who);
        if (r >= 0 && parent > 0)
                r = die_with(parent);
        if (r < 0)
                return error_wrap(e, r, "cannot become the app's user");
        if (close_range(STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC) < 0)
                return error_wrap(e, -errno, "cannot close descriptors");
        if (c->no_new_privileges && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
                return error_wrap(e, -errno, "cannot forgo new privileges");
        r = c->calls.filter ? stage1_calls_filter(&c->calls) : 0;
        return r < 0 ? error_wrap(e, r, "cannot filter system calls") : 0;
}
