/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch-session.h"

#include <fcntl.h>
#include <sys/socket.h>

#include "process.h"

#define SOCKET_FD 3

typedef struct Pending {
        uint64_t id; /* 0 in an unused slot */
        char *label;
} Pending;

struct FetchSession {
        FetchSessionOptions options;
        int socket_fd;
        pid_t pid;
        uint64_t last_id;
        Pending pending[FETCH_REQUESTS_MAX];
        FetchEvent *early; /* came while another request was waited for */
        size_t n_early;
        char bytes[FETCH_MESSAGE_MAX + 1];
};

FetchSession *fetch_session_free(FetchSession *session) {
        if (session) {
                fd_drop(&session->socket_fd); /* which ends the program */
                if (session->pid > 0)
                        (void) process_wait(session->pid);
                for (size_t i = 0; i < N_ELEMENTS(session->pending); i++)
                        free(session->pending[i].label);
                for (size_t i = 0; i < session->n_early; i++)
                        fetch_event_done(&session->early[i]);
                free(session->early);
                free(session);
        }
        return NULL;
}

static const char *variable(char *const *environment, const char *name) {
        for (; environment && *environment; environment++) {
                const char *rest = text_after(*environment, name);

                if (rest && *rest == '=')
                        return rest + 1;
        }
        return NULL;
}

/* Proxies, and no more. The downloader does not heed HTTP_PROXY, since a web server sets that for its
 * programs from a header; nobody runs this as such a program. */
static int make_environment(char *const *environment, Strv *ret) {
        static const char *const names[][2] = {
                { "http_proxy", "HTTP_PROXY" },
                { "https_proxy", "HTTPS_PROXY" },
                { "all_proxy", "ALL_PROXY" },
                { "no_proxy", "NO_PROXY" },
        };
        int r = 0;

        for (size_t i = 0; i < N_ELEMENTS(names) && r >= 0; i++) {
                const char *value =
                        variable(environment, names[i][0]) ?: variable(environment, names[i][1]);

                if (value)
                        r = strv_appendf(ret, "%s=%s", names[i][0], value);
        }
        return r;
}

static int start(FetchSession *session, Error *e) {
        const char *helper = session->options.helper ?: FETCH_HELPER;
        char name[] = "rkt-fetch", mode[] = "serve";
        char *argv[] = { name, mode, NULL };
        _cleanup_(strv_freep) Strv environment = NULL;
        _cleanup_(fd_closep) int theirs = -EBADF;
        int ends[2], r = make_environment(session->options.environment, &environment);
        ProcessSpec spec = { .path = helper,
                             .argv = argv,
                             .envp = environment,
                             .directory = "/",
                             .die_with_parent = true };

        if (r < 0)
                return r;
        if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
                return -errno;
        session->socket_fd = ends[0];
        theirs = ends[1];
        spec.fds[0] = spec.fds[1] = -1;
        spec.fds[2] = STDERR_FILENO;
        spec.fds[SOCKET_FD] = theirs;
        spec.n_fds = SOCKET_FD + 1;
        r = process_start(&spec, &session->pid);
        return r < 0 ? error_wrap(e, r, "cannot start \"%s\"", helper) : 0;
}

int fetch_session_start(const FetchSessionOptions *options, FetchSession **ret, Error *e) {
        _cleanup_(fetch_session_freep) FetchSession *session = calloc(1, sizeof(*session));
        int r = 0;

        if (!session)
                return -ENOMEM;
        session->options = *options;
        session->socket_fd = -EBADF;
        r = start(session, e);
        if (r < 0)
                return r;
        *ret = ptr_take(&session);
        return 0;
}

static Pending *find(FetchSession *session, uint64_t id) {
        for (size_t i = 0; i < N_ELEMENTS(session->pending); i++)
                if (session->pending[i].id == id)
                        return &session->pending[i];
        return NULL;
}

static void forget(Pending *pending) {
        free(pending->label);
        *pending = (Pending){};
}

static int send_message(FetchSession *session, const char *text, const int *fds, size_t n_fds) {
        union {
                struct cmsghdr header;
                char space[CMSG_SPACE(FETCH_MESSAGE_FDS_MAX * sizeof(int))];
        } control = {};
        struct iovec iov = { .iov_base = (void *) (uintptr_t) text /* only read */,
                             .iov_len = strlen(text) };
        struct msghdr message = { .msg_iov = &iov, .msg_iovlen = 1 };

        if (n_fds > 0) {
                struct cmsghdr *header = &control.header;

                message.msg_control = &control;
                message.msg_controllen = CMSG_SPACE(n_fds * sizeof(int));
                header->cmsg_level = SOL_SOCKET;
                header->cmsg_type = SCM_RIGHTS;
                header->cmsg_len = CMSG_LEN(n_fds * sizeof(int));
                memcpy(CMSG_DATA(header), fds, n_fds * sizeof(int));
        }
        while (sendmsg(session->socket_fd, &message, MSG_NOSIGNAL) < 0)
                if (errno != EINTR)
                        return -errno;
        return 0;
}

/* The output first, then what the request's flags announce. */
static size_t list_fds(FetchRequest *request, int output_fd, const FetchTls *tls, int *fds) {
        size_t n = 0;

        fds[n++] = output_fd;
        request->has_authorities = tls && tls->authorities_fd >= 0;
        request->has_certificate = tls && tls->certificate_fd >= 0;
        request->has_key = tls && tls->key_fd >= 0;
        if (request->has_authorities)
                fds[n++] = tls->authorities_fd;
        if (request->has_certificate)
                fds[n++] = tls->certificate_fd;
        if (request->has_key)
                fds[n++] = tls->key_fd;
        return n;
}

int fetch_session_ask(FetchSession *session,
                      FetchRequest *request,
                      int output_fd,
                      const FetchTls *tls,
                      const char *label,
                      Error *e) {
        Pending *slot = find(session, 0);
        _cleanup_(freep) char *text = NULL, *name = strdup(label);
        int fds[FETCH_MESSAGE_FDS_MAX], r = 0;
        size_t n_fds = list_fds(request, output_fd, tls, fds);

        if (!slot)
                return error_new(e, -EBUSY, "too many downloads at once");
        request->id = session->last_id + 1;
        text = fetch_request_format(request);
        if (!text || !name)
                return -ENOMEM;
        if (strlen(text) > FETCH_MESSAGE_MAX)
                return error_new(e, -EMSGSIZE, "the request is too long");
        r = send_message(session, text, fds, n_fds);
        if (r < 0)
                return error_wrap(e, r, "cannot ask the downloader");
        session->last_id++;
        *slot = (Pending){ .id = request->id, .label = ptr_take(&name) };
        return 0;
}

void fetch_session_cancel(FetchSession *session, uint64_t id) {
        Pending *pending = find(session, id);
        _cleanup_(freep) char *text = fetch_cancel_format(id);

        if (pending)
                forget(pending);
        if (text)
                (void) send_message(session, text, NULL, 0);
}

static int receive(FetchSession *session, FetchEvent *ret, Error *e) {
        ssize_t n = 0;
        int r = 0;

        do
                n = recv(session->socket_fd, session->bytes, sizeof(session->bytes), 0);
        while (n < 0 && errno == EINTR);
        if (n <= 0)
                return error_new(e, -EPIPE, "the downloader ended");
        r = fetch_event_parse(session->bytes, (size_t) n, ret, e);
        return r == -ENOMEM ? r : r < 0 ? error_wrap(e, -EPIPE, "bad news from the downloader") : 0;
}

/* The next one that is still waited for. */
static int next_fresh(FetchSession *session, FetchEvent *ret, Error *e) {
        for (;;) {
                _cleanup_(fetch_event_done) FetchEvent event = FETCH_EVENT_NULL;
                Pending *pending = NULL;
                int r = receive(session, &event, e);

                if (r < 0)
                        return r;
                pending = event.id != 0 ? find(session, event.id) : NULL;
                if (!pending)
                        continue; /* cancelled while it was on its way */
                if (session->options.watch)
                        session->options.watch(pending->label, &event, session->options.userdata);
                if (event.kind == FETCH_EVENT_DONE)
                        forget(pending);
                *ret = event;
                event = FETCH_EVENT_NULL;
                return 0;
        }
}

int fetch_session_next(FetchSession *session, FetchEvent *ret, Error *e) {
        if (session->n_early == 0)
                return next_fresh(session, ret, e);
        *ret = session->early[0];
        session->n_early--;
        memmove(session->early, session->early + 1, session->n_early * sizeof(FetchEvent));
        return 0;
}

/* Takes @event. How others get on is of no use later. */
static int put_by(FetchSession *session, FetchEvent *event) {
        FetchEvent *grown = NULL;

        if (event->kind != FETCH_EVENT_DONE)
                return 0;
        grown = reallocarray(session->early, session->n_early + 1, sizeof(FetchEvent));
        if (!grown)
                return -ENOMEM;
        session->early = grown;
        grown[session->n_early++] = *event;
        *event = FETCH_EVENT_NULL;
        return 0;
}

int fetch_session_run(FetchSession *session,
                      FetchRequest *request,
                      int output_fd,
                      const FetchTls *tls,
                      const char *label,
                      FetchEvent *ret,
                      Error *e) {
        int r = fetch_session_ask(session, request, output_fd, tls, label, e);

        while (r >= 0) {
                _cleanup_(fetch_event_done) FetchEvent event = FETCH_EVENT_NULL;

                r = next_fresh(session, &event, e);
                if (r >= 0 && event.id != request->id) {
                        r = put_by(session, &event);
                        continue;
                }
                if (r < 0 || event.kind != FETCH_EVENT_DONE)
                        continue;
                if (event.error < 0)
                        return error_new(e, (int) event.error, "%s",
                                         event.text ?: strerror((int) -event.error));
                *ret = event;
                event = FETCH_EVENT_NULL;
                return 0;
        }
        return r;
}
