/* SPDX-License-Identifier: Apache-2.0 */
#include "skim-journal.h"

#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sysd-journal.h"

int skim_journal_prepare(const SysdNames *names, char **ret, Error *e) {
        _cleanup_(freep) char *directory = NULL;
        int r = sysd_journal_directory(names, &directory, e);

        if (r < 0)
                return r;
        (void) mkdir("/var/log/journal", 0755); /* journald@.service would make it as well */
        if (mkdir(directory, 0755) < 0 && errno != EEXIST)
                return error_wrap(e, -errno, "cannot make journal directory %s", directory);
        *ret = ptr_take(&directory);
        return 0;
}

/* The host's own: the same path without the namespace. */
static char *host_directory(const char *parent, const char *directory) {
        const char *name = strrchr(directory, '/') + 1;
        char *path = NULL;

        return asprintf(&path, "%s/%.*s", parent, (int) strcspn(name, "."), name) < 0 ? NULL : path;
}

int skim_journal_show(const char *directory, Error *e) {
        _cleanup_(freep) char *persistent = host_directory("/var/log/journal", directory);
        _cleanup_(freep) char *runtime = host_directory("/run/log/journal", directory);
        bool shown = false;

        if (!persistent || !runtime)
                return -ENOMEM;
        if (unshare(CLONE_NEWNS) < 0)
                return error_wrap(e, -errno, "cannot make a mount namespace");
        if (mount(NULL, "/", NULL, MS_SLAVE | MS_REC, NULL) < 0)
                return error_wrap(e, -errno, "cannot keep the pod's mounts from the host");

        shown = mount(directory, persistent, NULL, MS_BIND, NULL) == 0;
        if (!shown && errno != ENOENT)
                return error_wrap(e, -errno, "cannot mount %s on %s", directory, persistent);
        /* Where the host keeps its journal in memory only, the pod's goes over that; where it keeps
         * both, the other is hidden by it too. */
        if (mount(directory, runtime, NULL, MS_BIND, NULL) < 0 && errno != ENOENT)
                return error_wrap(e, -errno, "cannot mount %s on %s", directory, runtime);
        return 0;
}
