/* SPDX-License-Identifier: Apache-2.0 */

/* Stage1's "run" entrypoint of flavor fly: one app, in its tree as root directory, with all that the
 * caller has beside. The caller stays as its supervisor.
 *
 *   run ─ fork ─ mounts, root, user ─ execve(app)
 *    └ waits, notes the exit status, and ends with it */

#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "app-restart.h"
#include "fly-mounts.h"
#include "fly-streams.h"
#include "fly-supervisor.h"
#include "pod-files.h"
#include "pod-notify.h"
#include "stage1-abort.h"
#include "stage1-launch.h"
#include "stage1-processes.h"
#include "stage1-status.h"

typedef struct Fly {
        const Stage1Args *args;
        Pod *pod;
        AppcPod *manifest;
        Stage1App app;
        Stage1Confinement *confinement;
        FlyMounts *mounts;
        Strv environment;
        char *const *command;
        Stage1Streams streams;
        char *root; /* the app's tree, below the pod's directory */
} Fly;

static void fly_done(Fly *fly) {
        free(fly->root);
        stage1_streams_done(&fly->streams);
        strv_free(fly->environment);
        fly_mounts_freep(&fly->mounts);
        stage1_confinement_freep(&fly->confinement);
        stage1_app_done(&fly->app);
        appc_pod_freep(&fly->manifest);
        pod_closep(&fly->pod);
}

static void warn(const char *what) {
        fprintf(stderr, "stage1: warning: %s\n", what);
}

/* What this flavor cannot do is refused where somebody counts on it, and told otherwise. */
static int check_flavor(const Stage1Args *args, const AppcPod *manifest, Error *e) {
        const char *restart = NULL;

        if (manifest->n_apps != 1)
                return error_new(e, -EINVAL,
                                 "flavor fly only supports 1 application per pod, not %zu",
                                 manifest->n_apps);
        if (args->private_users)
                return error_new(e, -EOPNOTSUPP, "flavor fly has no --private-users");
        if (args->is_mutable)
                return error_new(e, -EOPNOTSUPP, "flavor fly has no mutable pods");
        if (args->ipc && strcmp(args->ipc, "auto") != 0 && strcmp(args->ipc, "parent") != 0)
                return error_new(e, -EOPNOTSUPP, "flavor fly has no --ipc=%s", args->ipc);
        if (strcmp(args->net, "host") != 0)
                return error_new(e, -EOPNOTSUPP,
                                 "flavor fly has no --net=%s: its app has the host's network",
                                 args->net);
        restart = appc_pairs_get(&manifest->apps[0].annotations, APP_RESTART_ANNOTATION);
        if (restart && strcmp(restart, "no") != 0)
                return error_new(e, -EOPNOTSUPP, "flavor fly has no --restart=%s", restart);
        if (args->hostname)
                warn("--hostname has no effect on apps of flavor fly, which have the host's");
        if (args->mds_token)
                warn("flavor fly has no metadata service");
        return 0;
}

static int check_app(const Stage1App *app, char *const *ignored, Error *e) {
        for (; ignored && *ignored; ignored++)
                fprintf(stderr, "stage1: warning: flavor fly does not enforce isolator %s\n",
                        *ignored);
        if (app->app->n_handlers > 0)
                return error_new(e, -EOPNOTSUPP,
                                 "flavor fly has no event handlers, and image \"%s\" "
                                 "has some",
                                 app->image->name);
        return 0;
}

static int prepare(Fly *fly, Error *e) {
        _cleanup_(strv_freep) Strv ignored = NULL;
        char path[PATH_MAX];
        int r = pod_open_here(&fly->args->uuid, &fly->pod, e);

        if (r < 0)
                return r;
        if (!getcwd(path, sizeof(path)))
                return error_wrap(e, -errno, "cannot tell the pod's directory");
        r = pod_read_manifest(fly->pod, &fly->manifest, e);
        if (r >= 0)
                r = check_flavor(fly->args, fly->manifest, e);
        if (r >= 0)
                r = stage1_app_open(fly->pod, path, &fly->manifest->apps[0], &fly->app, e);
        if (r >= 0)
                r = stage1_app_command(&fly->app, &fly->command, e);
        if (r >= 0)
                r = stage1_confinement_new(&fly->app, fly->args, false, &fly->confinement, &ignored,
                                           e);
        if (r >= 0)
                r = check_app(&fly->app, ignored, e);
        if (r >= 0)
                r = stage1_streams_read(fly->app.runtime, &fly->streams, e);
        if (r >= 0)
                r = stage1_environment(&fly->app, false, &fly->environment);
        if (r >= 0)
                r = fly_mounts_open(fly->manifest, fly->pod, &fly->app, fly->args, &fly->mounts, e);
        if (r < 0)
                return r;
        fly->root = strdup(fly->app.root_path + strlen(path) + 1);
        return fly->root ? 0 : -ENOMEM;
}

static int note(const Fly *fly, Error *e) {
        int r = stage1_write_insecure(fly->pod, fly->args, e);

        return r < 0 ? r : stage1_write_pid(fly->pod, getpid(), e);
}

/* A detached pod's output would go nowhere: it goes to the host's journal, under the app's name. */
static int redirect_output(const Fly *fly) {
        _cleanup_(fd_closep) int fd = -EBADF;

        if (!getenv(STAGE1_DETACHED_ENV))
                return 0;
        fd = fly_streams_open_log(&fly->app);
        return fd < 0 || dup2(fd, STDOUT_FILENO) < 0 || dup2(fd, STDERR_FILENO) < 0 ? -errno : 0;
}

/* The app's process, until it is the app. Returns only on failure, and then standard error is again what it was,
 * for what went wrong. */
static int become_app(Fly *fly, pid_t parent, Error *e) {
        Stage1Launch launch = {
                .confinement = fly->confinement,
                .words = fly->command,
                .environment = fly->environment,
                .search = &fly->app.app->environment,
                .directory = fly->app.app->working_directory,
                .parent = parent,
        };
        _cleanup_(fd_closep) int stderr_fd =
                fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
        int r = redirect_output(fly);

        umask(0022);
        if (r >= 0)
                r = fly_streams_enter(&fly->streams, &fly->app, e);
        if (r >= 0)
                r = fly_mounts_enter(fly->mounts, fly->root, fly->app.runtime->read_only_rootfs, e);
        if (r >= 0)
                r = stage1_launch(&launch, e);
        if (stderr_fd >= 0)
                (void) dup2(stderr_fd, STDERR_FILENO);
        return r;
}

/* Starts the app. It says itself why it could not be: then -ECANCELED. */
static int start(Fly *fly, pid_t *ret, Error *e) {
        _cleanup_(fd_closep) int in = -EBADF, out = -EBADF;
        pid_t self = getpid(), child = -1;
        char failed = 0;
        int ends[2], r = 0;

        if (pipe2(ends, O_CLOEXEC) < 0)
                return error_wrap(e, -errno, "cannot make a pipe");
        in = ends[0];
        out = ends[1];
        r = fly_streams_open(&fly->streams, fly->pod, &fly->app, e);
        if (r < 0)
                return r;
        fly_supervise_prepare();
        child = fork();
        if (child < 0)
                return error_wrap(e, -errno, "cannot start a process");
        if (child == 0) {
                r = become_app(fly, self, e);
                (void) stage1_fail("stage1", e, r, fly->args->debug);
                (void) !write(out, "!", 1);
                _exit(STAGE1_FAILURE);
        }
        fd_drop(&out);
        stage1_streams_passed(&fly->streams);
        if (read(in, &failed, 1) == 0) {
                *ret = child;
                return 0;
        }
        (void) waitpid(child, NULL, 0);
        return -ECANCELED;
}

/* Who entered is no child of ours: such processes are looked for among all of the host's. */
static int end_processes(const Fly *fly, Error *e) {
        int r = fly_end_children(fly->streams.helper, e);

        if (r == -ENOENT || (r >= 0 && stage1_was_entered(fly->pod)))
                r = stage1_processes_kill(fly->app.root_fd, e);
        return r;
}

static int supervise(const Fly *fly, pid_t app, Error *e) {
        int r = stage1_mark_ready(fly->pod, e), status = 0;

        pod_notify_send("READY=1");
        status = fly_supervise(app, fly->streams.terminal != NULL);
        if (r >= 0)
                r = stage1_write_exit_status(fly->pod, fly->app.runtime->name, status, e);
        if (r >= 0)
                r = end_processes(fly, e);
        return r < 0 ? r : status;
}

int main(int argc, char **argv) {
        _cleanup_(error_done) Error e = ERROR_NULL;
        Stage1Args args = {};
        _cleanup_(fly_done)
                Fly fly = { .args = &args, .app = STAGE1_APP_NULL, .streams = STAGE1_STREAMS_NULL };
        bool started = false;
        pid_t app = -1;
        int r = stage1_args_parse(argc, argv, &args, &e);

        if (r < 0)
                return stage1_fail("stage1", &e, r, false);
        r = prepare(&fly, &e);
        if (r >= 0)
                r = note(&fly, &e);
        if (r >= 0)
                r = start(&fly, &app, &e);
        started = r >= 0;
        if (r >= 0)
                r = supervise(&fly, app, &e);
        if (r >= 0)
                return r;
        if (r != -ECANCELED)
                (void) stage1_fail("stage1", &e, r, args.debug);
        if (!started)
                stage1_abort(&args.uuid);
        return STAGE1_FAILURE;
}
