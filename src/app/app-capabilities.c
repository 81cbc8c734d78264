/* SPDX-License-Identifier: Apache-2.0 */
#include "app-capabilities.h"

#include <errno.h>
#include <linux/capability.h>

/* By number, as in linux/capability.h. */
static const char *const capability_names[] = {
        "CAP_CHOWN",
        "CAP_DAC_OVERRIDE",
        "CAP_DAC_READ_SEARCH",
        "CAP_FOWNER",
        "CAP_FSETID",
        "CAP_KILL",
        "CAP_SETGID",
        "CAP_SETUID",
        "CAP_SETPCAP",
        "CAP_LINUX_IMMUTABLE",
        "CAP_NET_BIND_SERVICE",
        "CAP_NET_BROADCAST",
        "CAP_NET_ADMIN",
        "CAP_NET_RAW",
        "CAP_IPC_LOCK",
        "CAP_IPC_OWNER",
        "CAP_SYS_MODULE",
        "CAP_SYS_RAWIO",
        "CAP_SYS_CHROOT",
        "CAP_SYS_PTRACE",
        "CAP_SYS_PACCT",
        "CAP_SYS_ADMIN",
        "CAP_SYS_BOOT",
        "CAP_SYS_NICE",
        "CAP_SYS_RESOURCE",
        "CAP_SYS_TIME",
        "CAP_SYS_TTY_CONFIG",
        "CAP_MKNOD",
        "CAP_LEASE",
        "CAP_AUDIT_WRITE",
        "CAP_AUDIT_CONTROL",
        "CAP_SETFCAP",
        "CAP_MAC_OVERRIDE",
        "CAP_MAC_ADMIN",
        "CAP_SYSLOG",
        "CAP_WAKE_ALARM",
        "CAP_BLOCK_SUSPEND",
        "CAP_AUDIT_READ",
        "CAP_PERFMON",
        "CAP_BPF",
        "CAP_CHECKPOINT_RESTORE",
};

#define CAPABILITY_BIT(number) (UINT64_C(1) << (number))

/* Source: appc spec 0.8.11, "os/linux/capabilities-remove-set". */
#define CAPABILITIES_DEFAULT                                                                     \
        (CAPABILITY_BIT(CAP_AUDIT_WRITE) | CAPABILITY_BIT(CAP_CHOWN) |                           \
         CAPABILITY_BIT(CAP_DAC_OVERRIDE) | CAPABILITY_BIT(CAP_FSETID) |                         \
         CAPABILITY_BIT(CAP_FOWNER) | CAPABILITY_BIT(CAP_KILL) | CAPABILITY_BIT(CAP_MKNOD) |     \
         CAPABILITY_BIT(CAP_NET_RAW) | CAPABILITY_BIT(CAP_NET_BIND_SERVICE) |                    \
         CAPABILITY_BIT(CAP_SETUID) | CAPABILITY_BIT(CAP_SETGID) | CAPABILITY_BIT(CAP_SETPCAP) | \
         CAPABILITY_BIT(CAP_SETFCAP) | CAPABILITY_BIT(CAP_SYS_CHROOT))

int app_capability_from_name(const char *name) {
        for (size_t i = 0; i < N_ELEMENTS(capability_names); i++)
                if (strcmp(capability_names[i], name) == 0)
                        return (int) i;
        return -EINVAL;
}

const char *app_capability_name(unsigned number) {
        return number < N_ELEMENTS(capability_names) ? capability_names[number] : NULL;
}

static int capability_set(const AppcIsolator *isolator, uint64_t *ret, Error *e) {
        uint64_t set = 0;

        for (char **name = isolator->set; name && *name; name++) {
                int number = app_capability_from_name(*name);

                if (number < 0)
                        return error_new(e, -EINVAL, "%s: unknown capability \"%s\"",
                                         isolator->name, *name);
                set |= CAPABILITY_BIT(number);
        }
        *ret = set;
        return 0;
}

int app_capabilities(const AppcIsolators *isolators, uint64_t *ret, Error *e) {
        const AppcIsolator *retain =
                appc_isolators_get(isolators, APPC_ISOLATOR_CAPABILITIES_RETAIN);
        const AppcIsolator *remove =
                appc_isolators_get(isolators, APPC_ISOLATOR_CAPABILITIES_REMOVE);
        uint64_t removed = 0;
        int r = 0;

        if (retain && remove)
                return error_new(e, -EINVAL,
                                 "cannot have both os/linux/capabilities-retain-set and "
                                 "os/linux/capabilities-remove-set");
        if (retain)
                return capability_set(retain, ret, e);
        if (remove)
                r = capability_set(remove, &removed, e);
        if (r >= 0)
                *ret = CAPABILITIES_DEFAULT & ~removed;
        return r;
}
