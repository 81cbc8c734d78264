/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "stage1-args.h"

#define UUID "0c5a21c9-6c3e-4f5b-9a53-1d7b2f0f8e11"
#define WORDS_MAX 12

typedef struct Words {
        const char *words[WORDS_MAX]; /* what follows argv[0] */
} Words;

/* argv as main() gets it: the words are not const there. */
static int make_argv(const Words *words, char *argv[static WORDS_MAX + 2]) {
        int n = 0;

        argv[n++] = strdup("program");
        for (const char *const *word = words->words; *word; word++)
                argv[n++] = strdup(*word);
        argv[n] = NULL;
        return n;
}

static void free_argv(char **argv) {
        for (; *argv; argv++)
                free(*argv);
}

static void reads_what_run_gets(void **state) {
        const Words words = { { "--debug", "--net=default,other", "--interactive=false",
                                "--local-config=/etc/rkt", "--hostname=a=b", "--disable-seccomp",
                                "--ipc=", UUID } };
        char *argv[WORDS_MAX + 2];
        Stage1Args args = {};
        int n = make_argv(&words, argv);

        (void) state;
        assert_int_equal(stage1_args_parse(n, argv, &args, NULL), 0);
        assert_true(args.debug);
        assert_false(args.interactive);
        assert_true(args.any_calls);
        assert_false(args.any_paths);
        assert_string_equal(args.net, "default,other");
        assert_string_equal(args.hostname, "a=b");
        assert_string_equal(args.ipc, "");
        assert_string_equal(args.uuid.text, UUID);
        assert_null(args.private_users);
        free_argv(argv);
}

static void refuses_what_run_does_not_take(void **state) {
        static const Words cases[] = {
                { {} },
                { { "" } },
                { { "--debug" } },
                { { "--net=host", "no-uuid" } },
                { { UUID, "--debug" } },
                { { "--debug=perhaps", UUID } },
                { { "--hostname", "name", UUID } },
                { { "--hostname", UUID } },
                { { "--unknown", UUID } },
                { { "--debugger", UUID } },
                { { "debug", UUID } },
                { { UUID "0" } },
        };

        (void) state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                char *argv[WORDS_MAX + 2];
                Stage1Args args = { .ipc = "untouched" };
                int n = make_argv(&cases[i], argv);

                print_message("# case %zu\n", i);
                assert_int_equal(stage1_args_parse(n, argv, &args, NULL), -EINVAL);
                assert_string_equal(args.ipc, "untouched");
                free_argv(argv);
        }
}

static void enters_a_pod_from_its_directory(void **state) {
        const Words words = { { "--pid=42", "--appname=web", "--", "sh", "--", "--pid=7" } };
        char *argv[WORDS_MAX + 2], directory[] = "/tmp/test-stage1-XXXXXX";
        Stage1EnterArgs args = {};
        int n = make_argv(&words, argv);

        (void) state;
        assert_non_null(mkdtemp(directory));
        assert_int_equal(chdir(directory), 0);
        assert_int_equal(stage1_enter_args_parse(n, argv, &args, NULL), -EINVAL);
        assert_int_equal(mkdir(UUID, 0700), 0);
        assert_int_equal(chdir(UUID), 0);
        assert_int_equal(stage1_enter_args_parse(n, argv, &args, NULL), 0);
        assert_int_equal(args.pid, 42);
        assert_string_equal(args.app, "web");
        assert_string_equal(args.command[0], "sh");
        assert_string_equal(args.command[2], "--pid=7");
        assert_string_equal(args.uuid.text, UUID);
        assert_int_equal(chdir("/"), 0);
        assert_int_equal(chdir(directory), 0);
        assert_int_equal(rmdir(UUID), 0);
        assert_int_equal(rmdir(directory), 0);
        free_argv(argv);
}

static void refuses_to_enter_without_app_or_command(void **state) {
        static const Words cases[] = {
                { {} },
                { { "--pid=1", "--appname=web" } },
                { { "--pid=1", "--appname=web", "--" } },
                { { "--pid=1", "--appname=", "--", "sh" } },
                { { "--pid=1", "--", "sh" } },
                { { "--", "--appname=web", "sh" } },
                { { "--pid=-1", "--appname=web", "--", "sh" } },
                { { "--pid=4294967297", "--appname=web", "--", "sh" } },
                { { "--pid=1x", "--appname=web", "--", "sh" } },
        };

        (void) state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                char *argv[WORDS_MAX + 2];
                Stage1EnterArgs args = {};
                int n = make_argv(&cases[i], argv);

                print_message("# case %zu\n", i);
                assert_int_equal(stage1_enter_args_parse(n, argv, &args, NULL), -EINVAL);
                free_argv(argv);
        }
}

static void stops_by_uuid_and_force(void **state) {
        static const struct {
                Words words;
                int want;
                bool force;
        } cases[] = {
                { { { UUID } }, 0, false },
                { { { "--force", UUID } }, 0, true },
                { { {} }, -EINVAL, false },
                { { { "--force" } }, -EINVAL, false },
                { { { UUID, "--force" } }, -EINVAL, false },
                { { { "--forced", UUID } }, -EINVAL, false },
                { { { UUID, UUID } }, -EINVAL, false },
        };

        (void) state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                char *argv[WORDS_MAX + 2];
                bool force = false;
                Uuid uuid;
                int n = make_argv(&cases[i].words, argv);

                print_message("# case %zu\n", i);
                assert_int_equal(stage1_stop_args_parse(n, argv, &uuid, &force, NULL),
                                 cases[i].want);
                assert_int_equal(force, cases[i].force);
                free_argv(argv);
        }
}

static void names_the_app_of_a_running_pod(void **state) {
        static const struct {
                Words words;
                int want;
                bool debug;
        } cases[] = {
                { { { "--debug=false", "--app=web" } }, 0, false },
                { { { "--debug=true", "--uuid=" UUID, "--app=web" } }, 0, true },
                { { { "--debug=false" } }, -EINVAL, false },
                { { { "--app=" } }, -EINVAL, false },
                { { { "--app=web", "--private-users=1:2" } }, -EINVAL, false },
                { { { "--app=web", UUID } }, -EINVAL, false },
        };
        char directory[] = "/tmp/test-stage1-XXXXXX";

        (void) state;
        assert_non_null(mkdtemp(directory));
        assert_int_equal(chdir(directory), 0);
        assert_int_equal(mkdir(UUID, 0700), 0);
        assert_int_equal(chdir(UUID), 0);
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                char *argv[WORDS_MAX + 2];
                Stage1AppArgs args = {};
                int n = make_argv(&cases[i].words, argv);

                print_message("# case %zu\n", i);
                assert_int_equal(stage1_app_args_parse(n, argv, &args, NULL), cases[i].want);
                if (cases[i].want == 0) {
                        assert_string_equal(args.app, "web");
                        assert_string_equal(args.uuid.text, UUID);
                        assert_int_equal(args.debug, cases[i].debug);
                }
                free_argv(argv);
        }
        assert_int_equal(chdir(directory), 0);
        assert_int_equal(rmdir(UUID), 0);
        assert_int_equal(chdir("/"), 0);
        assert_int_equal(rmdir(directory), 0);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(reads_what_run_gets),
                cmocka_unit_test(refuses_what_run_does_not_take),
                cmocka_unit_test(enters_a_pod_from_its_directory),
                cmocka_unit_test(refuses_to_enter_without_app_or_command),
                cmocka_unit_test(names_the_app_of_a_running_pod),
                cmocka_unit_test(stops_by_uuid_and_force),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
