/* SPDX-License-Identifier: Apache-2.0 */
#include "stage1-files.h"

#include <fcntl.h>

#include "files.h"
#include "openat.h"
#include "pod-files.h"
#include "text.h"

static const struct {
        const char *mode;
        Stage1File file; /* without a source: nothing is mounted */
} known[] = {
        { "resolv=host", { "/etc/resolv.conf", "/etc/resolv.conf" } },
        { "resolv=stage0", { POD_STAGE1_ROOTFS "/etc/rkt-resolv.conf", "/etc/resolv.conf" } },
        { "resolv=none", {} },
        { "resolv=default", {} },
        { "hosts=host", { "/etc/hosts", "/etc/hosts" } },
        { "hosts=stage0", { POD_STAGE1_ROOTFS "/etc/rkt-hosts", "/etc/hosts" } },
        { "hosts=default", {} },
};

static const Stage1File *find(const char *mode) {
        for (size_t i = 0; i < N_ELEMENTS(known); i++)
                if (strcmp(known[i].mode, mode) == 0)
                        return &known[i].file;
        return NULL;
}

/* By default, what a network said of name servers, if any did. */
static const Stage1File *find_default(const Pod *pod) {
        const Stage1File *file = find("resolv=stage0");

        return pod && faccessat(pod->fd, file->source, F_OK, AT_SYMLINK_NOFOLLOW) == 0 ? file
                                                                                       : NULL;
}

int stage1_files(const char *modes,
                 const Pod *pod,
                 Stage1File ret[static STAGE1_FILES_MAX],
                 size_t *ret_n,
                 Error *e) {
        _cleanup_(strv_freep) Strv list = NULL;
        size_t n = 0;
        int r = strv_split(modes ? modes : "resolv=default", ',', &list);

        for (char **mode = list; r >= 0 && mode && *mode; mode++) {
                const Stage1File *file = find(*mode);

                if (strcmp(*mode, "resolv=default") == 0 && find_default(pod))
                        file = find_default(pod);

                if (!file || (file->source && n == STAGE1_FILES_MAX))
                        return error_new(e, -EINVAL, "unknown value for --dns-conf-mode: \"%s\"",
                                         *mode);
                if (file->source)
                        ret[n++] = *file;
        }
        *ret_n = n;
        return r;
}

void stage1_files_default(int root_fd, const char *text) {
        _cleanup_(fd_closep) int etc_fd = open_in_root(root_fd, "/etc", O_RDONLY | O_DIRECTORY);

        /* Whatever is there is the image's: a dangling symlink too. */
        if (etc_fd < 0 || faccessat(etc_fd, "hosts", F_OK, AT_SYMLINK_NOFOLLOW) == 0)
                return;
        (void) file_write_at(etc_fd, "hosts", text, strlen(text), 0644, 0);
}
