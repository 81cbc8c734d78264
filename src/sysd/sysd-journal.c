/* SPDX-License-Identifier: Apache-2.0 */
#include "sysd-journal.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include "files.h"

#define CONFIG_PARENT "/run/systemd"

/* Files of 1 MiB keep what a quiet pod costs small; 64 of them bound what a loud one may take. That is bound
 * enough: a limit on lines would lose output that somebody is reading. */
static const char journal_config[] = "[Journal]\n"
                                     "RateLimitIntervalSec=0\n"
                                     "SystemMaxUse=64M\n"
                                     "SystemMaxFileSize=1M\n"
                                     "RuntimeMaxUse=16M\n"
                                     "RuntimeMaxFileSize=1M\n";

int sysd_journal_directory(const SysdNames *names, char **ret, Error *e) {
        char machine_id[SD_ID128_STRING_MAX];
        sd_id128_t id;
        int r = sd_id128_get_machine(&id);

        if (r < 0)
                return error_wrap(e, r, "cannot read the host's machine id");
        if (asprintf(ret, "/var/log/journal/%s.%s", sd_id128_to_string(id, machine_id),
                     names->journal_namespace) < 0) {
                *ret = NULL;
                return -ENOMEM;
        }
        return 0;
}

static int config_directory(const SysdNames *names, char **ret) {
        if (asprintf(ret, "journald@%s.conf.d", names->journal_namespace) < 0) {
                *ret = NULL;
                return -ENOMEM;
        }
        return 0;
}

int sysd_journal_configure(const SysdNames *names, Error *e) {
        _cleanup_(fd_closep) int parent_fd = -EBADF, fd = -EBADF;
        _cleanup_(freep) char *name = NULL;
        int r = config_directory(names, &name);

        if (r < 0)
                return r;
        parent_fd = open(CONFIG_PARENT, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (parent_fd < 0)
                return error_wrap(e, -errno, "cannot open %s", CONFIG_PARENT);
        if (mkdirat(parent_fd, name, 0755) < 0 && errno != EEXIST)
                return error_wrap(e, -errno, "cannot make %s/%s", CONFIG_PARENT, name);
        fd = dir_open_at(parent_fd, name);
        if (fd < 0)
                return error_wrap(e, fd, "cannot open %s/%s", CONFIG_PARENT, name);
        r = file_write_at(fd, "10-rkt.conf", journal_config, strlen(journal_config), 0644, 0);
        if (r < 0)
                return error_wrap(e, r, "cannot write %s/%s/10-rkt.conf", CONFIG_PARENT, name);
        return 0;
}

static int remove_below(const char *parent, const char *name, Error *e) {
        _cleanup_(fd_closep) int parent_fd = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        int r = 0;

        if (parent_fd < 0)
                return errno == ENOENT ? 0 : error_wrap(e, -errno, "cannot open %s", parent);
        r = tree_remove_at(parent_fd, name);
        return r < 0 ? error_wrap(e, r, "cannot remove %s/%s", parent, name) : 0;
}

int sysd_journal_remove(const SysdNames *names, Error *e) {
        _cleanup_(freep) char *config = NULL, *directory = NULL, *runtime = NULL;
        int first = config_directory(names, &config), r = 0;

        if (first < 0)
                return first;
        first = remove_below(CONFIG_PARENT, config, e);
        if (asprintf(&runtime, "journal.%s", names->journal_namespace) < 0) {
                runtime = NULL;
                return -ENOMEM;
        }
        r = remove_below(CONFIG_PARENT, runtime, first < 0 ? NULL : e);
        first = first < 0 ? first : r;

        r = sysd_journal_directory(names, &directory, first < 0 ? NULL : e);
        if (r < 0)
                return first < 0 ? first : r;
        r = remove_below("/var/log/journal", strrchr(directory, '/') + 1, first < 0 ? NULL : e);
        return first < 0 ? first : r;
}
