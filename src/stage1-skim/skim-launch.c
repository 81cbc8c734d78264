/* SPDX-License-Identifier: Apache-2.0 */
#include "skim-launch.h"

#include <linux/capability.h>
#include <unistd.h>

#include "app-exec.h"
#include "skim-command.h"
#include "stage1-helper.h"

#define HELPER_CAPABILITIES \
        (UINT64_C(1) << CAP_SETUID | UINT64_C(1) << CAP_SETGID | UINT64_C(1) << CAP_SETPCAP)

/* What reaches systemd must be UTF-8, and D-Bus ends strings at NUL. Refused, not repaired. */
int skim_text_check(const char *what, const char *text, Error *e) {
        if (!text_is_utf8(text, strlen(text)))
                return error_new(e, -EILSEQ, "%s is not UTF-8, which systemd demands: \"%s\"", what,
                                 text);
        return 0;
}

static bool is_plain_root(const AppIdentity *who) {
        return who->uid == 0 && who->gid == 0 && who->n_gids == 0;
}

/* All, where nothing bounds them. */
static uint64_t kept_capabilities(const SysdProperties *p) {
        const SysdProperty *bounding = sysd_property_get(p, "CapabilityBoundingSet");

        return bounding ? bounding->number : UINT64_MAX;
}

/* The helper that changes user and executes, for apps that do not run as root: systemd would look
 * the user up on the host, refuse numbers unknown there and add that user's groups on the host. */
static int wrap_in_helper(const AppIdentity *who, uint64_t capabilities, SkimCommand *command) {
        _cleanup_(strv_freep) Strv argv = NULL;
        _cleanup_(freep) char *helper = stage1_helper_path("exec"), *groups = NULL;
        size_t size = 0;
        FILE *out = open_memstream(&groups, &size);
        int r = 0;

        if (!out)
                return -ENOMEM;
        fprintf(out, "%u", who->gid);
        for (size_t i = 0; i < who->n_gids; i++)
                fprintf(out, ",%u", who->gids[i]);
        if (fclose(out) != 0 || !helper)
                return -ENOMEM;
        r = strv_append(&argv, "exec");
        if (r >= 0)
                r = strv_appendf(&argv, "%u", who->uid);
        if (r >= 0)
                r = strv_appendf(&argv, "%u", who->gid);
        if (r >= 0)
                r = strv_append(&argv, groups);
        if (r >= 0)
                r = strv_appendf(&argv, "%llx", (unsigned long long) capabilities);
        if (r >= 0)
                r = strv_append(&argv, command->path);
        for (char **word = command->argv; *word && r >= 0; word++)
                r = strv_append(&argv, *word);
        if (r < 0)
                return r;
        skim_command_done(command);
        *command = (SkimCommand){ ptr_take(&helper), ptr_take(&argv) };
        return 0;
}

static int check_arguments(const SkimCommand *command, Error *e) {
        int r = skim_text_check("a path", command->path, e);

        for (char **word = command->argv; *word && r >= 0; word++)
                r = skim_text_check("an argument", *word, e);
        return r;
}

static int add_exec(const AppIdentity *who,
                    uint64_t capabilities,
                    const char *property,
                    SkimCommand *command,
                    SysdProperties *p,
                    Error *e) {
        int r = is_plain_root(who) ? 0 : wrap_in_helper(who, capabilities, command);

        if (r >= 0)
                r = check_arguments(command, e);
        return r < 0 ? r : sysd_add_exec(p, property, command->path, command->argv);
}

/* From words that the app means in its tree to a command on the host. */
static int find_in_tree(const Stage1App *app, char *const *words, SkimCommand *ret, Error *e) {
        _cleanup_(freep) char *program = NULL;
        int r = app_exec_find(app->root_fd, words[0], app->app->working_directory,
                              &app->app->environment, &program, e);

        return r < 0 ? r : skim_command(app->root_fd, app->root_path, program, words + 1, ret, e);
}

static int find_on_host(char *const *words, SkimCommand *ret) {
        _cleanup_(strv_freep) Strv places = NULL;
        int r = strv_split(APP_DEFAULT_PATH, ':', &places);

        if (r >= 0)
                r = strv_copy(words, &ret->argv);
        if (r < 0)
                return r;
        if (strchr(words[0], '/')) {
                ret->path = words[0][0] == '/' ? strdup(words[0]) : NULL;
                return ret->path && access(ret->path, X_OK) == 0 ? 0 : -ENOENT;
        }
        for (char **place = places; *place; place++) {
                free(ret->path);
                if (asprintf(&ret->path, "%s/%s", *place, words[0]) < 0) {
                        ret->path = NULL;
                        return -ENOMEM;
                }
                if (access(ret->path, X_OK) == 0)
                        return 0;
        }
        return -ENOENT;
}

static int add_in_tree(const SkimLaunch *launch,
                       char *const *words,
                       const AppIdentity *who,
                       uint64_t capabilities,
                       const char *property,
                       SysdProperties *p,
                       Error *e) {
        _cleanup_(skim_command_done) SkimCommand command = SKIM_COMMAND_NULL;
        int r = find_in_tree(launch->app, words, &command, e);

        return r < 0 ? r : add_exec(who, capabilities, property, &command, p, e);
}

static int allow_helper(const SkimLaunch *launch, uint64_t kept, SysdProperties *p) {
        if (is_plain_root(launch->who) || kept == UINT64_MAX)
                return 0;
        return sysd_set_u64(p, "CapabilityBoundingSet", kept | HELPER_CAPABILITIES);
}

/* The handlers run as root, as the original's did. */
static int add_handlers(const SkimLaunch *launch, uint64_t kept, SysdProperties *p, Error *e) {
        static const AppIdentity root = APP_IDENTITY_NULL;
        const AppcApp *app = launch->app->app;

        for (size_t i = 0; i < app->n_handlers; i++) {
                const AppcEventHandler *handler = &app->handlers[i];
                bool before = strcmp(handler->name, "pre-start") == 0;
                int r = 0;

                if (!handler->exec || !handler->exec[0])
                        continue;
                r = add_in_tree(launch, handler->exec, &root, kept,
                                before ? "ExecStartPre" : "ExecStopPost", p, e);
                if (r < 0)
                        return r;
        }
        return 0;
}

int skim_launch_app(const SkimLaunch *launch, SysdProperties *p, Error *e) {
        char *const *words = NULL;
        uint64_t kept = kept_capabilities(p);
        int r = stage1_app_command(launch->app, &words, e);

        if (r >= 0)
                r = add_in_tree(launch, words, launch->who, kept, "ExecStart", p, e);
        if (r >= 0)
                r = add_handlers(launch, kept, p, e);
        return r < 0 ? r : allow_helper(launch, kept, p);
}

int skim_launch_guest(const SkimLaunch *launch, char *const *words, SysdProperties *p, Error *e) {
        _cleanup_(skim_command_done) SkimCommand command = SKIM_COMMAND_NULL;
        uint64_t kept = kept_capabilities(p);
        int r = find_in_tree(launch->app, words, &command, e);

        if (r < 0) {
                skim_command_done(&command);
                if (find_on_host(words, &command) < 0)
                        return r;
                error_done(e);
        }
        r = add_exec(launch->who, kept, "ExecStart", &command, p, e);
        return r < 0 ? r : allow_helper(launch, kept, p);
}
