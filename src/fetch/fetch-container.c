/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch-container.h"

#include <string.h>

#include "openat.h"

void fetch_container_done(FetchContainer *container) {
        store_archive_done(&container->archive);
        fd_drop(&container->directory_fd);
}

int fetch_container_open(
        const FetchContainer *container, const char *name, StoreInput *ret, int *ret_fd, Error *e) {
        int fd = -EBADF;

        *ret_fd = -EBADF;
        if (container->directory_fd < 0)
                return store_archive_find(&container->archive, name, ret, e);
        fd = open_regular(container->directory_fd, name);
        if (fd < 0)
                return error_new(e, fd, "cannot open \"%s\": %s", name,
                                 fd == -EBADMSG ? "not a regular file" : strerror(-fd));
        *ret = (StoreInput){ .fd = fd };
        *ret_fd = fd;
        return 0;
}

int fetch_container_read(const FetchContainer *container,
                         StoreImport *import,
                         const char *name,
                         const OciDigest *expected,
                         size_t max,
                         StoreDocument *ret,
                         Error *e) {
        _cleanup_(fd_closep) int fd = -EBADF;
        StoreInput input;
        int r = fetch_container_open(container, name, &input, &fd, e);

        if (r < 0)
                return r;
        if (container->directory_fd < 0 && input.bytes == 0) /* which would mean: to the end */
                return error_new(e, -EBADMSG, "\"%s\" is empty", name);
        r = store_import_document(import, &input, expected, max, ret, e);
        return r < 0 ? error_wrap(e, r, "\"%s\"", name) : 0;
}

int fetch_container_has(const FetchContainer *container, const char *name) {
        _cleanup_(fd_closep) int fd = -EBADF;
        StoreInput input;
        int r = fetch_container_open(container, name, &input, &fd, NULL);

        return r == -ENOENT ? 0 : r < 0 ? r : 1;
}
