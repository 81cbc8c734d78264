/* SPDX-License-Identifier: Apache-2.0 */
#include "transport-files.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/landlock.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cleanup.h"

#define READ (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)

/* All that the first version knows; newer ones are asked for below. */
#define ALL_RIGHTS ((UINT64_C(1) << 13) - 1)
#define RIGHT_REFER (UINT64_C(1) << 13)    /* version 2 */
#define RIGHT_TRUNCATE (UINT64_C(1) << 14) /* version 3 */

#define RESOLVER "/etc/resolv.conf"

/* Libraries that name services load late, authorities, and what libc and libcrypto are configured by.
 * Neither /etc/rkt nor anybody's home. What a system does not have is passed over. */
static const char *const readable[] = {
        "/usr",
        "/lib",
        "/lib32",
        "/lib64",
        "/etc/ssl",
        "/etc/pki",
        "/etc/ca-certificates",
        "/etc/crypto-policies",
        "/etc/hosts",
        "/etc/host.conf",
        "/etc/nsswitch.conf",
        "/etc/gai.conf",
        "/etc/services",
        "/etc/protocols",
        "/etc/ld.so.cache",
        "/etc/localtime",
        RESOLVER,
        "/dev/null",
        "/dev/random",
        "/dev/urandom",
        "/proc/self",
        "/sys/devices/system/cpu",
};

static int add_rule(int rules_fd, const char *path) {
        _cleanup_(fd_closep) int fd = open(path, O_PATH | O_CLOEXEC);
        struct landlock_path_beneath_attr rule = { .allowed_access = READ, .parent_fd = fd };
        struct stat st;

        if (fd < 0 || fstat(fd, &st) < 0)
                return 0;
        if (!S_ISDIR(st.st_mode))
                rule.allowed_access = LANDLOCK_ACCESS_FS_READ_FILE;
        return syscall(SYS_landlock_add_rule, rules_fd, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) < 0
                       ? -errno
                       : 0;
}

/* Whoever manages it replaces it, in a directory of his own that it is a link to. */
static int add_resolver(int rules_fd) {
        char path[PATH_MAX];
        char *slash = NULL;

        if (!realpath(RESOLVER, path) || strncmp(path, "/run/", strlen("/run/")) != 0)
                return 0;
        slash = strrchr(path, '/');
        if (slash - path <= (ptrdiff_t) strlen("/run"))
                return 0;
        *slash = '\0';
        return add_rule(rules_fd, path);
}

int transport_files_confine(Error *e) {
        struct landlock_ruleset_attr all = { .handled_access_fs = ALL_RIGHTS };
        _cleanup_(fd_closep) int rules_fd = -EBADF;
        int r = 0;
        long version =
                syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);

        if (version < 1)
                return 0;
        all.handled_access_fs |=
                (version >= 2 ? RIGHT_REFER : 0) | (version >= 3 ? RIGHT_TRUNCATE : 0);
        rules_fd = (int) syscall(SYS_landlock_create_ruleset, &all, sizeof(all), 0);
        if (rules_fd < 0)
                return error_new(e, -errno, "cannot give up files: %s", strerror(errno));
        for (size_t i = 0; r >= 0 && i < N_ELEMENTS(readable); i++)
                r = add_rule(rules_fd, readable[i]);
        if (r >= 0)
                r = add_resolver(rules_fd);
        if (r >= 0 && syscall(SYS_landlock_restrict_self, rules_fd, 0) < 0)
                r = -errno;
        return r < 0 ? error_new(e, r, "cannot give up files: %s", strerror(-r)) : 0;
}
