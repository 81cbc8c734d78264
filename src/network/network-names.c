/* SPDX-License-Identifier: Apache-2.0 */
#include "network-names.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "files.h"
#include "pod-name.h"

#define DIRECTORY "/run/rkt/hosts"
#define FILE_MAX ((size_t) 64 * 1024)

static int open_directory(void) {
        static const char *const made[] = { "/run/rkt", DIRECTORY };

        for (size_t i = 0; i < N_ELEMENTS(made); i++)
                if (mkdir(made[i], 0755) < 0 && errno != EEXIST)
                        return -errno;
        return dir_open_at(AT_FDCWD, DIRECTORY);
}

static char *format(const Pod *pod, const NetworkResult *results, size_t n) {
        _cleanup_(strv_freep) Strv lines = NULL;
        int r = strv_append(&lines, pod->uuid.text);

        for (size_t i = 0; i < n && r >= 0; i++) {
                if (results[i].ip4.ip)
                        r = strv_append(&lines, results[i].ip4.ip);
                if (r >= 0 && results[i].ip6.ip)
                        r = strv_append(&lines, results[i].ip6.ip);
        }
        if (r >= 0)
                r = strv_append(&lines, "");
        return r < 0 ? NULL : strv_join(lines, "\n");
}

int network_names_publish(const Pod *pod, const NetworkResult *results, size_t n, Error *e) {
        _cleanup_(freep) char *name = NULL, *text = NULL;
        _cleanup_(fd_closep) int fd = -EBADF;
        int r = pod_name_read(pod, &name);

        if (r < 0)
                return r == -ENOENT ? 0 : error_wrap(e, r, "cannot read the pod's name");
        text = format(pod, results, n);
        r = fd = text ? open_directory() : -ENOMEM;
        if (r >= 0)
                r = file_write_at(fd, name, text, strlen(text), 0644, 0);
        return r < 0 ? error_wrap(e, r, "cannot make the pod's name known in " DIRECTORY) : 0;
}

void network_names_withdraw(const Pod *pod) {
        _cleanup_(freep) char *name = NULL, *text = NULL;
        _cleanup_(fd_closep) int fd = -EBADF;
        size_t n = 0;

        if (pod_name_read(pod, &name) < 0 || (fd = dir_open_at(AT_FDCWD, DIRECTORY)) < 0)
                return;
        if (file_read_at(fd, name, FILE_MAX, &text, &n) >= 0 && text_after(text, pod->uuid.text))
                (void) unlinkat(fd, name, 0);
}
