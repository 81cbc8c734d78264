/* SPDX-License-Identifier: Apache-2.0 */
#include "network-program.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/pidfd.h>

#include "clock.h"
#include "files.h"
#include "process.h"

#define OUTPUT_MAX ((size_t) 1024 * 1024)
#define MESSAGES_MAX ((size_t) 64 * 1024)
#define CHUNK 4096

/* One of the program's streams, as far as it was read. */
typedef struct Stream {
        int fd;
        char *text;
        size_t n, max;
        bool overflowed; /* what comes after is read and forgotten */
} Stream;

static void stream_done(Stream *stream) {
        fd_drop(&stream->fd);
        free(stream->text);
}

/* Nobody has to write while it reads. */
static int open_input(const char *text) {
        _cleanup_(fd_closep) int fd = memfd_create("input", MFD_CLOEXEC);
        int r = fd < 0 ? -errno : fd_write_all(fd, text, strlen(text));

        if (r >= 0 && lseek(fd, 0, SEEK_SET) < 0)
                r = -errno;
        return r < 0 ? r : fd_take(&fd);
}

static int open_stream(Stream *stream, size_t max, int *ret_writer) {
        int ends[2];

        if (pipe2(ends, O_CLOEXEC) < 0)
                return -errno;
        stream->fd = ends[0];
        stream->max = max;
        *ret_writer = ends[1];
        return fcntl(ends[0], F_SETFL, O_NONBLOCK) < 0 ? -errno : 0;
}

static int start(const NetworkProgram *program, Stream *out, Stream *err, pid_t *ret) {
        _cleanup_(fd_closep) int input_fd = -EBADF, out_fd = -EBADF, err_fd = -EBADF;
        ProcessSpec spec = {
                .path = program->argv[0],
                .argv = program->argv,
                .envp = program->envp,
                .n_fds = 3,
                .die_with_parent = true,
                .own_group = true,
        };
        int r = open_stream(out, OUTPUT_MAX, &out_fd);

        if (r >= 0)
                r = open_stream(err, MESSAGES_MAX, &err_fd);
        if (r >= 0)
                r = input_fd = open_input(program->input);
        if (r < 0)
                return r;
        spec.fds[0] = input_fd;
        spec.fds[1] = out_fd;
        spec.fds[2] = err_fd;
        return process_start(&spec, ret);
}

/* All there is now. Returns 0; a negative errno. */
static int drain(Stream *stream) {
        for (;;) {
                char chunk[CHUNK], *grown = NULL;
                ssize_t n = stream->fd < 0 ? 0 : read(stream->fd, chunk, sizeof(chunk));

                if (n < 0)
                        return errno == EAGAIN || errno == EINTR ? 0 : -errno;
                if (n == 0) {
                        fd_drop(&stream->fd);
                        return 0;
                }
                if (stream->n + (size_t) n > stream->max) {
                        stream->overflowed = true;
                        n = (ssize_t) (stream->max - stream->n);
                }
                grown = realloc(stream->text, stream->n + (size_t) n + 1);
                if (!grown)
                        return -ENOMEM;
                memcpy(grown + stream->n, chunk, (size_t) n);
                stream->text = grown;
                stream->n += (size_t) n;
                stream->text[stream->n] = '\0';
                if (stream->overflowed)
                        return 0; /* come back later: it may never end */
        }
}

/* Until the process has ended: what it left running does not count. */
static int
wait_for_end(const NetworkProgram *program, int process_fd, Stream *out, Stream *err, Error *e) {
        uint64_t deadline = clock_usec() + program->timeout_usec;

        for (;;) {
                struct pollfd fds[] = {
                        { .fd = process_fd, .events = POLLIN },
                        { .fd = program->cancel_fd, .events = POLLIN },
                        { .fd = out->fd, .events = POLLIN },
                        { .fd = err->fd, .events = POLLIN },
                };
                uint64_t now = clock_usec();
                int r = 0;

                if (now >= deadline)
                        return error_new(e, -ETIMEDOUT, "it took more than %u s and was killed",
                                         (unsigned) (program->timeout_usec / 1000000));
                if (poll(fds, N_ELEMENTS(fds), (int) ((deadline - now) / 1000) + 1) < 0 &&
                    errno != EINTR)
                        return -errno;
                r = drain(out);
                if (r >= 0)
                        r = drain(err);
                if (r < 0 || fds[0].revents)
                        return r;
                if (out->overflowed)
                        return error_new(e, -EMSGSIZE, "it wrote more than 1 MiB");
                if (program->cancel_fd >= 0 && fds[1].revents)
                        return error_new(e, -ECANCELED, "interrupted");
        }
}

int network_program_run(const NetworkProgram *program, NetworkOutput *ret, Error *e) {
        _cleanup_(stream_done) Stream out = { .fd = -EBADF }, err = { .fd = -EBADF };
        _cleanup_(fd_closep) int process_fd = -EBADF;
        pid_t pid = -1;
        int r = start(program, &out, &err, &pid), status = 0;

        if (r < 0)
                return error_wrap(e, r, "cannot execute %s", program->argv[0]);
        process_fd = pidfd_open(pid, 0);
        r = process_fd < 0 ? -errno : wait_for_end(program, process_fd, &out, &err, e);
        /* It leads its group until it is reaped, so no other can have that number. */
        (void) kill(-pid, SIGKILL);
        status = process_wait(pid);
        if (r >= 0 && out.overflowed)
                r = error_new(e, -EMSGSIZE, "it wrote more than 1 MiB");
        if (r < 0)
                return error_wrap(e, r, "cannot run %s", program->argv[0]);
        if (!out.text && !(out.text = strdup("")))
                return -ENOMEM;
        if (!err.text && !(err.text = strdup("")))
                return -ENOMEM;
        *ret = (NetworkOutput){ ptr_take(&out.text), out.n, ptr_take(&err.text) };
        return status;
}

void network_output_done(NetworkOutput *output) {
        free(output->text);
        free(output->messages);
        *output = (NetworkOutput){};
}
