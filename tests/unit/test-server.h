/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Programs that tests speak to: the web server tests/unit/fetch-server with a certificate of its own,
 * and whatever else is installed. */

#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>

#include "process.h"
#include "test-dir.h"
#include "text.h"

/* Runs "/bin/sh -c LINE" in @dir and returns its status. */
static inline int test_shell(const TestDir *dir, const char *line) {
        char *argv[] = { strdupa("sh"), strdupa("-c"), strdupa(line), NULL };
        char *envp[] = { strdupa("PATH=/usr/sbin:/usr/bin:/sbin:/bin"),
                         strdupa("HOME=/nonexistent"), NULL };

        return process_run(&(ProcessSpec){ .path = "/bin/sh",
                                           .argv = argv,
                                           .envp = envp,
                                           .fds = { -1, 2, 2 },
                                           .n_fds = 3,
                                           .directory = dir->path });
}

static inline bool test_has_program(const TestDir *dir, const char *name) {
        _cleanup_(freep) char *line = NULL;

        assert_true(asprintf(&line, "command -v %s >/dev/null", name) > 0);
        return test_shell(dir, line) == 0;
}

/* NAME.crt and NAME.key, for localhost, 127.0.0.1, example.com and other.com. */
static inline void test_certificate(const TestDir *dir, const char *name) {
        _cleanup_(freep) char *line = NULL;

        assert_true(
                asprintf(
                        &line,
                        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes "
                        "-keyout %s.key -out %s.crt -days 2 -subj /CN=localhost -addext "
                        "subjectAltName=DNS:localhost,IP:127.0.0.1,DNS:example.com,DNS:other.com 2>/dev/null",
                        name, name) > 0);
        assert_int_equal(test_shell(dir, line), 0);
}

typedef struct TestServer {
        pid_t pid;
        int stdin_fd;
        unsigned port;
} TestServer;

/* @certificate: its name as given to test_certificate(); NULL for http. */
static inline void
test_server_start(TestServer *server, const TestDir *dir, const char *certificate) {
        const char *program = getenv("FETCH_SERVER");
        _cleanup_(freep) char *crt = NULL, *key = NULL;
        char *argv[] = { NULL, dir->path, NULL, NULL, NULL }, text[16] = {};
        int in[2], out[2];

        assert_non_null(program);
        argv[0] = strdupa(program);
        if (certificate) {
                assert_true(asprintf(&crt, "%s/%s.crt", dir->path, certificate) > 0);
                assert_true(asprintf(&key, "%s/%s.key", dir->path, certificate) > 0);
                argv[2] = crt;
                argv[3] = key;
        }
        assert_int_equal(pipe2(in, O_CLOEXEC), 0);
        assert_int_equal(pipe2(out, O_CLOEXEC), 0);
        assert_int_equal(process_start(&(ProcessSpec){ .path = argv[0],
                                                       .argv = argv,
                                                       .fds = { in[0], out[1], 2 },
                                                       .n_fds = 3,
                                                       .die_with_parent = true },
                                       &server->pid),
                         0);
        close(in[0]);
        close(out[1]);
        server->stdin_fd = in[1];
        assert_true(read(out[0], text, sizeof(text) - 1) > 0);
        server->port = (unsigned) strtoul(text, NULL, 10);
        assert_true(server->port > 0);
        close(out[0]);
}

static inline void test_server_stop(TestServer *server) {
        close(server->stdin_fd);
        assert_int_equal(process_wait(server->pid), 0);
}

/* A port that nobody listens on. */
static inline unsigned test_free_port(void) {
        struct sockaddr_in address = { .sin_family = AF_INET,
                                       .sin_addr = { htonl(INADDR_LOOPBACK) } };
        socklen_t n = sizeof(address);
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

        assert_int_equal(bind(fd, (struct sockaddr *) &address, sizeof(address)), 0);
        assert_int_equal(getsockname(fd, (struct sockaddr *) &address, &n), 0);
        close(fd);
        return ntohs(address.sin_port);
}

/* Waits until somebody listens there. */
static inline void test_wait_for_port(unsigned port) {
        const struct sockaddr_in address = { .sin_family = AF_INET,
                                             .sin_port = htons((uint16_t) port),
                                             .sin_addr = { htonl(INADDR_LOOPBACK) } };

        for (unsigned i = 0; i < 3000; i++) {
                int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
                int r = connect(fd, (const struct sockaddr *) &address, sizeof(address));

                close(fd);
                if (r == 0)
                        return;
                (void) poll(NULL, 0, 10);
        }
        fail_msg("nobody listens on port %u", port);
}

/* What was asked for so far: a JSON object a line. Allocated. */
static inline char *test_server_log(const TestDir *dir) {
        char *text = NULL;
        size_t n = 0;

        if (file_read_at(dir->fd, "log", 1024 * 1024, &text, &n) < 0)
                return strdup("");
        return text;
}
