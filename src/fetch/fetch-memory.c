/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch-memory.h"

#include <sys/mman.h>
#include <sys/stat.h>

#include "cleanup.h"
#include "files.h"

int fetch_memory_new(void) {
        int fd = memfd_create("rkt-fetch", MFD_CLOEXEC);

        return fd < 0 ? -errno : fd;
}

int fetch_memory_from(const void *bytes, size_t n) {
        _cleanup_(fd_closep) int fd = fetch_memory_new();
        int r = fd < 0 ? fd : fd_write_all(fd, bytes, n);

        if (r >= 0 && lseek(fd, 0, SEEK_SET) < 0)
                r = -errno;
        return r < 0 ? r : fd_take(&fd);
}

int fetch_memory_read(int fd, size_t max, char **ret, size_t *ret_n) {
        _cleanup_(freep) char *bytes = NULL;
        struct stat st = {};
        size_t n = 0;

        if (fstat(fd, &st) < 0)
                return -errno;
        if ((size_t) st.st_size > max)
                return -EFBIG;
        bytes = malloc((size_t) st.st_size + 1);
        if (!bytes)
                return -ENOMEM;
        while (n < (size_t) st.st_size) {
                ssize_t k = pread(fd, bytes + n, (size_t) st.st_size - n, (off_t) n);

                if (k < 0 && errno != EINTR)
                        return -errno;
                if (k == 0)
                        break; /* somebody cut it */
                n += k > 0 ? (size_t) k : 0;
        }
        bytes[n] = '\0';
        *ret = ptr_take(&bytes);
        *ret_n = n;
        return 0;
}
