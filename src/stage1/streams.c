/* SPDX-License-Identifier: Apache-2.0 */

/* streams NAME...
 * streams --unit NAME...
 *
 * Stands between an app's streams and whoever is attached to them, by a socket "sock-NAME" in the working
 * directory for each NAME: stdin, stdout, stderr or tty.
 *
 * On the host, descriptor 4 + i is our end of the i-th stream, and descriptor 3 is told once all is there. When
 * its other end is closed the app has ended: what it wrote still goes out, and then we end too. Nothing else
 * ends us: the signals that stop a unit are for the app.
 *
 * As a unit beside the app's own, inside the pod, we make what the app's unit opens: a fifo "stage2-NAME" for
 * each stream, and a link "stage2-pts" to the terminal. Once all is there we go to the background; SIGTERM says
 * that the app has ended. The fifos stay open here for both directions, so that they have no end meanwhile.
 *
 * Without anybody attached output is discarded, as nobody asked for it to be kept. One who is slow
 * is waited for, app and all, but not for ever. One process for each app that has such streams, so
 * small and without libraries. */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "clock.h"
#include "stage1-pty.h"
#include "stage1-socket.h"

#define FAILURE 254
#define CONTROL_FD 3
#define FIRST_FD 4
#define BACKLOG 16
#define TERMINAL "stage2-pts"
#define SIZE_SOCKET "sock-tty-size" /* datagrams, each a struct winsize */
#define STREAMS_MAX 4
#define CLIENTS_MAX 32
#define CHUNK_SIZE 4096
#define STALL_MSEC 10000
#define STREAM_PLACES 3

typedef struct Client {
        int fd;
        bool listens_only; /* sends no more */
        size_t n, done;    /* of what is pending for it */
        uint64_t since;    /* milliseconds: when it last took something */
        char pending[CHUNK_SIZE];
} Client;

typedef struct Stream {
        int app_fd, listen_fd;
        int slave_fd, size_fd; /* of a terminal */
        bool to_app, from_app, ended;
        size_t n, done; /* of what is pending for the app */
        char pending[CHUNK_SIZE];
        Client *clients[CLIENTS_MAX];
        size_t n_clients;
} Stream;

typedef struct Streams {
        Stream items[STREAMS_MAX];
        size_t n;
        int control_fd; /* can be read from once the app has ended */
        bool ending;
        uint64_t deadline;
} Streams;

static void drop_client(Stream *s, size_t i) {
        (void) close(s->clients[i]->fd);
        free(s->clients[i]);
        s->clients[i] = s->clients[--s->n_clients];
}

static bool any_pending(const Stream *s) {
        for (size_t i = 0; i < s->n_clients; i++)
                if (s->clients[i]->n > 0)
                        return true;
        return false;
}

static void accept_client(Stream *s) {
        int fd = accept4(s->listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
        Client *client = fd < 0 ? NULL : calloc(1, sizeof(Client));

        if (!client) {
                if (fd >= 0)
                        (void) close(fd);
                return;
        }
        client->fd = fd;
        s->clients[s->n_clients++] = client;
}

/* Returns whether the client is still worth having. */
static bool flush_client(Client *client) {
        while (client->n > 0) {
                ssize_t n = send(client->fd, client->pending + client->done, client->n,
                                 MSG_DONTWAIT | MSG_NOSIGNAL);

                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return errno == EAGAIN && clock_msec() - client->since < STALL_MSEC;
                client->done += (size_t) n;
                client->n -= (size_t) n;
                client->since = clock_msec();
        }
        return true;
}

/* Only while nothing is pending for anybody. */
static void read_app(Stream *s) {
        char chunk[CHUNK_SIZE];
        ssize_t n = read(s->app_fd, chunk, sizeof(chunk));

        if (n < 0 && (errno == EAGAIN || errno == EINTR))
                return;
        if (n <= 0) {
                s->ended = true;
                return;
        }
        for (size_t i = s->n_clients; i > 0; i--) {
                Client *client = s->clients[i - 1];

                memcpy(client->pending, chunk, (size_t) n);
                client->done = 0;
                client->n = (size_t) n;
                client->since = clock_msec();
                if (!flush_client(client))
                        drop_client(s, i - 1);
        }
}

static void flush_app(Stream *s) {
        while (s->n > 0) {
                ssize_t n = write(s->app_fd, s->pending + s->done, s->n);

                if (n < 0 && errno == EAGAIN)
                        return;
                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0) {
                        s->n = 0; /* nobody reads it any more */
                        return;
                }
                s->done += (size_t) n;
                s->n -= (size_t) n;
        }
}

/* Only while nothing is pending for the app. Who only listens may say what it likes. */
static void read_client(Stream *s, size_t i) {
        Client *client = s->clients[i];
        ssize_t n = read(client->fd, s->pending, sizeof(s->pending));

        if (n < 0 && (errno == EAGAIN || errno == EINTR))
                return;
        if (n > 0) {
                s->done = 0;
                s->n = s->to_app ? (size_t) n : 0;
                flush_app(s);
        } else if (n == 0 && s->from_app)
                client->listens_only = true;
        else
                drop_client(s, i);
}

static void watch(struct pollfd *fds, size_t *n, int fd, short events) {
        fds[(*n)++] = (struct pollfd){ .fd = events ? fd : -1, .events = events };
}

/* A stream takes three places, and one for each client. */
static void watch_stream(const Stream *s, bool ending, struct pollfd *fds, size_t *n) {
        short events = 0;

        if (s->from_app && !s->ended && !any_pending(s))
                events |= POLLIN;
        if (s->n > 0)
                events |= POLLOUT;
        watch(fds, n, s->app_fd, events);
        watch(fds, n, s->listen_fd, !ending && s->n_clients < CLIENTS_MAX ? POLLIN : 0);
        watch(fds, n, s->size_fd, s->size_fd >= 0 ? POLLIN : 0);
        for (size_t i = 0; i < s->n_clients; i++) {
                const Client *client = s->clients[i];

                events = client->n > 0 ? POLLOUT : 0;
                if (!client->listens_only && s->n == 0)
                        events |= POLLIN;
                /* One that has closed altogether is told even if nothing is asked. */
                fds[(*n)++] = (struct pollfd){ .fd = client->fd, .events = events };
        }
}

static void serve_clients(Stream *s, const struct pollfd *fds) {
        for (size_t i = s->n_clients; i > 0; i--) {
                Client *client = s->clients[i - 1];
                short events = fds[i - 1].revents;
                bool gone = (events & POLLERR) || ((events & POLLHUP) && client->listens_only);

                if (gone || (client->n > 0 && !flush_client(client)))
                        drop_client(s, i - 1);
                else if ((events & (POLLIN | POLLHUP)) && s->n == 0)
                        read_client(s, i - 1);
        }
}

/* Who is attached says how large his terminal is. */
static void take_size(const Stream *s) {
        struct winsize size;

        if (recv(s->size_fd, &size, sizeof(size), MSG_TRUNC) == (ssize_t) sizeof(size))
                (void) ioctl(s->app_fd, TIOCSWINSZ, &size);
}

/* @fds: as watch_stream() laid them out. New clients come last, so that places stay right. */
static size_t serve_stream(Stream *s, bool ending, const struct pollfd *fds) {
        size_t n = STREAM_PLACES + s->n_clients;

        serve_clients(s, fds + STREAM_PLACES);
        if (s->n > 0)
                flush_app(s);
        if (s->from_app && !s->ended && !any_pending(s) && (ending || fds[0].revents))
                read_app(s);
        if (s->ended && !any_pending(s))
                while (s->n_clients > 0)
                        drop_client(s, 0);
        if (fds[2].revents & POLLIN)
                take_size(s);
        if (fds[1].revents & POLLIN)
                accept_client(s);
        return n;
}

/* Whether all that the app wrote is with those who wanted it. */
static bool is_drained(Streams *streams) {
        bool drained = true;

        for (size_t i = 0; i < streams->n; i++) {
                Stream *s = &streams->items[i];
                struct pollfd more = { .fd = s->app_fd, .events = POLLIN };

                if (!s->from_app || s->ended)
                        continue;
                if (any_pending(s) || (poll(&more, 1, 0) > 0 && (more.revents & POLLIN)))
                        drained = false;
        }
        return drained || clock_msec() > streams->deadline;
}

static int serve(Streams *streams) {
        while (!streams->ending || !is_drained(streams)) {
                struct pollfd fds[1 + STREAMS_MAX * (STREAM_PLACES + CLIENTS_MAX)];
                size_t n = 0, at = 1;

                watch(fds, &n, streams->control_fd, streams->ending ? 0 : POLLIN);
                for (size_t i = 0; i < streams->n; i++)
                        watch_stream(&streams->items[i], streams->ending, fds, &n);
                /* Who takes nothing is noticed by the clock alone. */
                if (poll(fds, n, streams->ending ? 100 : STALL_MSEC / 2) < 0) {
                        if (errno != EINTR)
                                return FAILURE;
                        continue;
                }
                for (size_t i = 0; i < streams->n; i++)
                        at += serve_stream(&streams->items[i], streams->ending, fds + at);
                if (fds[0].revents && !streams->ending) {
                        streams->ending = true;
                        streams->deadline = clock_msec() + STALL_MSEC;
                }
        }
        return 0;
}

static bool set_nonblocking(int fd) {
        int flags = fcntl(fd, F_GETFL);

        return flags >= 0 && fcntl(fd, F_SETFL, flags | O_NONBLOCK) >= 0;
}

static int open_fifo(const char *name) {
        char file[64];

        (void) snprintf(file, sizeof(file), "stage2-%s", name);
        if ((unlink(file) < 0 && errno != ENOENT) || mkfifo(file, 0600) < 0)
                return -1;
        return open(file, O_RDWR | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
}

static int open_terminal(void) {
        char path[STAGE1_PTY_PATH_MAX];
        int fd = stage1_pty_open(O_NONBLOCK, path);

        if (fd < 0)
                return -1;
        if ((unlink(TERMINAL) < 0 && errno != ENOENT) || symlink(path, TERMINAL) < 0)
                return -1;
        return fd;
}

/* A terminal that nobody has open is one that has hung up. */
static bool hold_terminal(Stream *s) {
        char path[STAGE1_PTY_PATH_MAX];

        if (ptsname_r(s->app_fd, path, sizeof(path)) != 0)
                return false;
        s->slave_fd = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC);
        s->size_fd = stage1_socket_listen(AT_FDCWD, SIZE_SOCKET, SOCK_DGRAM, 0);
        return s->slave_fd >= 0 && s->size_fd >= 0;
}

/* @app_fd: our end of the stream; -1 if it is to be made. */
static bool open_stream(Stream *s, const char *name, int app_fd) {
        bool terminal = strcmp(name, "tty") == 0;
        char file[64];

        s->to_app = terminal || strcmp(name, "stdin") == 0;
        s->from_app = terminal || strcmp(name, "stdout") == 0 || strcmp(name, "stderr") == 0;
        s->slave_fd = s->size_fd = -1;
        if (!s->to_app && !s->from_app)
                return false;
        s->app_fd = app_fd >= 0 ? app_fd : terminal ? open_terminal() : open_fifo(name);
        if (s->app_fd < 0 || !set_nonblocking(s->app_fd) || (terminal && !hold_terminal(s)))
                return false;
        (void) snprintf(file, sizeof(file), "sock-%s", name);
        s->listen_fd = stage1_socket_listen(AT_FDCWD, file, SOCK_STREAM, BACKLOG);
        return s->listen_fd >= 0;
}

/* Returns a descriptor by which SIGTERM comes. */
static int await_term(void) {
        sigset_t set;

        (void) sigemptyset(&set);
        (void) sigaddset(&set, SIGTERM);
        (void) sigprocmask(SIG_BLOCK, &set, NULL);
        return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* Whoever has started us goes on. */
static bool say_ready(const Streams *streams, bool unit) {
        pid_t child = -1;

        if (!unit)
                return write(streams->control_fd, "", 1) == 1;
        child = fork();
        if (child > 0)
                _exit(0);
        return child == 0;
}

int main(int argc, char **argv) {
        static const int ignored[] = { SIGINT, SIGHUP, SIGPIPE };
        bool unit = argc > 1 && strcmp(argv[1], "--unit") == 0;
        char **names = argv + 1 + unit;
        static Streams streams;

        /* Apps of the same pod that have our rights must not look into us and by that into each other. */
        (void) prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
        for (size_t i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
                (void) signal(ignored[i], SIG_IGN);
        if (!unit)
                (void) signal(SIGTERM, SIG_IGN);
        streams.control_fd = unit ? await_term() : CONTROL_FD;
        if (streams.control_fd < 0 || argc < 2 + unit || argc > 1 + unit + STREAMS_MAX)
                return FAILURE;
        for (; names[streams.n]; streams.n++)
                if (!open_stream(&streams.items[streams.n], names[streams.n],
                                 unit ? -1 : FIRST_FD + (int) streams.n)) {
                        perror("stage1: cannot open the app's streams");
                        return FAILURE;
                }
        return say_ready(&streams, unit) ? serve(&streams) : FAILURE;
}
