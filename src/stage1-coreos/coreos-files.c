/* SPDX-License-Identifier: Apache-2.0 */
#include "coreos-files.h"

#include <fcntl.h>

#include "coreos-kernel.h"
#include "files.h"
#include "openat.h"
#include "pod-files.h"
#include "stage1-files.h"

#define LOOPBACK "127.0.0.1"
#define HOSTS_FILE "rkt-hosts"
#define FALLBACK_FILE "rkt-hosts-fallback"
#define HOSTS_MAX ((size_t) 1024 * 1024)
#define HOSTS_FALLBACK                                                              \
        "127.0.0.1 localhost localhost.domain localhost4 localhost4.localdomain4\n" \
        "::1 localhost localhost6\n"

/* The host's own comes in by systemd-nspawn, and needs something to be mounted on. */
static int bring(const Stage1File *file, int etc_fd, CoreosNeeds *needs) {
        const char *name = strrchr(file->target, '/') + 1;
        _cleanup_(freep) char *inside = NULL;
        int r = asprintf(&inside, "/etc/rkt-%s", name);

        if (r < 0) {
                inside = NULL;
                return -ENOMEM;
        }
        if (*file->source == '/') {
                r = file_write_at(etc_fd, inside + strlen("/etc/"), "", 0, 0644, 0);
                if (r >= 0)
                        r = coreos_binds_add(&needs->binds, file->source, inside,
                                             COREOS_BIND_READ_ONLY | COREOS_BIND_RECURSIVE);
        }
        if (r >= 0)
                r = strv_append(&needs->files, inside);
        return r < 0 ? r : strv_append(&needs->files, file->target);
}

static bool is_loopback(const char *line) {
        const char *rest = text_after(line, LOOPBACK);

        return rest && (*rest == ' ' || *rest == '\t');
}

/* With the pod's own name on the line of its loopback address. */
static char *name_pod(const char *hosts, const char *name) {
        const char *line = hosts, *end = NULL;
        char *text = NULL;
        int r = 0;

        while (line && !is_loopback(line))
                line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL;
        if (!line)
                r = asprintf(&text, LOOPBACK " %s\n%s", name, hosts);
        else {
                end = strchrnul(line, '\n');
                r = asprintf(&text, "%.*s %s%s", (int) (end - hosts), hosts, name, end);
        }
        return r < 0 ? NULL : text;
}

/* The file that stage0 made does not know the pod's name: whether it has one is the flavor's matter. */
static int name_pod_in_file(int etc_fd, const char *name) {
        _cleanup_(freep) char *before = NULL, *after = NULL;
        size_t n = 0;
        int r = file_read_at(etc_fd, HOSTS_FILE, HOSTS_MAX, &before, &n);

        if (r >= 0)
                after = name_pod(before, name);
        if (r >= 0 && !after)
                r = -ENOMEM;
        return r < 0 ? r : file_write_at(etc_fd, HOSTS_FILE, after, strlen(after), 0644, 0);
}

/* /etc/hostname of an app is always what the kernel says. */
static int bring_names(
        const Stage1Args *args, const Stage1File *files, size_t n, int etc_fd, CoreosNeeds *needs) {
        char machine[sizeof("rkt-") + sizeof(args->uuid.text)];
        const char *name = args->hostname ? args->hostname : machine;
        int r = strv_append(&needs->files, COREOS_HOSTNAME);

        (void) snprintf(machine, sizeof(machine), "rkt-%s", args->uuid.text);
        if (r >= 0)
                r = strv_append(&needs->files, "/etc/hostname");
        if (r >= 0 && !(needs->hosts = name_pod(HOSTS_FALLBACK, name)))
                r = -ENOMEM;
        if (r >= 0) /* for apps that come later */
                r = file_write_at(etc_fd, FALLBACK_FILE, needs->hosts, strlen(needs->hosts), 0644,
                                  0);
        for (size_t i = 0; i < n && r >= 0; i++)
                if (text_ends_with(files[i].source, "/" HOSTS_FILE))
                        r = name_pod_in_file(etc_fd, name);
        return r;
}

int coreos_files_find(
        const Pod *pod, int root_fd, const Stage1Args *args, CoreosNeeds *needs, Error *e) {
        _cleanup_(fd_closep) int fd = mkdir_beneath(root_fd, "etc", 0755);
        Stage1File files[STAGE1_FILES_MAX];
        size_t n = 0;
        int r = stage1_files(args->dns_conf_mode, pod, files, &n, e);

        if (r < 0)
                return r;
        r = fd < 0 ? fd : 0;
        for (size_t i = 0; i < n && r >= 0; i++)
                r = bring(&files[i], fd, needs);
        if (r >= 0)
                r = bring_names(args, files, n, fd, needs);
        return r < 0 ? error_wrap(e, r, "cannot make the pod's resolv.conf and hosts") : 0;
}

int coreos_files_recall(int root_fd, CoreosNeeds *needs) {
        static const char *const pairs[][2] = {
                { "/etc/rkt-resolv.conf", "/etc/resolv.conf" },
                { "/etc/rkt-hosts", "/etc/hosts" },
        };
        _cleanup_(fd_closep) int etc_fd = open_beneath(root_fd, "etc", O_RDONLY | O_DIRECTORY);
        size_t n = 0;
        int r = etc_fd < 0 ? etc_fd
                           : file_read_at(etc_fd, FALLBACK_FILE, HOSTS_MAX, &needs->hosts, &n);

        if (r >= 0)
                r = strv_append(&needs->files, COREOS_HOSTNAME);
        if (r >= 0)
                r = strv_append(&needs->files, "/etc/hostname");

        for (size_t i = 0; i < N_ELEMENTS(pairs) && r >= 0; i++) {
                _cleanup_(fd_closep) int fd = open_beneath(root_fd, &pairs[i][0][1], O_PATH);

                if (fd < 0)
                        continue;
                r = strv_append(&needs->files, pairs[i][0]);
                if (r >= 0)
                        r = strv_append(&needs->files, pairs[i][1]);
        }
        return r;
}
