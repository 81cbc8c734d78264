/* SPDX-License-Identifier: Apache-2.0 */
#include "transport-output.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"

int transport_output_init(
        TransportOutput *output, int fd, uint64_t written, uint64_t max, Error *e) {
        struct stat st = {};
        int flags = 0;

        *output = (TransportOutput){ .fd = fd, .written = written, .max = max };
        flags = fcntl(fd, F_GETFL);
        if (flags < 0 || fstat(fd, &st) < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0)
                return error_new(e, -errno, "cannot use the output: %s", strerror(errno));
        output->is_file = S_ISREG(st.st_mode);
        if (output->is_file && (uint64_t) st.st_size < written)
                return error_new(e, -EINVAL, "the output holds less than was said");
        return 0;
}

void transport_output_done(TransportOutput *output) {
        fd_drop(&output->fd);
        *output = TRANSPORT_OUTPUT_NULL;
}

int transport_output_begin(TransportOutput *output, uint64_t first, Error *e) {
        if (first > output->written)
                return error_new(e, -EBADMSG, "the server left out a part");
        if (first == 0 && output->is_file) {
                if (ftruncate(output->fd, 0) < 0)
                        return error_new(e, -errno, "cannot begin anew: %s", strerror(errno));
                output->written = 0;
        }
        output->skip = output->written - first;
        return 0;
}

static ssize_t write_some(const TransportOutput *output, const char *bytes, size_t n) {
        ssize_t k = 0;

        do
                k = output->is_file ? pwrite(output->fd, bytes, n, (off_t) output->written)
                                    : write(output->fd, bytes, n);
        while (k < 0 && errno == EINTR);
        return k < 0 ? -errno : k;
}

int transport_output_write(TransportOutput *output, const char *bytes, size_t n, Error *e) {
        size_t at = output->skip < n ? (size_t) output->skip : n;

        if (n - at > output->max - output->written)
                return error_new(e, -EFBIG, "the server sends more than %llu bytes",
                                 (unsigned long long) output->max);
        output->skip -= at;
        while (at < n) {
                ssize_t k = write_some(output, bytes + at, n - at);

                if (k == -EAGAIN) {
                        output->skip = at; /* of the same piece, when it comes again */
                        return -EAGAIN;
                }
                if (k < 0)
                        return error_new(e, (int) k, "cannot write: %s", strerror((int) -k));
                output->written += (uint64_t) k;
                at += (size_t) k;
        }
        return 0;
}
