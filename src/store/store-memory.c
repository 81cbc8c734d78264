/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "files.h"
#include "store-render.h"

int store_memory_new(const char *name, size_t max) {
        _cleanup_(fd_closep) int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);

        if (fd < 0)
                return -errno;
        if (ftruncate(fd, (off_t) max) < 0 ||
            fcntl(fd, F_ADD_SEALS, F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) < 0)
                return -errno;
        return fd_take(&fd);
}

int store_memory_read(int fd, size_t n, char **ret) {
        _cleanup_(freep) char *text = malloc(n + 1);
        size_t done = 0;

        if (!text)
                return -ENOMEM;
        while (done < n) {
                ssize_t got = pread(fd, text + done, n - done, (off_t) done);

                if (got < 0 && errno == EINTR)
                        continue;
                if (got <= 0)
                        return got < 0 ? -errno : -EPROTO;
                done += (size_t) got;
        }
        text[n] = '\0';
        *ret = ptr_take(&text);
        return 0;
}

int store_memory_from(const char *name, const char *text, size_t n) {
        _cleanup_(fd_closep) int fd = memfd_create(name, MFD_CLOEXEC);
        int r = fd < 0 ? -errno : fd_write_all(fd, text, n);

        if (r >= 0 && lseek(fd, 0, SEEK_SET) < 0)
                r = -errno;
        return r < 0 ? r : fd_take(&fd);
}
