/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "cleanup.h"
#include "pod-notify.h"
#include "text.h"

/* A socket at @path, "@NAME" in the abstract namespace. */
static int listen_at(const char *path) {
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), yes = 1;

        assert_true(fd >= 0 && strlen(path) < sizeof(address.sun_path));
        memcpy(address.sun_path, path, strlen(path));
        if (path[0] == '@')
                address.sun_path[0] = '\0';
        assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &yes, sizeof(yes)), 0);
        assert_int_equal(bind(fd, (const struct sockaddr *) &address,
                              (socklen_t) (offsetof(struct sockaddr_un, sun_path) + strlen(path))),
                         0);
        return fd;
}

static void tells_whoever_waits_and_that_once(void **state) {
        char place[] = "/tmp/test-pod-notify.XXXXXX", path[64], name[64];
        const char *const names[] = { path, name };

        (void) state;
        assert_non_null(mkdtemp(place));
        (void) snprintf(path, sizeof(path), "%s/socket", place);
        (void) snprintf(name, sizeof(name), "@%s", place);
        for (size_t i = 0; i < N_ELEMENTS(names); i++) {
                _cleanup_(fd_closep) int fd = listen_at(names[i]);

                print_message("# %s\n", names[i]);
                assert_int_equal(setenv("NOTIFY_SOCKET", names[i], 1), 0);
                pod_notify_send("STATUS=here\nREADY=1");
                pod_notify_send("READY=2"); /* nobody is named any more */
                assert_null(getenv("NOTIFY_SOCKET"));
                assert_true(pod_notify_is_ready(fd, getpid()));
                assert_false(pod_notify_is_ready(fd, getpid()));
        }
        assert_int_equal(unlink(path), 0);
        assert_int_equal(rmdir(place), 0);
}

static void hears_nobody_else(void **state) {
        char place[] = "/tmp/test-pod-notify.XXXXXX", path[64];
        _cleanup_(freep) char *text = NULL;
        _cleanup_(fd_closep) int fd = -EBADF;

        (void) state;
        assert_non_null(mkdtemp(place));
        (void) snprintf(path, sizeof(path), "%s/socket", place);
        fd = listen_at(path);
        assert_int_equal(pod_notify_read(fd, getpid(), &text), -EAGAIN);
        assert_int_equal(setenv("NOTIFY_SOCKET", path, 1), 0);
        pod_notify_send("READY=1");
        assert_int_equal(pod_notify_read(fd, getppid(), &text), 0);
        assert_null(text);
        assert_int_equal(unlink(path), 0);
        assert_int_equal(rmdir(place), 0);
}

static void leaves_alone_what_is_no_socket(void **state) {
        static const char *const paths[] = {
                "", "@", "/", "/nonexistent/socket", "vsock:2:1234", "relative/socket"
        };
        char longest[200];

        (void) state;
        memset(longest, 'x', sizeof(longest));
        longest[0] = '/';
        longest[sizeof(longest) - 1] = '\0';
        for (size_t i = 0; i <= N_ELEMENTS(paths); i++) {
                assert_int_equal(
                        setenv("NOTIFY_SOCKET", i < N_ELEMENTS(paths) ? paths[i] : longest, 1), 0);
                pod_notify_send("READY=1");
        }
        assert_int_equal(unsetenv("NOTIFY_SOCKET"), 0);
        pod_notify_send("READY=1");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(tells_whoever_waits_and_that_once),
                cmocka_unit_test(hears_nobody_else),
                cmocka_unit_test(leaves_alone_what_is_no_socket),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
