/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <time.h>

#include "network-program.h"

static int
shell(const char *line, const char *input, unsigned msec, int cancel_fd, NetworkOutput *ret) {
        char *argv[] = { strdupa("/bin/sh"), strdupa("-c"), strdupa(line), NULL };
        char *envp[] = { strdupa("ONLY=this"), NULL };
        const NetworkProgram program = { argv, envp, input, (uint64_t) msec * 1000, cancel_fd };

        return network_program_run(&program, ret, NULL);
}

static void passes_input_output_and_status(void **state) {
        _cleanup_(network_output_done) NetworkOutput output = {};

        (void) state;
        assert_int_equal(shell("cat; echo \"$ONLY$PATH_\"; echo words >&2; exit 3", "in ", 10000,
                               -1, &output),
                         3);
        assert_string_equal(output.text, "in this\n");
        assert_int_equal(output.n, 8);
        assert_string_equal(output.messages, "words\n");
}

static void ends_what_takes_too_long_and_all_it_started(void **state) {
        NetworkOutput output = {};
        struct timespec before, after;

        (void) state;
        (void) clock_gettime(CLOCK_MONOTONIC, &before);
        assert_int_equal(shell("trap '' TERM; sleep 100 & sleep 100", "", 200, -1, &output),
                         -ETIMEDOUT);
        (void) clock_gettime(CLOCK_MONOTONIC, &after);
        assert_true(after.tv_sec - before.tv_sec < 50);
        assert_null(output.text);
        /* One that leaves something behind has ended all the same. */
        assert_int_equal(shell("sleep 100 & echo done", "", 20000, -1, &output), 0);
        assert_string_equal(output.text, "done\n");
        network_output_done(&output);
}

static void bounds_what_it_reads(void **state) {
        NetworkOutput output = {};

        (void) state;
        assert_int_equal(shell("yes", "", 20000, -1, &output), -EMSGSIZE);
        assert_null(output.text);
        assert_int_equal(shell("yes | head -c 300000 >&2", "", 20000, -1, &output), 0);
        assert_true(strlen(output.messages) <= (size_t) 64 * 1024);
        network_output_done(&output);
}

static void gives_up_when_it_is_told(void **state) {
        NetworkOutput output = {};
        int ends[2];

        (void) state;
        assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
        close(ends[1]); /* at its end, and so readable */
        assert_int_equal(shell("sleep 100", "", 20000, ends[0], &output), -ECANCELED);
        close(ends[0]);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(passes_input_output_and_status),
                cmocka_unit_test(ends_what_takes_too_long_and_all_it_started),
                cmocka_unit_test(bounds_what_it_reads),
                cmocka_unit_test(gives_up_when_it_is_told),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
