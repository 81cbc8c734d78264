/* SPDX-License-Identifier: Apache-2.0 */

/* Stage1's "enter" entrypoint: --pid=PID --appname=APP -- COMMAND [ARGUMENT...]
 *
 * The command is executed in all namespaces and control groups of the app's main process, as the
 * app's user, and with no more rights than the app has. */

#include <fcntl.h>
#include <sched.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "files.h"
#include "pod-files.h"
#include "pod-ids.h"
#include "stage1-launch.h"
#include "stage1-processes.h"
#include "stage1-status.h"

#define CGROUPS_MAX ((size_t) 64 * 1024)

/* One line of /proc/PID/cgroup: "ID:CONTROLLERS:PATH", the second empty for version 2. */
static int join_one(char *line) {
        char *controllers = strchr(line, ':'),
             *path = controllers ? strchr(controllers + 1, ':') : NULL;
        static const char *const unified[] = { "", "unified" };
        _cleanup_(freep) char *file = NULL;
        _cleanup_(fd_closep) int fd = -EBADF;

        if (!path)
                return 0;
        *path++ = '\0';
        controllers++;
        if (text_after(controllers, "name="))
                controllers += strlen("name=");
        for (size_t i = 0; i < N_ELEMENTS(unified) && fd < 0; i++) {
                free(file);
                if (asprintf(&file, "/sys/fs/cgroup/%s%s/cgroup.procs",
                             *controllers ? controllers : unified[i], path) < 0) {
                        file = NULL;
                        return -ENOMEM;
                }
                fd = open(file, O_WRONLY | O_CLOEXEC);
        }
        if (fd < 0)
                return errno == ENOENT ? 0 : -errno; /* a hierarchy that is mounted nowhere */
        return write(fd, "0", 1) < 0 ? -errno : 0;
}

static int join_cgroups(pid_t pid, Error *e) {
        _cleanup_(freep) char *path = NULL, *text = NULL;
        _cleanup_(strv_freep) Strv lines = NULL;
        size_t n = 0;
        int r = 0;

        if (asprintf(&path, "/proc/%d/cgroup", pid) < 0) {
                path = NULL;
                return -ENOMEM;
        }
        r = file_read_at(AT_FDCWD, path, CGROUPS_MAX, &text, &n);
        if (r >= 0)
                r = strv_split(text, '\n', &lines);
        for (char **line = lines; r >= 0 && line && *line; line++)
                r = join_one(*line);
        return r < 0 ? error_wrap(e, r, "cannot join the app's control groups") : 0;
}

static int join_namespaces(int fd, const Stage1App *app, const PodIds *ids, Error *e) {
        const int flags = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNET |
                          CLONE_NEWCGROUP | (ids->count > 0 ? CLONE_NEWUSER : 0);

        return stage1_processes_enter(fd, flags, app->root_fd, e);
}

/* In a PID namespace only children arrive. */
static int launch(const Stage1Launch *what, Error *e) {
        int status = 0;
        pid_t child = fork();

        if (child < 0)
                return error_wrap(e, -errno, "cannot start a process");
        if (child == 0) {
                int r = stage1_launch(what, e);

                _exit(stage1_fail("stage1 enter", e, r, false));
        }
        while (waitpid(child, &status, 0) < 0)
                if (errno != EINTR)
                        return error_wrap(e, -errno, "cannot wait for the command");
        return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int enter(const Stage1EnterArgs *args, Error *e) {
        _cleanup_(stage1_confinement_freep) Stage1Confinement *confinement = NULL;
        _cleanup_(stage1_app_done) Stage1App app = STAGE1_APP_NULL;
        _cleanup_(strv_freep) Strv ignored = NULL, environment = NULL;
        _cleanup_(appc_pod_freep) AppcPod *manifest = NULL;
        _cleanup_(pod_closep) Pod *pod = NULL;
        _cleanup_(fd_closep) int fd = -EBADF;
        Stage1Args restrictions = {};
        Stage1Launch what = { .words = args->command };
        PodIds ids = {};
        pid_t pid = -1;
        int r = pod_open_here(&args->uuid, &pod, e);

        if (r >= 0)
                r = pod_ids_read(pod, &ids, e);
        if (r >= 0)
                r = stage1_app_find(pod, ".", args->app, &manifest, &app, e);
        if (r >= 0)
                r = stage1_read_insecure(pod, &restrictions);
        if (r >= 0)
                r = stage1_confinement_new(&app, &restrictions, true, &confinement, &ignored, e);
        if (r >= 0)
                r = stage1_environment(&app, true, &environment);
        if (r >= 0)
                r = stage1_processes_find(app.root_fd, args->pid, &fd, &pid, e);
        if (r >= 0)
                r = stage1_confinement_follow(confinement, pid, e);
        if (r >= 0)
                r = join_cgroups(pid, e);
        if (r >= 0)
                r = join_namespaces(fd, &app, &ids, e);
        if (r < 0)
                return r;
        umask(0022);
        what.confinement = confinement;
        what.environment = environment;
        what.search = &app.app->environment;
        return launch(&what, e);
}

int main(int argc, char **argv) {
        _cleanup_(error_done) Error e = ERROR_NULL;
        Stage1EnterArgs args = {};
        int r = stage1_enter_args_parse(argc, argv, &args, &e);

        if (r >= 0)
                r = enter(&args, &e);
        return r < 0 ? stage1_fail("stage1 enter", &e, r, false) : r;
}
