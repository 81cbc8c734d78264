/* SPDX-License-Identifier: Apache-2.0 */

/* rkt-fetch: the program that speaks to the network. It confines itself, takes requests from the socket
 * it was given, writes what comes to the descriptors that came with them, and tells how it goes. It
 * decides nothing: whoever started it checks every byte.
 *
 *   rkt-fetch serve         requests on descriptor 3, until the other end is closed
 *   rkt-fetch fingerprint   the SHA-1 of what stands on standard input, as hexadecimal digits */

#include <openssl/evp.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "clock.h"
#include "fetch-session.h"
#include "files.h"
#include "transport-confine.h"
#include "transport-job.h"

#define SOCKET_FD 3
#define JOBS_MAX FETCH_REQUESTS_MAX
#define PEM_SIZE_MAX ((size_t) 1024 * 1024)
#define KEY_SIZE_MAX ((size_t) 64 * 1024)

#ifdef TRANSPORT_SANITIZED
/* It would look at other threads from a process of its own. */
__attribute__((visibility("default"))) const char *__asan_default_options(void);
const char *__asan_default_options(void) {
        return "detect_leaks=0";
}
#endif

typedef struct Service {
        TransportMulti *multi;
        TransportJob *jobs[JOBS_MAX];
        size_t n_jobs;
        bool gone; /* the other end */
} Service;

/* Progress may be lost; nothing else. */
static void send_event(const FetchEvent *event, void *userdata) {
        Service *service = userdata;
        _cleanup_(freep) char *text = fetch_event_format(event);
        int flags = event->kind == FETCH_EVENT_PROGRESS ? MSG_DONTWAIT : 0;

        if (!text || strlen(text) > FETCH_MESSAGE_MAX) {
                char words[] = "what the server says is too long to be told";
                FetchEvent sorry = { .id = event->id, .kind = FETCH_EVENT_DONE };

                sorry.error = -EMSGSIZE;
                sorry.text = words;
                free(text);
                text = event->kind == FETCH_EVENT_DONE ? fetch_event_format(&sorry) : NULL;
                if (!text)
                        return;
        }
        if (send(SOCKET_FD, text, strlen(text), flags | MSG_NOSIGNAL) < 0 && errno != EAGAIN)
                service->gone = true;
}

static void refuse(Service *service, uint64_t id, int r, const Error *e) {
        FetchEvent event = { .id = id, .kind = FETCH_EVENT_DONE, .error = r };
        const char *cause = error_cause(e);
        _cleanup_(freep) char *text = strdup(cause ? cause : strerror(-r));

        event.text = text;
        event.total = FETCH_SIZE_UNKNOWN;
        send_event(&event, service);
}

/* From its begin: others have the same descriptor, and read it too. */
static int read_pem(int fd, TransportPem *ret) {
        struct stat st = {};
        ssize_t n = 0;

        if (fd < 0 || fstat(fd, &st) < 0 || st.st_size < 1)
                return -EBADF;
        if ((uintmax_t) st.st_size > PEM_SIZE_MAX)
                return -EFBIG;
        ret->bytes = malloc((size_t) st.st_size);
        if (!ret->bytes)
                return -ENOMEM;
        n = pread(fd, ret->bytes, (size_t) st.st_size, 0);
        ret->n = n > 0 ? (size_t) n : 0;
        return n < 0 ? -errno : n == 0 ? -EBADF : 0;
}

static int read_pems(const FetchRequest *request, const int *fds, TransportPems *pems) {
        const struct {
                bool is_there;
                TransportPem *pem;
        } slots[] = {
                { request->has_authorities, &pems->authorities },
                { request->has_certificate, &pems->certificate },
                { request->has_key, &pems->key },
        };
        int r = 0;

        for (size_t i = 0, n = 1; i < N_ELEMENTS(slots) && r >= 0; i++)
                if (slots[i].is_there)
                        r = read_pem(fds[n++], slots[i].pem);
        return r;
}

/* Takes the request. */
static void start_job(Service *service, FetchRequest *request, int *fds) {
        _cleanup_(error_done) Error e = ERROR_NULL;
        _cleanup_(transport_task_done)
                TransportTask task = { .request = *request, .output = fd_take(&fds[0]) };
        uint64_t id = request->id;
        int r = 0;

        *request = FETCH_REQUEST_NULL;
        if (service->n_jobs == JOBS_MAX)
                r = error_new(&e, -EBUSY, "too many requests at once");
        if (r >= 0 && task.output < 0)
                r = error_new(&e, -EBADF, "a request without an output");
        if (r >= 0)
                r = read_pems(&task.request, fds, &task.pems);
        if (r >= 0)
                r = transport_job_new(service->multi, &task, send_event, service,
                                      &service->jobs[service->n_jobs], &e);
        if (r < 0)
                refuse(service, id, r, &e);
        else
                service->n_jobs++;
}

static void drop_job(Service *service, size_t i) {
        (void) transport_job_free(service->jobs[i]);
        service->jobs[i] = service->jobs[--service->n_jobs];
}

static void cancel(Service *service, uint64_t id) {
        for (size_t i = 0; i < service->n_jobs; i++)
                if (transport_job_id(service->jobs[i]) == id) {
                        drop_job(service, i);
                        return;
                }
}

static void take_fds(struct msghdr *header, int fds[static FETCH_MESSAGE_FDS_MAX]) {
        for (struct cmsghdr *c = CMSG_FIRSTHDR(header); c; c = CMSG_NXTHDR(header, c))
                if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS)
                        memcpy(fds, CMSG_DATA(c), c->cmsg_len - CMSG_LEN(0));
}

static void receive(Service *service) {
        static char bytes[FETCH_MESSAGE_MAX + 1];
        union {
                struct cmsghdr header;
                char space[CMSG_SPACE(FETCH_MESSAGE_FDS_MAX * sizeof(int))];
        } control = {};
        struct iovec iov = { .iov_base = bytes, .iov_len = sizeof(bytes) };
        struct msghdr header = { .msg_iov = &iov,
                                 .msg_iovlen = 1,
                                 .msg_control = &control,
                                 .msg_controllen = sizeof(control) };
        _cleanup_(fetch_request_done) FetchRequest request = FETCH_REQUEST_NULL;
        int fds[FETCH_MESSAGE_FDS_MAX] = { -EBADF, -EBADF, -EBADF, -EBADF };
        uint64_t id = 0;
        ssize_t n = recvmsg(SOCKET_FD, &header, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);

        if (n < 0 && (errno == EAGAIN || errno == EINTR))
                return;
        take_fds(&header, fds);
        if (n > 0 && fetch_cancel_parse(bytes, (size_t) n, &id))
                cancel(service, id);
        else if (n > 0 && fetch_request_parse(bytes, (size_t) n, &request, NULL) >= 0)
                start_job(service, &request, fds);
        else
                service->gone = true; /* closed, or nobody we know */
        for (size_t i = 0; i < N_ELEMENTS(fds); i++)
                fd_drop(&fds[i]);
}

static int tick(Service *service) {
        uint64_t now = clock_msec();
        int wait = service->n_jobs > 0 ? 1000 : 60000;

        for (size_t i = 0; i < service->n_jobs;) {
                int one = transport_job_tick(service->jobs[i], now);

                if (transport_job_is_done(service->jobs[i])) {
                        drop_job(service, i);
                        continue;
                }
                wait = one < wait ? one : wait;
                i++;
        }
        return wait;
}

static int step(Service *service) {
        struct pollfd fds[JOBS_MAX + 1] = { { .fd = SOCKET_FD, .events = POLLIN } };
        TransportJob *blocked[JOBS_MAX + 1] = {};
        size_t n = 1;
        int wait = tick(service), r = 0;

        for (size_t i = 0; i < service->n_jobs; i++)
                if (transport_job_blocked_on(service->jobs[i]) >= 0) {
                        blocked[n] = service->jobs[i];
                        fds[n++] = (struct pollfd){
                                .fd = transport_job_blocked_on(service->jobs[i]),
                                .events = POLLOUT,
                        };
                }
        r = transport_multi_wait(service->multi, fds, n, wait);
        if (r < 0)
                return r;
        for (size_t i = 1; i < n; i++)
                if (fds[i].revents)
                        transport_job_resume(blocked[i]);
        if (fds[0].revents)
                receive(service);
        return 0;
}

static int serve(void) {
        Service service = {};
        int r = transport_multi_new(&service.multi);

        while (r >= 0 && !service.gone)
                r = step(&service);
        while (service.n_jobs > 0)
                drop_job(&service, 0);
        (void) transport_multi_free(service.multi);
        return r;
}

static int fingerprint(void) {
        _cleanup_(freep) char *bytes = NULL, *hex = NULL;
        uint8_t digest[EVP_MAX_MD_SIZE];
        unsigned n_digest = 0;
        size_t n = 0;
        int r = fd_read_all(STDIN_FILENO, KEY_SIZE_MAX, &bytes, &n);

        if (r < 0)
                return r;
        if (EVP_Digest(bytes, n, digest, &n_digest, EVP_sha1(), NULL) != 1)
                return -EOPNOTSUPP;
        hex = text_hex(digest, n_digest);
        return hex ? fd_write_all(STDOUT_FILENO, hex, strlen(hex)) : -ENOMEM;
}

int main(int argc, char **argv) {
        static const struct {
                const char *name;
                int (*run)(void);
        } modes[] = { { "serve", serve }, { "fingerprint", fingerprint } };
        _cleanup_(error_done) Error e = ERROR_NULL;
        _cleanup_(freep) char *text = NULL;
        int r = -EINVAL;

        (void) signal(SIGPIPE, SIG_IGN);
        for (size_t i = 0; argc == 2 && i < N_ELEMENTS(modes); i++)
                if (text_equal(argv[1], modes[i].name)) {
                        r = transport_confine(&e);
                        if (r >= 0)
                                r = modes[i].run();
                }
        if (r >= 0)
                return 0;
        text = error_format(&e, r, false);
        (void) fprintf(stderr, "rkt-fetch: %s\n", text ? text : strerror(-r));
        return 1;
}
