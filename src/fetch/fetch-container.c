/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch-container.h"

#include <string.h>
#include <unistd.h>

#include "files.h"
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

/* Exactly @n bytes from there. */
static int read_part(const StoreInput *input, size_t n, char **ret, Error *e) {
        _cleanup_(freep) char *text = malloc(n + 1);
        size_t done = 0;

        if (!text)
                return -ENOMEM;
        while (done < n) {
                ssize_t got =
                        pread(input->fd, text + done, n - done, (off_t) (input->offset + done));

                if (got < 0 && errno == EINTR)
                        continue;
                if (got <= 0)
                        return got < 0 ? error_new(e, -errno, "%s", strerror(errno))
                                       : error_new(e, -EBADMSG, "the archive is cut short");
                done += (size_t) got;
        }
        text[n] = '\0';
        *ret = ptr_take(&text);
        return 0;
}

int fetch_container_read_text(const FetchContainer *container,
                              const char *name,
                              size_t max,
                              char **ret,
                              size_t *ret_n,
                              Error *e) {
        _cleanup_(fd_closep) int fd = -EBADF;
        StoreInput input;
        int r = fetch_container_open(container, name, &input, &fd, e);

        if (r < 0)
                return r;
        if (fd >= 0)
                r = fd_read_all(fd, max, ret, ret_n);
        else if (input.bytes > max)
                r = -EFBIG;
        else {
                r = read_part(&input, (size_t) input.bytes, ret, e);
                if (r >= 0)
                        *ret_n = (size_t) input.bytes;
        }
        if (r == -EFBIG)
                r = error_new(e, r, "document of more than %zu bytes", max);
        return r < 0 ? error_wrap(e, r, "\"%s\"", name) : 0;
}

int fetch_container_has(const FetchContainer *container, const char *name) {
        _cleanup_(fd_closep) int fd = -EBADF;
        StoreInput input;
        int r = fetch_container_open(container, name, &input, &fd, NULL);

        return r == -ENOENT ? 0 : r < 0 ? r : 1;
}
