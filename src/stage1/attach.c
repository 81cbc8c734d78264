/* SPDX-License-Identifier: Apache-2.0 */

/* Stage1's "attach" entrypoint of every flavor, in the pod's directory:
 * --action=list|auto-attach|custom-attach [--tty-in=BOOL ...] --app=APP --debug=BOOL
 * Source: inventory 1.25, 4.5. */

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "files.h"
#include "openat.h"
#include "stage1-socket.h"
#include "stage1-status.h"
#include "stage1-streams.h"

#define CHUNK_SIZE 4096
#define ESCAPE_KEY '\x1d' /* ^] */
#define ESCAPE_COUNT 3
#define ESCAPE_SECONDS 1
#define SIZE_SOCKET "sock-tty-size"

typedef enum Endpoint {
        ENDPOINT_STDIN,
        ENDPOINT_STDOUT,
        ENDPOINT_STDERR,
        ENDPOINT_TTY,
        _ENDPOINT_MAX,
} Endpoint;

static const char *const names[_ENDPOINT_MAX] = { "stdin", "stdout", "stderr", "tty" };

typedef struct Attachment {
        const char *action, *app;
        bool tty_in, tty_out, streams[3], debug;
        int directory_fd, size_fd; /* that takes a terminal's size */
        int fds[_ENDPOINT_MAX];
        struct termios saved;
        bool raw;
        unsigned escapes;
        struct timespec first_escape;
        bool reads;             /* our own input, still */
        bool leaving;           /* once nothing is pending */
        size_t n_pending, done; /* of what the app has not taken yet */
        char pending[CHUNK_SIZE];
} Attachment;

static volatile sig_atomic_t resized, asked_to_end;

static void on_signal(int number) {
        if (number == SIGWINCH)
                resized = 1;
        else
                asked_to_end = 1;
}

static void attachment_done(Attachment *a) {
        if (a->raw)
                (void) tcsetattr(STDIN_FILENO, TCSADRAIN, &a->saved);
        for (size_t i = 0; i < _ENDPOINT_MAX; i++)
                fd_drop(&a->fds[i]);
        fd_drop(&a->size_fd);
        fd_drop(&a->directory_fd);
}

static int parse_arguments(int argc, char **argv, Attachment *a, Error *e) {
        const struct {
                const char *name;
                bool *slot;
        } switches[] = {
                { "--tty-in=", &a->tty_in },
                { "--tty-out=", &a->tty_out },
                { "--stdin=", &a->streams[ENDPOINT_STDIN] },
                { "--stdout=", &a->streams[ENDPOINT_STDOUT] },
                { "--stderr=", &a->streams[ENDPOINT_STDERR] },
                { "--debug=", &a->debug },
        };

        for (int i = 1; i < argc; i++) {
                const char *action = text_after(argv[i], "--action=");
                const char *app = text_after(argv[i], "--app=");

                a->action = action ? action : a->action;
                a->app = app ? app : a->app;
                for (size_t k = 0; k < N_ELEMENTS(switches); k++) {
                        const char *value = text_after(argv[i], switches[k].name);

                        if (value)
                                *switches[k].slot = text_parse_bool(value) > 0;
                }
        }
        if (!a->action || text_is_empty(a->app) || strchr(a->app, '/'))
                return error_new(e, -EINVAL, "usage: attach --action=ACTION --app=APP");
        return 0;
}

static int say_nothing_there(const Attachment *a, Error *e) {
        return error_new(e, -ENOENT,
                         "app \"%s\" has nothing to attach to: run it with --stdin=, --stdout= or "
                         "--stderr= of \"stream\" or \"tty\"",
                         a->app);
}

static int open_directory(Attachment *a, Error *e) {
        _cleanup_(fd_closep) int pod_fd = dir_open_at(AT_FDCWD, ".");
        _cleanup_(freep) char *path = NULL;

        if (pod_fd < 0)
                return error_wrap(e, pod_fd, "cannot open the pod's directory");
        if (asprintf(&path, POD_STAGE1_ROOTFS "/" STAGE1_STREAMS_DIRECTORY "/%s", a->app) < 0) {
                path = NULL;
                return -ENOMEM;
        }
        a->directory_fd = open_beneath(pod_fd, path, O_RDONLY | O_DIRECTORY);
        if (a->directory_fd == -ENOENT)
                return say_nothing_there(a, e);
        return a->directory_fd < 0 ? error_wrap(e, a->directory_fd, "cannot open %s", path) : 0;
}

static int read_endpoints(const Attachment *a, Json **ret, Error *e) {
        _cleanup_(freep) char *text = NULL;
        size_t n = 0;
        int r = file_read_at(a->directory_fd, STAGE1_STREAMS_ENDPOINTS, JSON_SIZE_MAX, &text, &n);

        if (r == -ENOENT)
                return say_nothing_there(a, e);
        if (r >= 0)
                r = json_parse(text, n, ret, e);
        return r < 0 ? error_wrap(e, r, "cannot read the endpoints of app \"%s\"", a->app) : 0;
}

static bool has_endpoint(const Json *endpoints, const char *name) {
        const Json *targets = json_get(endpoints, "targets");

        for (size_t i = 0; i < json_array_length(targets); i++) {
                _cleanup_(freep) char *text = NULL;

                if (json_read_string(json_get(json_array_get(targets, i), "name"), &text, NULL) >=
                            0 &&
                    strcmp(text, name) == 0)
                        return true;
        }
        return false;
}

/* As the original's Go wrote it: four blanks a level, no newline at the end. The file says what there is, and
 * none of its words are printed: some flavors' are inside the pod. */
static void print_endpoints(const Attachment *a, const Json *endpoints) {
        const char *separator = "";

        printf("{\n    \"version\": 1,\n    \"targets\": [");
        for (size_t i = 0; i < _ENDPOINT_MAX; i++) {
                if (!has_endpoint(endpoints, names[i]))
                        continue;
                printf("%s\n        {\n            \"name\": \"%s\",\n"
                       "            \"domain\": \"unix\",\n"
                       "            \"address\": \"/" STAGE1_STREAMS_DIRECTORY "/%s/sock-%s\"\n"
                       "        }",
                       separator, names[i], a->app, names[i]);
                separator = ",";
        }
        printf("\n    ]\n}");
}

static int connect_to(Attachment *a, Endpoint endpoint, Error *e) {
        char file[64];

        (void) snprintf(file, sizeof(file), "sock-%s", names[endpoint]);
        a->fds[endpoint] = stage1_socket_connect(a->directory_fd, file, SOCK_STREAM);
        return a->fds[endpoint] < 0
                       ? error_wrap(e, a->fds[endpoint], "cannot attach to %s of app \"%s\"",
                                    names[endpoint], a->app)
                       : 0;
}

static int connect_all(Attachment *a, const Json *endpoints, Error *e) {
        bool all = strcmp(a->action, "auto-attach") == 0;
        int r = 0;

        for (size_t i = 0; i < _ENDPOINT_MAX && r >= 0; i++) {
                bool there = has_endpoint(endpoints, names[i]);
                bool wanted = i == ENDPOINT_TTY ? a->tty_in || a->tty_out : a->streams[i];

                if (!all && wanted && !there)
                        return error_new(e, -ENOENT,
                                         "app \"%s\" has no %s to attach to: it was not run with "
                                         "\"%s\" for it",
                                         a->app, names[i], i == ENDPOINT_TTY ? "tty" : "stream");
                if (all ? there : wanted)
                        r = connect_to(a, (Endpoint) i, e);
        }
        if (all)
                a->tty_in = a->tty_out = true;
        return r;
}

static void copy_size(const Attachment *a) {
        struct winsize size;

        if (a->size_fd >= 0 && ioctl(STDIN_FILENO, TIOCGWINSZ, &size) == 0)
                (void) send(a->size_fd, &size, sizeof(size), MSG_DONTWAIT | MSG_NOSIGNAL);
}

/* Our terminal becomes the app's: every key goes there, and its size is ours. */
static int lend_terminal(Attachment *a) {
        struct termios raw;

        if (a->fds[ENDPOINT_TTY] < 0 || !isatty(STDIN_FILENO))
                return 0;
        a->size_fd = stage1_socket_connect(a->directory_fd, SIZE_SOCKET, SOCK_DGRAM);
        copy_size(a);
        if (!a->tty_in)
                return 0;
        if (tcgetattr(STDIN_FILENO, &a->saved) < 0)
                return -errno;
        raw = a->saved;
        cfmakeraw(&raw);
        if (tcsetattr(STDIN_FILENO, TCSANOW, &raw) < 0)
                return -errno;
        a->raw = true;
        fputs("Attached; press ^] three times within a second to detach.\r\n", stderr);
        return 0;
}

/* Where among these keys the user asks for leaving; @n if not. */
static size_t find_escape(Attachment *a, const char *keys, size_t n) {
        for (size_t i = 0; i < n; i++) {
                struct timespec now;

                if (keys[i] != ESCAPE_KEY) {
                        a->escapes = 0;
                        continue;
                }
                (void) clock_gettime(CLOCK_MONOTONIC, &now);
                if (a->escapes == 0 || now.tv_sec - a->first_escape.tv_sec > ESCAPE_SECONDS) {
                        a->escapes = 0;
                        a->first_escape = now;
                }
                if (++a->escapes == ESCAPE_COUNT)
                        return i >= ESCAPE_COUNT - 1 ? i - (ESCAPE_COUNT - 1) : 0;
        }
        return n;
}

static int input_fd(const Attachment *a) {
        if (a->fds[ENDPOINT_TTY] >= 0)
                return a->tty_in ? a->fds[ENDPOINT_TTY] : -EBADF;
        return a->fds[ENDPOINT_STDIN];
}

static bool has_output(const Attachment *a) {
        return a->fds[ENDPOINT_STDOUT] >= 0 || a->fds[ENDPOINT_STDERR] >= 0 ||
               (a->fds[ENDPOINT_TTY] >= 0 && a->tty_out);
}

/* An app that takes nothing keeps us from nothing else. */
static void flush_input(Attachment *a) {
        while (a->n_pending > 0) {
                ssize_t n = send(input_fd(a), a->pending + a->done, a->n_pending,
                                 MSG_DONTWAIT | MSG_NOSIGNAL);

                if (n < 0 && errno == EAGAIN)
                        return;
                if (n < 0) { /* nobody takes it any more */
                        a->n_pending = 0;
                        a->reads = false;
                        return;
                }
                a->done += (size_t) n;
                a->n_pending -= (size_t) n;
        }
}

/* Returns whether the user has left. The app's own input does not end with ours: others may be attached, or
 * attach later. Keys that have no room are lost, as at any terminal, and those for leaving are still seen. */
static bool copy_input(Attachment *a) {
        char chunk[CHUNK_SIZE];
        ssize_t n = read(STDIN_FILENO, chunk, sizeof(chunk));
        size_t n_keys = 0;

        if (n < 0 && (errno == EINTR || errno == EAGAIN))
                return false;
        if (n <= 0) {
                a->reads = false;
                a->leaving = isatty(STDIN_FILENO) || !has_output(a);
                return false;
        }
        n_keys = a->raw ? find_escape(a, chunk, (size_t) n) : (size_t) n;
        if (a->n_pending == 0) {
                memcpy(a->pending, chunk, n_keys);
                a->done = 0;
                a->n_pending = n_keys;
                flush_input(a);
        }
        return n_keys < (size_t) n;
}

/* What comes from the app, to where it belongs. Closes what has ended. */
static int copy_output(Attachment *a, Endpoint endpoint) {
        int to = endpoint == ENDPOINT_STDERR ? STDERR_FILENO : STDOUT_FILENO;
        char chunk[CHUNK_SIZE];
        ssize_t n = read(a->fds[endpoint], chunk, sizeof(chunk));

        if (n < 0 && errno == EINTR)
                return 0;
        if (n <= 0) {
                fd_drop(&a->fds[endpoint]);
                return 0;
        }
        if (endpoint == ENDPOINT_STDIN || (endpoint == ENDPOINT_TTY && !a->tty_out))
                return 0;
        return fd_write_all(to, chunk, (size_t) n);
}

static bool any_open(const Attachment *a) {
        for (size_t i = 0; i < _ENDPOINT_MAX; i++)
                if (a->fds[i] >= 0)
                        return true;
        return false;
}

#define STDIN_PLACE _ENDPOINT_MAX

static void watch(const Attachment *a, struct pollfd fds[static _ENDPOINT_MAX + 1]) {
        bool room = a->n_pending == 0 || a->raw;

        for (size_t i = 0; i < _ENDPOINT_MAX; i++) {
                fds[i] = (struct pollfd){ .fd = a->fds[i], .events = POLLIN };
                if (a->n_pending > 0 && a->fds[i] >= 0 && a->fds[i] == input_fd(a))
                        fds[i].events |= POLLOUT;
        }
        fds[STDIN_PLACE] = (struct pollfd){
                .fd = a->reads && room && input_fd(a) >= 0 ? STDIN_FILENO : -1,
                .events = POLLIN,
        };
}

/* Returns whether to go on. */
static bool serve(Attachment *a, const struct pollfd fds[static _ENDPOINT_MAX + 1]) {
        flush_input(a);
        for (size_t i = 0; i < _ENDPOINT_MAX; i++)
                if ((fds[i].revents & ~POLLOUT) && copy_output(a, (Endpoint) i) < 0)
                        return false; /* nobody reads us any more */
        return !(fds[STDIN_PLACE].revents && copy_input(a));
}

static int run(Attachment *a) {
        sigset_t waiting;

        a->reads = input_fd(a) >= 0;
        sigemptyset(&waiting);
        while (any_open(a) && !asked_to_end && !(a->leaving && a->n_pending == 0)) {
                struct pollfd fds[_ENDPOINT_MAX + 1];

                watch(a, fds);
                if (ppoll(fds, N_ELEMENTS(fds), NULL, &waiting) < 0) {
                        if (errno != EINTR)
                                return -errno;
                        if (resized)
                                copy_size(a);
                        resized = 0;
                } else if (!serve(a, fds))
                        break;
        }
        return 0;
}

static void catch_signals(void) {
        static const int numbers[] = { SIGWINCH, SIGTERM, SIGINT, SIGHUP };
        struct sigaction action = { .sa_handler = on_signal };
        sigset_t blocked;

        sigemptyset(&blocked);
        for (size_t i = 0; i < N_ELEMENTS(numbers); i++) {
                (void) sigaddset(&blocked, numbers[i]);
                (void) sigaction(numbers[i], &action, NULL);
        }
        (void) sigprocmask(SIG_BLOCK, &blocked, NULL);
        (void) signal(SIGPIPE, SIG_IGN);
}

static int attach(Attachment *a, Error *e) {
        _cleanup_(json_freep) Json *endpoints = NULL;
        int r = open_directory(a, e);

        if (r >= 0)
                r = read_endpoints(a, &endpoints, e);
        if (r < 0)
                return r;
        if (strcmp(a->action, "list") == 0) {
                print_endpoints(a, endpoints);
                return 0;
        }
        catch_signals();
        r = connect_all(a, endpoints, e);
        if (r < 0)
                return r;
        r = lend_terminal(a);
        if (r >= 0)
                r = run(a);
        return r < 0 ? error_wrap(e, r, "cannot attach to app \"%s\"", a->app) : 0;
}

int main(int argc, char **argv) {
        _cleanup_(error_done) Error e = ERROR_NULL;
        _cleanup_(attachment_done) Attachment a = {
                .directory_fd = -EBADF,
                .size_fd = -EBADF,
                .fds = { -EBADF, -EBADF, -EBADF, -EBADF },
        };
        int r = parse_arguments(argc, argv, &a, &e);

        if (r >= 0)
                r = attach(&a, &e);
        return r < 0 ? stage1_fail("stage1-attach", &e, r, a.debug) : 0;
}
