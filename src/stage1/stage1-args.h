/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The arguments of stage1's entrypoints, up to interface version 6.
 * Source: inventory 4.2 to 4.4. */

#include <stdbool.h>
#include <sys/types.h>

#include "errors.h"
#include "uuid.h"

#define STAGE1_INTERFACE_VERSION 6
#define STAGE1_LOCAL_CONFIG "/etc/rkt" /* where nobody says --local-config */

typedef struct Stage1Args {
        bool debug, interactive, is_mutable;
        bool any_capabilities, any_paths, any_calls; /* the --disable-... switches */
        const char *net;                             /* "default" unless said */
        const char *private_users, *mds_token, *local_config, *hostname,
                *ipc; /* NULL unless said */
        const char *dns_conf_mode;
        Uuid uuid;
} Stage1Args;

/* Of "run". Texts are borrowed from @argv. Returns 0; -EINVAL, naming the argument. */
int stage1_args_parse(int argc, char **argv, Stage1Args *ret, Error *e);

/* Whether systemd executed this process itself: then it is a service's main process, and the pod may
 * stay in that service. */
bool stage1_is_main_process(void);

typedef struct Stage1EnterArgs {
        pid_t pid;            /* as the pod's file says */
        const char *app;      /* never NULL */
        char *const *command; /* never empty */
        Uuid uuid;            /* of the pod whose directory is the working directory */
} Stage1EnterArgs;

/* Of "enter": --pid=PID --appname=APP -- COMMAND [ARGUMENT...]. Everything is borrowed from @argv.
 * Returns 0; -EINVAL. */
int stage1_enter_args_parse(int argc, char **argv, Stage1EnterArgs *ret, Error *e);

typedef struct Stage1AppArgs {
        bool debug;
        const char *app; /* never NULL */
        Uuid uuid;       /* of the pod whose directory is the working directory */
} Stage1AppArgs;

/* Of "app/add", "app/start", "app/stop", "app/rm": --debug=BOOL --app=APP, and --uuid=UUID where stage0
 * says it. Borrowed from @argv. Returns 0; -EINVAL. */
int stage1_app_args_parse(int argc, char **argv, Stage1AppArgs *ret, Error *e);

/* The same, with the verb that the program is called by: "add" of "app-add". @ret_prefix: for stage1_fail().
 * Returns 0; -EINVAL. */
#define STAGE1_APP_PREFIX_SIZE 64
int stage1_app_verb_parse(int argc,
                          char **argv,
                          Stage1AppArgs *ret,
                          const char **ret_verb,
                          char ret_prefix[static STAGE1_APP_PREFIX_SIZE],
                          Error *e);

/* Of "stop": [--force] UUID, and "gc": [--debug] [--local-config PATH] UUID. */
int stage1_stop_args_parse(int argc, char **argv, Uuid *ret_uuid, bool *ret_force, Error *e);
int stage1_gc_args_parse(int argc, char **argv, Uuid *ret_uuid, Error *e);

/* The PATH of "gc", or the default; borrowed from @argv. */
const char *stage1_gc_local_config(int argc, char **argv);
