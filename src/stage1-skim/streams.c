/* SPDX-License-Identifier: Apache-2.0 */

/* streams NAME...
 *
 * Stands between an app's streams and whoever is attached to them. NAME is stdin, stdout, stderr or
 * tty; of the i-th, descriptor 4 + 2i is our end of the stream and 5 + 2i a listening socket. When
 * the other end of descriptor 3 is closed the app has ended: what it wrote still goes out, and then
 * we end too. Nothing else ends us: the signals that stop a unit are for the app.
 *
 * Without anybody attached output is discarded, as nobody asked for it to be kept. One who is slow
 * is waited for, app and all, but not for ever. One process for each app that has such streams, so
 * small and without libraries. */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define FAILURE 254
#define CONTROL_FD 3
#define STREAMS_MAX 4
#define CLIENTS_MAX 32
#define CHUNK_SIZE 4096
#define STALL_MSEC 10000

typedef struct Client {
        int fd;
        bool listens_only; /* sends no more */
        size_t n, done;    /* of what is pending for it */
        long long since;   /* milliseconds: when it last took something */
        char pending[CHUNK_SIZE];
} Client;

typedef struct Stream {
        int app_fd, listen_fd, slave_fd;
        bool to_app, from_app, ended;
        size_t n, done; /* of what is pending for the app */
        char pending[CHUNK_SIZE];
        Client *clients[CLIENTS_MAX];
        size_t n_clients;
} Stream;

typedef struct Streams {
        Stream items[STREAMS_MAX];
        size_t n;
        bool ending;
        long long deadline;
} Streams;

static long long now_msec(void) {
        struct timespec ts;

        (void) clock_gettime(CLOCK_MONOTONIC, &ts);
        return ts.tv_sec * 1000LL + ts.tv_nsec / 1000000;
}

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
                        return errno == EAGAIN && now_msec() - client->since < STALL_MSEC;
                client->done += (size_t) n;
                client->n -= (size_t) n;
                client->since = now_msec();
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
                client->since = now_msec();
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

/* A stream takes two places, and one for each client. */
static void watch_stream(const Stream *s, bool ending, struct pollfd *fds, size_t *n) {
        short events = 0;

        if (s->from_app && !s->ended && !any_pending(s))
                events |= POLLIN;
        if (s->n > 0)
                events |= POLLOUT;
        watch(fds, n, s->app_fd, events);
        watch(fds, n, s->listen_fd, !ending && s->n_clients < CLIENTS_MAX ? POLLIN : 0);
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

/* @fds: as watch_stream() laid them out. New clients come last, so that places stay right. */
static size_t serve_stream(Stream *s, bool ending, const struct pollfd *fds) {
        size_t n = 2 + s->n_clients;

        serve_clients(s, fds + 2);
        if (s->n > 0)
                flush_app(s);
        if (s->from_app && !s->ended && !any_pending(s) && (ending || fds[0].revents))
                read_app(s);
        if (s->ended && !any_pending(s))
                while (s->n_clients > 0)
                        drop_client(s, 0);
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
        return drained || now_msec() > streams->deadline;
}

static int serve(Streams *streams) {
        while (!streams->ending || !is_drained(streams)) {
                struct pollfd fds[1 + STREAMS_MAX * (2 + CLIENTS_MAX)];
                size_t n = 0, at = 1;

                watch(fds, &n, CONTROL_FD, streams->ending ? 0 : POLLIN);
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
                        streams->deadline = now_msec() + STALL_MSEC;
                }
        }
        return 0;
}

static void set_nonblocking(int fd) {
        int flags = fcntl(fd, F_GETFL);

        if (flags >= 0)
                (void) fcntl(fd, F_SETFL, flags | O_NONBLOCK);
}

static bool open_stream(Stream *s, const char *name, size_t i) {
        char path[64];

        s->app_fd = CONTROL_FD + 1 + 2 * (int) i;
        s->listen_fd = s->app_fd + 1;
        s->slave_fd = -1;
        set_nonblocking(s->app_fd);
        set_nonblocking(s->listen_fd);
        s->to_app = strcmp(name, "stdin") == 0;
        s->from_app = strcmp(name, "stdout") == 0 || strcmp(name, "stderr") == 0;
        if (strcmp(name, "tty") != 0)
                return s->to_app || s->from_app;
        s->to_app = s->from_app = true;
        /* A terminal that nobody has open is one that has hung up. */
        if (ptsname_r(s->app_fd, path, sizeof(path)) != 0)
                return false;
        s->slave_fd = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC);
        return s->slave_fd >= 0;
}

int main(int argc, char **argv) {
        static const int ignored[] = { SIGTERM, SIGINT, SIGHUP, SIGPIPE };
        static Streams streams;

        for (size_t i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
                (void) signal(ignored[i], SIG_IGN);
        if (argc < 2 || argc > 1 + STREAMS_MAX)
                return FAILURE;
        for (; streams.n < (size_t) argc - 1; streams.n++)
                if (!open_stream(&streams.items[streams.n], argv[1 + streams.n], streams.n))
                        return FAILURE;
        return serve(&streams);
}
