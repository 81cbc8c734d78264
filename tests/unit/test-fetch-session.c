/* SPDX-License-Identifier: Apache-2.0 */

/* The downloader and whoever starts it, against a server with all kinds of manners. */

#include "test-server.h"

#include <poll.h>
#include <sys/mman.h>

#include "fetch-session.h"

typedef struct Fixture {
        TestDir dir;
        TestServer tls, plain;
        int authorities_fd;
        FetchSession *session;
        unsigned n_retries;
} Fixture;

static Fixture fixture;

static void watch(const char *label, const FetchEvent *event, void *userdata) {
        Fixture *f = userdata;

        assert_string_equal(label, "thing");
        f->n_retries += event->kind == FETCH_EVENT_RETRY;
        if (event->kind == FETCH_EVENT_RETRY)
                print_message("#   again in %u ms: %s\n", (unsigned) event->wait_msec, event->text);
}

static int set_up(void **state) {
        static FetchSessionOptions options = { .watch = watch, .userdata = &fixture };

        (void) state;
        options.helper = getenv("RKT_FETCH");
        test_dir_open(&fixture.dir);
        test_certificate(&fixture.dir, "server");
        test_server_start(&fixture.tls, &fixture.dir, "server");
        test_server_start(&fixture.plain, &fixture.dir, NULL);
        fixture.authorities_fd = openat(fixture.dir.fd, "server.crt", O_RDONLY | O_CLOEXEC);
        assert_true(fixture.authorities_fd >= 0);
        assert_int_equal(fetch_session_start(&options, &fixture.session, NULL), 0);
        return 0;
}

static int tear_down(void **state) {
        (void) state;
        (void) fetch_session_free(fixture.session);
        test_server_stop(&fixture.tls);
        test_server_stop(&fixture.plain);
        close(fixture.authorities_fd);
        test_dir_done(&fixture.dir);
        return 0;
}

static char *tls_url(const char *path) {
        char *url = NULL;

        assert_true(asprintf(&url, "https://localhost:%u%s", fixture.tls.port, path) > 0);
        return url;
}

static FetchRequest request_for(char *url) {
        FetchRequest request = FETCH_REQUEST_NULL;

        request.url = url;
        request.size_max = 1024 * 1024;
        request.timeout_sec = 20;
        request.attempts = 3;
        return request;
}

static int memory(void) {
        int fd = memfd_create("test", MFD_CLOEXEC);

        assert_true(fd >= 0);
        return fd;
}

static char *content(int fd) {
        char *text = NULL;
        size_t n = 0;

        assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
        assert_int_equal(fd_read_all(fd, 4 * 1024 * 1024, &text, &n), 0);
        return text;
}

static int run(FetchRequest *request, int fd, FetchEvent *event, Error *e) {
        const FetchTls tls = { fixture.authorities_fd, -EBADF, -EBADF };

        fixture.n_retries = 0;
        return fetch_session_run(fixture.session, request, fd, &tls, "thing", event, e);
}

/* What tests/unit/fetch-server sends. */
static void expect_pattern(const char *bytes, size_t n) {
        assert_int_equal(strlen(bytes), n);
        for (size_t i = 0; i + 8 <= n; i += 8) {
                char want[9];

                (void) snprintf(want, sizeof(want), "%07u\n", (unsigned) (i / 8) % 10000000U);
                assert_memory_equal(bytes + i, want, 8);
        }
}

static void brings_a_file_and_tells_about_it(void **state) {
        _cleanup_(freep) char *url = tls_url("/bytes?n=100000"), *text = NULL;
        _cleanup_(fetch_event_done) FetchEvent event = FETCH_EVENT_NULL;
        _cleanup_(fd_closep) int fd = memory();
        FetchRequest request = request_for(url);

        (void) state;
        assert_int_equal(run(&request, fd, &event, NULL), 0);
        assert_int_equal(event.status, 200);
        assert_int_equal(event.received, 100000);
        assert_int_equal(event.total, 100000);
        assert_string_equal(event.etag, "\"v1\"");
        assert_string_equal(event.url, url);
        text = content(fd);
        expect_pattern(text, 100000);
}

static void tells_statuses_apart_and_brings_no_bodies_of_errors(void **state) {
        static const struct {
                const char *path, *header, *body;
                unsigned status;
        } cases[] = {
                { "/status?code=404&body=gone", NULL, "gone", 404 },
                { "/status?code=403&body=no", NULL, "no", 403 },
                { "/status?code=202&body=wait", NULL, "wait", 202 },
                { "/status?code=400&body=", NULL, NULL, 400 },
                { "/nothing", NULL, "there is nothing here", 404 },
                { "/basic", NULL, "{}", 401 },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                _cleanup_(freep) char *url = tls_url(cases[i].path), *text = NULL;
                _cleanup_(fetch_event_done) FetchEvent event = FETCH_EVENT_NULL;
                _cleanup_(fd_closep) int fd = memory();
                FetchRequest request = request_for(url);

                print_message("# %s\n", cases[i].path);
                assert_int_equal(run(&request, fd, &event, NULL), 0);
                assert_int_equal(event.status, cases[i].status);
                assert_true(text_equal(event.body, cases[i].body));
                assert_int_equal(strv_length(event.authenticate), event.status == 401 ? 2 : 0);
                text = content(fd);
                assert_string_equal(text, "");
        }
}

static void sends_what_it_was_told_and_no_cookies(void **state) {
        _cleanup_(freep) char *url = tls_url("/echo"), *text = NULL;
        _cleanup_(fetch_event_done) FetchEvent event = FETCH_EVENT_NULL;
        _cleanup_(fd_closep) int fd = memory();
        char accept[] = "Accept: application/x", authorization[] = "Bearer abc";
        char *headers[] = { accept, NULL };
        FetchRequest request = request_for(url);

        (void) state;
        request.headers = headers;
        request.authorization = authorization;
        assert_int_equal(run(&request, fd, &event, NULL), 0);
        text = content(fd);
        assert_non_null(strstr(text, "\"accept\": \"application/x\""));
        assert_non_null(strstr(text, "\"authorization\": \"Bearer abc\""));
        assert_non_null(strstr(text, "\"user-agent\": \"rkt/"));
        assert_null(strstr(text, "cookie"));
        assert_null(strstr(text, "accept-encoding"));
}

static void gets_304_for_what_did_not_change(void **state) {
        _cleanup_(freep) char *url = tls_url("/thing.aci");
        _cleanup_(fetch_event_done) FetchEvent event = FETCH_EVENT_NULL;
        _cleanup_(fd_closep) int fd = memory();
        char match[] = "If-None-Match: \"v1\"";
        char *headers[] = { match, NULL };
        FetchRequest request = request_for(url);

        (void) state;
        make_dir(fixture.dir.fd, "www");
        make_file(fixture.dir.fd, "www/thing.aci", "image");
        request.headers = headers;
        assert_int_equal(run(&request, fd, &event, NULL), 0);
        assert_int_equal(event.status, 304);
}

static void resumes_what_was_cut(void **state) {
        static const struct {
                const char *path;
                unsigned n_retries;
        } cases[] = {
                { "/cut?n=50000&at=20000", 1 },       { "/cut?n=50000&at=0&x=1", 1 },
                { "/cut?n=50000&at=1&times=2", 2 },   { "/cut?n=50000&at=20000&ranges=0", 1 },
                { "/cut?n=50000&at=20000&etag=", 1 }, { "/cut?n=50000&at=20000&change=1", 1 },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                _cleanup_(freep) char *url = tls_url(cases[i].path), *text = NULL;
                _cleanup_(fetch_event_done) FetchEvent event = FETCH_EVENT_NULL;
                _cleanup_(fd_closep) int fd = memory();
                FetchRequest request = request_for(url);

                print_message("# %s\n", cases[i].path);
                assert_int_equal(run(&request, fd, &event, NULL), 0);
                assert_int_equal(fixture.n_retries, cases[i].n_retries);
                assert_int_equal(event.received, 50000);
                text = content(fd);
                expect_pattern(text, 50000);
        }
}

/* Everything a pipe gets comes once, in order, whatever the reader's pace is. */
static void fills_a_pipe_without_a_byte_twice(void **state) {
        static const char *const paths[] = {
                "/bytes?n=800000&pipe=1",
                "/cut?n=800000&at=300000&pipe=1",
                "/cut?n=800000&at=300000&ranges=0&pipe=1",
                "/cut?n=800000&at=300000&etag=&pipe=1",
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(paths); i++) {
                _cleanup_(freep) char *url = tls_url(paths[i]), *text = calloc(1, 800001);
                const FetchTls tls = { fixture.authorities_fd, -EBADF, -EBADF };
                FetchRequest request = request_for(url);
                size_t n = 0;
                ssize_t k = 1;
                int ends[2];

                print_message("# %s\n", paths[i]);
                assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
                assert_int_equal(
                        fetch_session_ask(fixture.session, &request, ends[1], &tls, "thing", NULL),
                        0);
                close(ends[1]);
                while (k > 0) {
                        k = read(ends[0], text + n, 800000 - n > 3333 ? 3333 : 800000 - n);
                        assert_true(k >= 0);
                        n += (size_t) k;
                }
                close(ends[0]);
                for (bool done = false; !done;) {
                        _cleanup_(fetch_event_done) FetchEvent event = FETCH_EVENT_NULL;

                        assert_int_equal(fetch_session_next(fixture.session, &event, NULL), 0);
                        done = event.kind == FETCH_EVENT_DONE;
                        assert_int_equal(event.error, 0);
                }
                expect_pattern(text, 800000);
        }
}

static void goes_on_with_what_an_earlier_run_left(void **state) {
        static const struct {
                const char *validator, *path;
                bool same; /* what is there still counts */
        } cases[] = {
                { "\"v1\"", "/bytes?n=1000&a=1", true },
                { "\"v0\"", "/bytes?n=1000&a=2", false },
                { NULL, "/bytes?n=1000&a=3", false },
                { "\"v1\"", "/bytes?n=40&a=4", false }, /* less than is there: 416 */
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                _cleanup_(freep) char *url = tls_url(cases[i].path), *text = NULL;
                _cleanup_(freep) char *validator = NULL;
                _cleanup_(fetch_event_done) FetchEvent event = FETCH_EVENT_NULL;
                _cleanup_(fd_closep) int fd = memory();
                FetchRequest request = request_for(url);

                print_message("# %s\n", cases[i].path);
                assert_int_equal(
                        dprintf(fd, "%s", "0000000\n0000001\n0000002\n0000003\n0000004\nXXX"), 43);
                validator = cases[i].validator ? strdup(cases[i].validator) : NULL;
                request.validator = validator;
                request.offset = i == 3 ? 43 : 40;
                assert_int_equal(run(&request, fd, &event, NULL), 0);
                assert_int_equal(event.status, cases[i].same ? 206 : 200);
                text = content(fd);
                expect_pattern(text, i == 3 ? 40 : 1000);
        }
}

static void refuses_what_is_not_as_it_must_be(void **state) {
        static const struct {
                const char *path;
                int64_t size;
                int want;
        } cases[] = {
                { "/bytes?n=1048577", FETCH_SIZE_UNKNOWN, -EFBIG },
                { "/long", FETCH_SIZE_UNKNOWN, -EFBIG },
                { "/endless", FETCH_SIZE_UNKNOWN, -EFBIG },
                { "/bytes?n=100", 99, -EBADMSG },
                { "/bytes?n=100&b=1", 101, -EBADMSG },
                { "/hole?n=1000&at=100", FETCH_SIZE_UNKNOWN, -EBADMSG },
                { "/headers", FETCH_SIZE_UNKNOWN, -EMSGSIZE },
                { "/loop", FETCH_SIZE_UNKNOWN, -ELOOP },
                { "/redirect?to=http://localhost:PORT/echo", FETCH_SIZE_UNKNOWN, -EPROTONOSUPPORT },
                { "/redirect?to=ftp://localhost/echo", FETCH_SIZE_UNKNOWN, -EINVAL },
                { "/redirect?to=file:///etc/passwd", FETCH_SIZE_UNKNOWN, -EINVAL },
                { "/redirect?to=https://user:word@localhost:PORT/echo", FETCH_SIZE_UNKNOWN,
                  -EINVAL },
                { "/cut?n=1000&at=10&times=9", FETCH_SIZE_UNKNOWN, -ECONNRESET },
                { "/silent", FETCH_SIZE_UNKNOWN, -ECONNRESET },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                _cleanup_(freep) char *url = tls_url(cases[i].path), *text = NULL;
                _cleanup_(fetch_event_done) FetchEvent event = FETCH_EVENT_NULL;
                _cleanup_(error_done) Error e = ERROR_NULL;
                _cleanup_(fd_closep) int fd = memory();
                FetchRequest request = request_for(url);

                print_message("# %s\n", cases[i].path);
                request.size = cases[i].size;
                assert_int_equal(run(&request, fd, &event, &e), cases[i].want);
                print_message("#   %s\n", error_cause(&e));
                assert_non_null(error_cause(&e));
                assert_int_equal(event.status, 0);
                text = content(fd);
                assert_true(strlen(text) <= request.size_max);
        }
}

static void does_not_read_errors_to_their_end(void **state) {
        _cleanup_(freep) char *url = tls_url("/unwanted");
        _cleanup_(fetch_event_done) FetchEvent event = FETCH_EVENT_NULL;
        _cleanup_(fd_closep) int fd = memory();
        FetchRequest request = request_for(url);

        (void) state;
        assert_int_equal(run(&request, fd, &event, NULL), 0);
        assert_int_equal(event.status, 404);
        assert_int_equal(strlen(event.body), 16 * 1024);
}

static void gives_up_when_the_time_is_over(void **state) {
        _cleanup_(freep) char *url = tls_url("/slow?sec=4");
        _cleanup_(fetch_event_done) FetchEvent event = FETCH_EVENT_NULL;
        _cleanup_(fd_closep) int fd = memory();
        FetchRequest request = request_for(url);

        (void) state;
        request.timeout_sec = 1;
        assert_int_equal(run(&request, fd, &event, NULL), -ETIMEDOUT);
}

static void gives_up_when_nothing_comes_any_more(void **state) {
        _cleanup_(freep) char *url = tls_url("/slow?sec=15");
        _cleanup_(fetch_event_done) FetchEvent event = FETCH_EVENT_NULL;
        _cleanup_(error_done) Error e = ERROR_NULL;
        _cleanup_(fd_closep) int fd = memory();
        FetchRequest request = request_for(url);

        (void) state;
        request.stall_sec = 1;
        request.timeout_sec = 12;
        assert_int_equal(run(&request, fd, &event, &e), -ETIMEDOUT);
        assert_non_null(strstr(error_cause(&e), "too slow"));
}

static void tries_again_when_the_server_is_busy(void **state) {
        static const struct {
                const char *path;
                unsigned n_retries, status;
        } cases[] = {
                { "/flaky?times=2", 2, 200 },
                { "/flaky?times=1&code=429", 1, 200 },
                { "/flaky?times=1&code=500", 1, 200 },
                { "/flaky?times=1&code=404", 0, 404 },
                { "/flaky?times=9", 2, 503 },
                { "/flaky?times=1&after=999999&code=429", 0, 429 }, /* longer than we wait */
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                _cleanup_(freep) char *url = tls_url(cases[i].path);
                _cleanup_(fetch_event_done) FetchEvent event = FETCH_EVENT_NULL;
                _cleanup_(fd_closep) int fd = memory();
                FetchRequest request = request_for(url);

                print_message("# %s\n", cases[i].path);
                assert_int_equal(run(&request, fd, &event, NULL), 0);
                assert_int_equal(event.status, cases[i].status);
                assert_int_equal(fixture.n_retries, cases[i].n_retries);
        }
}

/* Everything the server was asked since, by any path that has @mark. */
static void expect_log(const char *mark, const char *wanted, const char *unwanted) {
        _cleanup_(freep) char *log = test_server_log(&fixture.dir);

        for (char *line = strtok(log, "\n"); line; line = strtok(NULL, "\n"))
                if (strstr(line, mark)) {
                        if (wanted)
                                assert_non_null(strstr(line, wanted));
                        if (unwanted)
                                assert_null(strstr(line, unwanted));
                }
}

static void keeps_credentials_from_other_hosts(void **state) {
        static const struct {
                const char *path;
                bool kept; /* the credentials come along */
        } cases[] = {
                { "/redirect?to=https://127.0.0.1:PORT/echo%3Fother", false },
                { "/redirect?to=/echo%3Fsame", true },
                { "/redirect?to=https://localhost:PORT/echo%3Fsame", true },
                { "/redirect?status=307&to=https://127.0.0.1:PORT/echo%3Fother", false },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                _cleanup_(freep) char *url = tls_url(cases[i].path), *text = NULL;
                _cleanup_(fetch_event_done) FetchEvent event = FETCH_EVENT_NULL;
                _cleanup_(fd_closep) int fd = memory();
                char authorization[] = "Basic c2VjcmV0";
                FetchRequest request = request_for(url);

                print_message("# %s\n", cases[i].path);
                request.authorization = authorization;
                assert_int_equal(run(&request, fd, &event, NULL), 0);
                assert_int_equal(event.status, 200);
                text = content(fd);
                assert_int_equal(strstr(text, "c2VjcmV0") != NULL, cases[i].kept);
        }
        expect_log("echo?other", NULL, "c2VjcmV0");
        expect_log("echo?same", "c2VjcmV0", NULL);
}

static void posts_a_form_but_to_nobody_else(void **state) {
        _cleanup_(freep) char *url = tls_url("/echo?form");
        _cleanup_(freep) char *away = tls_url("/redirect?status=307&to=/echo%3Fform-away");
        _cleanup_(fetch_event_done) FetchEvent event = FETCH_EVENT_NULL, none = FETCH_EVENT_NULL;
        _cleanup_(fd_closep) int fd = memory();
        char form[] = "grant_type=x&secret=y";
        FetchRequest request = request_for(url);

        (void) state;
        request.form = form;
        assert_int_equal(run(&request, fd, &event, NULL), 0);
        expect_log("echo?form", "\"body\": \"grant_type=x&secret=y\"", NULL);
        request.url = away;
        assert_int_equal(run(&request, fd, &none, NULL), -EPROTO);
        expect_log("\"path\": \"/echo?form-away\"", "never", NULL);
}

static void speaks_to_nobody_it_cannot_know(void **state) {
        struct {
                const char *host;
                unsigned port;
                bool plain, insecure, authorities;
                int want;
        } cases[] = {
                { "https://localhost", fixture.tls.port, false, false, true, 0 },
                { "https://127.0.0.1", fixture.tls.port, false, false, true, 0 },
                /* another name than the certificate has */
                { "https://127.0.0.2", fixture.tls.port, false, false, true, -ECONNREFUSED },
                /* nobody vouches for it */
                { "https://localhost", fixture.tls.port, false, false, false, -EKEYREJECTED },
                { "https://localhost", fixture.tls.port, false, true, false, 0 },
                /* http */
                { "http://localhost", fixture.plain.port, false, false, true, -EPROTONOSUPPORT },
                { "http://localhost", fixture.plain.port, true, false, true, 0 },
                { "https://localhost", fixture.plain.port, true, true, true, -EPROTO },
                { "ftp://localhost", fixture.plain.port, true, true, true, -EINVAL },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                char url[64];
                _cleanup_(fetch_event_done) FetchEvent event = FETCH_EVENT_NULL;
                _cleanup_(error_done) Error e = ERROR_NULL;
                _cleanup_(fd_closep) int fd = memory();
                FetchTls tls = FETCH_TLS_NULL;
                FetchRequest request = request_for(url);

                (void) snprintf(url, sizeof(url), "%s:%u/echo", cases[i].host, cases[i].port);
                print_message("# %s\n", url);
                request.plain = cases[i].plain;
                request.insecure_tls = cases[i].insecure;
                request.attempts = 1;
                if (cases[i].authorities)
                        tls.authorities_fd = fixture.authorities_fd;
                assert_int_equal(
                        fetch_session_run(fixture.session, &request, fd, &tls, "thing", &event, &e),
                        cases[i].want);
                print_message("#   %s\n", cases[i].want < 0 ? error_cause(&e) : "");
        }
}

static void works_on_several_at_once_and_forgets_cancelled_ones(void **state) {
        const FetchTls tls = { fixture.authorities_fd, -EBADF, -EBADF };
        _cleanup_(freep) char *url = tls_url("/bytes?n=300000"), *slow = tls_url("/slow?sec=3");
        FetchRequest waiting = request_for(slow);
        int fds[FETCH_REQUESTS_MAX] = {};
        uint64_t cancelled = 0;
        size_t n_done = 0;

        (void) state;
        fds[0] = memory();
        assert_int_equal(fetch_session_ask(fixture.session, &waiting, fds[0], &tls, "thing", NULL),
                         0);
        cancelled = waiting.id;
        for (size_t i = 1; i < FETCH_REQUESTS_MAX; i++) {
                FetchRequest request = request_for(url);

                fds[i] = memory();
                assert_int_equal(
                        fetch_session_ask(fixture.session, &request, fds[i], &tls, "thing", NULL),
                        0);
        }
        assert_int_equal(fetch_session_ask(fixture.session, &waiting, fds[0], &tls, "thing", NULL),
                         -EBUSY);
        fetch_session_cancel(fixture.session, cancelled);
        while (n_done < FETCH_REQUESTS_MAX - 1) {
                _cleanup_(fetch_event_done) FetchEvent event = FETCH_EVENT_NULL;

                assert_int_equal(fetch_session_next(fixture.session, &event, NULL), 0);
                if (event.kind == FETCH_EVENT_DONE) {
                        assert_int_equal(event.error, 0);
                        n_done++;
                }
        }
        for (size_t i = 1; i < FETCH_REQUESTS_MAX; i++) {
                _cleanup_(freep) char *text = content(fds[i]);

                expect_pattern(text, 300000);
        }
        for (size_t i = 0; i < FETCH_REQUESTS_MAX; i++)
                close(fds[i]);
}

/* The status of our child of that name. */
static char *status_of(const char *name) {
        _cleanup_(freep) char *children = NULL;
        _cleanup_(fd_closep) int proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        char *position = NULL;
        size_t n = 0;

        if (file_read_at(proc, "thread-self/children", 65536, &children, &n) < 0)
                return NULL;
        for (char *pid = strtok_r(children, " ", &position); pid;
             pid = strtok_r(NULL, " ", &position)) {
                _cleanup_(freep) char *path = NULL, *text = NULL;

                assert_true(asprintf(&path, "%s/status", pid) > 0);
                if (file_read_at(proc, path, 65536, &text, &n) >= 0 && strstr(text, name))
                        return ptr_take(&text);
        }
        return NULL;
}

static void gives_the_downloader_no_rights(void **state) {
        _cleanup_(freep) char *status = status_of("Name:\trkt-fetch\n");

        (void) state;
        if (!status) {
                print_message("# this kernel does not list children\n");
                skip();
        }
        assert_non_null(strstr(status, "NoNewPrivs:\t1\n"));
        assert_non_null(strstr(status, "Seccomp:\t2\n"));
        if (geteuid() != 0)
                return;
        assert_null(strstr(status, "Uid:\t0\t"));
        assert_null(strstr(status, "Gid:\t0\t"));
        assert_non_null(strstr(status, "Groups:\t \n"));
        assert_non_null(strstr(status, "CapPrm:\t0000000000000000\n"));
        assert_non_null(strstr(status, "CapEff:\t0000000000000000\n"));
}

static void says_so_when_there_is_no_downloader(void **state) {
        FetchSession *session = NULL;
        _cleanup_(error_done) Error e = ERROR_NULL;

        (void) state;
        assert_int_equal(fetch_session_start(&(FetchSessionOptions){ .helper = "/nonexistent/x" },
                                             &session, &e),
                         -ENOENT);
        assert_null(session);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(brings_a_file_and_tells_about_it),
                cmocka_unit_test(tells_statuses_apart_and_brings_no_bodies_of_errors),
                cmocka_unit_test(sends_what_it_was_told_and_no_cookies),
                cmocka_unit_test(gets_304_for_what_did_not_change),
                cmocka_unit_test(resumes_what_was_cut),
                cmocka_unit_test(fills_a_pipe_without_a_byte_twice),
                cmocka_unit_test(goes_on_with_what_an_earlier_run_left),
                cmocka_unit_test(refuses_what_is_not_as_it_must_be),
                cmocka_unit_test(does_not_read_errors_to_their_end),
                cmocka_unit_test(gives_up_when_the_time_is_over),
                cmocka_unit_test(gives_up_when_nothing_comes_any_more),
                cmocka_unit_test(tries_again_when_the_server_is_busy),
                cmocka_unit_test(keeps_credentials_from_other_hosts),
                cmocka_unit_test(posts_a_form_but_to_nobody_else),
                cmocka_unit_test(speaks_to_nobody_it_cannot_know),
                cmocka_unit_test(works_on_several_at_once_and_forgets_cancelled_ones),
                cmocka_unit_test(gives_the_downloader_no_rights),
                cmocka_unit_test(says_so_when_there_is_no_downloader),
        };

        return cmocka_run_group_tests(tests, set_up, tear_down);
}
