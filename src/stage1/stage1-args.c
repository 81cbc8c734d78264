/* SPDX-License-Identifier: Apache-2.0 */
#include "stage1-args.h"

#include <limits.h>
#include <stddef.h>
#include <stdio.h>

#include "text.h"

static const struct {
        const char *name;
        size_t offset;
        bool takes_text;
} known[] = {
        { "--debug", offsetof(Stage1Args, debug), false },
        { "--interactive", offsetof(Stage1Args, interactive), false },
        { "--mutable", offsetof(Stage1Args, is_mutable), false },
        { "--disable-capabilities-restriction", offsetof(Stage1Args, any_capabilities), false },
        { "--disable-paths", offsetof(Stage1Args, any_paths), false },
        { "--disable-seccomp", offsetof(Stage1Args, any_calls), false },
        { "--net", offsetof(Stage1Args, net), true },
        { "--private-users", offsetof(Stage1Args, private_users), true },
        { "--mds-token", offsetof(Stage1Args, mds_token), true },
        { "--local-config", offsetof(Stage1Args, local_config), true },
        { "--hostname", offsetof(Stage1Args, hostname), true },
        { "--dns-conf-mode", offsetof(Stage1Args, dns_conf_mode), true },
        { "--ipc", offsetof(Stage1Args, ipc), true },
};

/* "--k=v"; a switch may come as "--k", "--k=true" or "--k=false". */
static int parse_one(const char *argument, Stage1Args *args, Error *e) {
        for (size_t i = 0; i < N_ELEMENTS(known); i++) {
                const char *rest = text_after(argument, known[i].name);
                void *slot = (char *) args + known[i].offset;

                if (!rest || (*rest != '\0' && *rest != '='))
                        continue;
                if (known[i].takes_text) {
                        if (*rest != '=')
                                return error_new(e, -EINVAL, "argument %s needs a value", argument);
                        *(const char **) slot = rest + 1;
                        return 0;
                }
                if (*rest == '=' && text_parse_bool(rest + 1) < 0)
                        return error_new(e, -EINVAL, "invalid argument \"%s\"", argument);
                *(bool *) slot = *rest == '\0' || text_parse_bool(rest + 1) > 0;
                return 0;
        }
        return error_new(e, -EINVAL, "unknown argument \"%s\"", argument);
}

int stage1_args_parse(int argc, char **argv, Stage1Args *ret, Error *e) {
        Stage1Args args = { .net = "default" };

        for (int i = 1; i + 1 < argc; i++) {
                int r = parse_one(argv[i], &args, e);
                if (r < 0)
                        return r;
        }
        if (argc < 2 || uuid_parse(argv[argc - 1], &args.uuid) < 0)
                return error_new(e, -EINVAL, "the last argument must be the pod's UUID");
        *ret = args;
        return 0;
}

bool stage1_is_main_process(void) {
        const char *text = getenv("SYSTEMD_EXEC_PID"); /* set by systemd 248 and later */
        uint64_t pid = 0;

        return text && text_parse_u64(text, INT32_MAX, &pid) >= 0 && (pid_t) pid == getpid();
}

/* The pod's directory is named by its UUID, which the interface does not pass. */
static int uuid_here(Uuid *ret, Error *e) {
        char path[PATH_MAX];

        if (!getcwd(path, sizeof(path)))
                return error_wrap(e, -errno, "cannot tell the pod's directory");
        if (uuid_parse(strrchr(path, '/') + 1, ret) < 0)
                return error_new(e, -EINVAL, "%s is no pod's directory", path);
        return 0;
}

int stage1_enter_args_parse(int argc, char **argv, Stage1EnterArgs *ret, Error *e) {
        Stage1EnterArgs args = {};
        uint64_t pid = 0;
        int i = 1, r = 0;

        for (; i < argc && strcmp(argv[i], "--") != 0; i++) {
                const char *app = text_after(argv[i], "--appname=");
                const char *number = text_after(argv[i], "--pid=");

                if (app)
                        args.app = app;
                if (number && text_parse_u64(number, INT_MAX, &pid) < 0)
                        return error_new(e, -EINVAL, "\"%s\" is no PID", number);
        }
        if (text_is_empty(args.app) || i + 1 >= argc)
                return error_new(e, -EINVAL, "usage: enter --pid=PID --appname=APP -- COMMAND...");
        args.pid = (pid_t) pid;
        args.command = argv + i + 1;
        r = uuid_here(&args.uuid, e);
        if (r >= 0)
                *ret = args;
        return r;
}

int stage1_app_args_parse(int argc, char **argv, Stage1AppArgs *ret, Error *e) {
        Stage1AppArgs args = {};
        int r = 0;

        for (int i = 1; i < argc; i++) {
                const char *app = text_after(argv[i], "--app=");
                const char *debug = text_after(argv[i], "--debug=");

                if (app)
                        args.app = app;
                else if (debug)
                        args.debug = text_parse_bool(debug) > 0;
                else if (!text_after(argv[i], "--uuid="))
                        return error_new(e, -EINVAL, "unknown argument \"%s\"", argv[i]);
        }
        if (text_is_empty(args.app))
                return error_new(e, -EINVAL, "argument --app is missing");
        r = uuid_here(&args.uuid, e);
        if (r >= 0)
                *ret = args;
        return r;
}

int stage1_app_verb_parse(int argc,
                          char **argv,
                          Stage1AppArgs *ret,
                          const char **ret_verb,
                          char ret_prefix[static STAGE1_APP_PREFIX_SIZE],
                          Error *e) {
        const char *name = strrchr(argv[0], '/');
        int r = 0;

        *ret_verb = text_after(name ? name + 1 : argv[0], "app-");
        (void) snprintf(ret_prefix, STAGE1_APP_PREFIX_SIZE, "stage1");
        r = stage1_app_args_parse(argc, argv, ret, e);
        if (r < 0 || !*ret_verb)
                return r < 0 ? r : -EINVAL;
        (void) snprintf(ret_prefix, STAGE1_APP_PREFIX_SIZE, "stage1: app-%s", *ret_verb);
        return 0;
}

int stage1_stop_args_parse(int argc, char **argv, Uuid *ret_uuid, bool *ret_force, Error *e) {
        bool force = argc == 3 && strcmp(argv[1], "--force") == 0;

        if ((argc != 2 && !force) || uuid_parse(argv[argc - 1], ret_uuid) < 0)
                return error_new(e, -EINVAL, "usage: stop [--force] UUID");
        *ret_force = force;
        return 0;
}

int stage1_gc_args_parse(int argc, char **argv, Uuid *ret_uuid, Error *e) {
        if (argc < 2 || uuid_parse(argv[argc - 1], ret_uuid) < 0)
                return error_new(e, -EINVAL, "usage: gc [--debug] [--local-config PATH] UUID");
        return 0;
}

const char *stage1_gc_local_config(int argc, char **argv) {
        for (int i = 1; i + 2 < argc; i++)
                if (strcmp(argv[i], "--local-config") == 0)
                        return argv[i + 1];
        return STAGE1_LOCAL_CONFIG;
}
