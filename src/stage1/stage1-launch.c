/* SPDX-License-Identifier: Apache-2.0 */
#include "stage1-launch.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>

#include "app-environment.h"
#include "app-exec.h"
#include "openat.h"

int stage1_environment(const Stage1App *app, bool keep_terminal, Strv *ret) {
        _cleanup_(appc_pairs_done) AppcPairs variables = APPC_PAIRS_NULL;
        _cleanup_(strv_freep) Strv list = NULL;
        const char *terminal = getenv("TERM");
        int r = app_environment(app->app, app->runtime->name, NULL, &variables);

        if (r >= 0 && keep_terminal && terminal && !appc_pairs_get(&variables, "TERM"))
                r = appc_pairs_set(&variables, "TERM", terminal);
        for (size_t i = 0; i < variables.n && r >= 0; i++)
                r = strv_appendf(&list, "%s=%s", variables.items[i].name, variables.items[i].value);
        if (r < 0)
                return r;
        *ret = ptr_take(&list);
        return 0;
}

static int enter_directory(int root_fd, const char *directory, Error *e) {
        _cleanup_(fd_closep) int fd = open_in_root(
                root_fd, text_is_empty(directory) ? "/" : directory, O_PATH | O_DIRECTORY);

        if (fd < 0)
                return error_wrap(e, fd, "cannot use working directory \"%s\" of the image",
                                  directory);
        return fchdir(fd) < 0 ? error_wrap(e, -errno, "cannot enter \"%s\"", directory) : 0;
}

int stage1_launch(const Stage1Launch *launch, Error *e) {
        _cleanup_(fd_closep) int root_fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
        _cleanup_(freep) char *program = NULL;
        sigset_t none;
        int r = root_fd < 0 ? -errno : enter_directory(root_fd, launch->directory, e);

        if (r >= 0)
                r = app_exec_find(root_fd, launch->words[0], launch->directory, launch->search,
                                  &program, e);
        if (r < 0)
                return r;
        sigemptyset(&none);
        (void) sigprocmask(SIG_SETMASK, &none, NULL);
        r = stage1_confine(launch->confinement, launch->parent, e);
        if (r < 0)
                return r;
        (void) execve(program, launch->words, launch->environment);
        return error_wrap(e, -errno, "cannot execute \"%s\" of the image", program);
}
