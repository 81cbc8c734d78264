/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "stage1-listen.h"

#define OURS "0" /* stands for our own number */

static void set(const char *name, const char *value) {
        assert_int_equal(value ? setenv(name, value, 1) : unsetenv(name), 0);
}

static void pass(const char *pid, const char *n, const char *names) {
        char number[32];

        (void) snprintf(number, sizeof(number), "%d", getpid());
        set("LISTEN_PID", pid && strcmp(pid, OURS) == 0 ? number : pid);
        set("LISTEN_FDS", n);
        set("LISTEN_FDNAMES", names);
}

/* Two descriptors where systemd puts them, as it does inheritable. */
static void open_passed(void) {
        for (int i = 0; i < 2; i++) {
                assert_int_equal(dup2(STDERR_FILENO, SD_LISTEN_FDS_START + i),
                                 SD_LISTEN_FDS_START + i);
                assert_int_equal(fcntl(SD_LISTEN_FDS_START + i, F_GETFD), 0);
        }
}

static const struct {
        const char *pid, *n, *names;
        int want;
        const char *first, *second;
} cases[] = {
        { OURS, "2", "http:https", 2, "http", "https" },
        { OURS, "2", "http:", 2, "http", "" },
        { OURS, "1", NULL, 1, "unknown", NULL },
        { OURS, "0", NULL, 0, NULL, NULL },
        { "1", "2", "http:https", 0, NULL, NULL }, /* somebody else's */
        { NULL, "2", "http:https", 0, NULL, NULL },
        { OURS, NULL, "http:https", 0, NULL, NULL },
        { OURS, "2", "http", -EINVAL, NULL, NULL },
        { OURS, "1", "http:https", -EINVAL, NULL, NULL },
        { OURS, "-1", NULL, -EINVAL, NULL, NULL },
        { OURS, "2147483648", NULL, -ERANGE, NULL, NULL },
        { "1x", "2", NULL, -EINVAL, NULL, NULL },
};

static void names_what_systemd_has_passed(void **state) {
        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                _cleanup_(strv_freep) Strv names = NULL;

                print_message("# %s %s %s\n", cases[i].pid, cases[i].n, cases[i].names);
                open_passed();
                pass(cases[i].pid, cases[i].n, cases[i].names);
                assert_int_equal(stage1_listen_names(&names), cases[i].want);
                assert_int_equal(names ? strv_length(names) : 0,
                                 cases[i].want > 0 ? cases[i].want : 0);
                if (cases[i].first)
                        assert_string_equal(names[0], cases[i].first);
                if (cases[i].second)
                        assert_string_equal(names[1], cases[i].second);
                for (int k = 0; k < cases[i].want; k++)
                        assert_int_equal(fcntl(SD_LISTEN_FDS_START + k, F_GETFD), FD_CLOEXEC);
        }
}

static void refuses_sockets_that_are_not_there(void **state) {
        _cleanup_(strv_freep) Strv names = NULL;

        (void) state;
        open_passed();
        (void) close(SD_LISTEN_FDS_START + 1);
        pass(OURS, "2", "http:https");
        assert_int_equal(stage1_listen_names(&names), -EBADF);
        assert_null(names);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(names_what_systemd_has_passed),
                cmocka_unit_test(refuses_sockets_that_are_not_there),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
