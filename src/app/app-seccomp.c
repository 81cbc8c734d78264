/* SPDX-License-Identifier: Apache-2.0 */
#include "app-seccomp.h"

#include <errno.h>

#include "app-seccomp-sets.h"

/* errno names that system calls return. glibc's strerrorname_np() maps the other way only. */
static int errno_from_name(const char *name) {
        for (int number = 1; number < 134; number++) {
                const char *candidate = strerrorname_np(number);

                if (candidate && strcmp(candidate, name) == 0)
                        return number;
        }
        return -EINVAL;
}

static int add_names(Strv *calls, const char *const *names) {
        int r = 0;

        for (; *names && r >= 0; names++)
                r = strv_append(calls, *names);
        return r;
}

static int add_default_allowed(Strv *calls) {
        int r = add_names(calls, app_calls_allowed);

        if (r >= 0)
                r = add_names(calls, app_calls_newer);
#if defined(__arm__) || defined(__aarch64__)
        if (r >= 0)
                r = add_names(calls, app_calls_arm);
#endif
        return r;
}

static int add_default_refused(Strv *calls) {
        int r = add_names(calls, app_calls_refused);

        return r < 0 ? r : add_names(calls, app_calls_refused_newer);
}

static const struct {
        const char *name;
        int (*add)(Strv *calls);
} own_sets[] = {
        { "@docker/default-blacklist", add_default_refused },
        { "@docker/default-whitelist", add_default_allowed },
        { "@rkt/default-blacklist", add_default_refused },
        { "@rkt/default-whitelist", add_default_allowed },
};

/* systemd's own groups go through by name. The original had but the first eight. */
static const struct {
        const char *name, *group;
} systemd_sets[] = {
        { "@systemd/clock", "@clock" },
        { "@systemd/default-whitelist", "@default" },
        { "@systemd/mount", "@mount" },
        { "@systemd/network-io", "@network-io" },
        { "@systemd/obsolete", "@obsolete" },
        { "@systemd/privileged", "@privileged" },
        { "@systemd/process", "@process" },
        { "@systemd/raw-io", "@raw-io" },
        { "@systemd/aio", "@aio" },
        { "@systemd/basic-io", "@basic-io" },
        { "@systemd/chown", "@chown" },
        { "@systemd/cpu-emulation", "@cpu-emulation" },
        { "@systemd/debug", "@debug" },
        { "@systemd/file-system", "@file-system" },
        { "@systemd/io-event", "@io-event" },
        { "@systemd/ipc", "@ipc" },
        { "@systemd/keyring", "@keyring" },
        { "@systemd/memlock", "@memlock" },
        { "@systemd/module", "@module" },
        { "@systemd/reboot", "@reboot" },
        { "@systemd/resources", "@resources" },
        { "@systemd/setuid", "@setuid" },
        { "@systemd/signal", "@signal" },
        { "@systemd/swap", "@swap" },
        { "@systemd/sync", "@sync" },
        { "@systemd/system-service", "@system-service" },
        { "@systemd/timer", "@timer" },
};

static int add_wildcard(Strv *calls, const char *name, Error *e) {
        for (size_t i = 0; i < N_ELEMENTS(own_sets); i++)
                if (strcmp(name, own_sets[i].name) == 0)
                        return own_sets[i].add(calls);
        for (size_t i = 0; i < N_ELEMENTS(systemd_sets); i++)
                if (strcmp(name, systemd_sets[i].name) == 0)
                        return strv_append(calls, systemd_sets[i].group);
        return error_new(e, -EINVAL, "unknown set of system calls \"%s\"", name);
}

/* What is no name of a call must not reach the filter's own grammar ("~", ":", "@"). */
static int add_call(Strv *calls, const char *name, Error *e) {
        if (name[0] == '@')
                return add_wildcard(calls, name, e);
        if (*name == '\0' || name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_")] != '\0')
                return error_new(e, -EINVAL, "\"%s\" is no name of a system call", name);
        return strv_append(calls, name);
}

static int set_default(AppSeccompDefault by_default, AppSeccomp *seccomp) {
        seccomp->filter = true;
        seccomp->error = EPERM;
        seccomp->no_namespaces = true;
        seccomp->allow = by_default == APP_SECCOMP_ALLOW_KNOWN;
        return seccomp->allow ? add_default_allowed(&seccomp->calls)
                              : add_default_refused(&seccomp->calls);
}

static int resolve_set(const AppcIsolator *isolator, AppSeccomp *seccomp, Error *e) {
        int r = 0;

        seccomp->filter = true;
        seccomp->allow = isolator->kind == APPC_ISOLATOR_SECCOMP_RETAIN;
        if (isolator->errno_name) {
                seccomp->error = errno_from_name(isolator->errno_name);
                if (seccomp->error < 0)
                        return error_new(e, -EINVAL, "unknown errno \"%s\"", isolator->errno_name);
        }
        /* These two mask all that stands beside them. */
        if (seccomp->allow && strv_contains(isolator->set, "@appc.io/all")) {
                seccomp->filter = false;
                return 0;
        }
        if (!seccomp->allow && strv_contains(isolator->set, "@appc.io/empty")) {
                seccomp->allow = true;
                return add_default_allowed(&seccomp->calls);
        }
        for (char **name = isolator->set; *name && r >= 0; name++)
                r = add_call(&seccomp->calls, *name, e);
        return r < 0 ? error_prefix(e, r, "%s: ", isolator->name) : 0;
}

int app_seccomp_resolve(const AppcIsolators *isolators,
                        AppSeccompDefault by_default,
                        AppSeccomp *ret,
                        Error *e) {
        const AppcIsolator *retain = appc_isolators_get(isolators, APPC_ISOLATOR_SECCOMP_RETAIN);
        const AppcIsolator *remove = appc_isolators_get(isolators, APPC_ISOLATOR_SECCOMP_REMOVE);
        _cleanup_(app_seccomp_done) AppSeccomp seccomp = APP_SECCOMP_NULL;
        int r = 0;

        if (retain && remove)
                return error_new(e, -EINVAL, "too many seccomp isolators specified");
        if (retain || remove)
                r = resolve_set(retain ? retain : remove, &seccomp, e);
        else
                r = set_default(by_default, &seccomp);
        if (r < 0)
                return r;
        *ret = seccomp;
        seccomp = APP_SECCOMP_NULL;
        return 0;
}

void app_seccomp_done(AppSeccomp *seccomp) {
        strv_free(seccomp->calls);
        *seccomp = APP_SECCOMP_NULL;
}
