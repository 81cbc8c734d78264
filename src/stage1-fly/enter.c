/* SPDX-License-Identifier: Apache-2.0 */

/* Stage1's "enter" entrypoint of flavor fly: --pid=PID --appname=APP -- COMMAND [ARGUMENT...]
 *
 * The command is executed in the app's mount namespace, as the app's user, and with no more rights
 * than the app has. */

#include <limits.h>
#include <sched.h>
#include <sys/stat.h>

#include "pod-files.h"
#include "stage1-launch.h"
#include "stage1-processes.h"
#include "stage1-status.h"

static int enter(const Stage1EnterArgs *args, Error *e) {
        _cleanup_(stage1_confinement_freep) Stage1Confinement *confinement = NULL;
        _cleanup_(stage1_app_done) Stage1App app = STAGE1_APP_NULL;
        _cleanup_(strv_freep) Strv ignored = NULL, environment = NULL;
        _cleanup_(appc_pod_freep) AppcPod *manifest = NULL;
        _cleanup_(pod_closep) Pod *pod = NULL;
        _cleanup_(fd_closep) int fd = -EBADF;
        Stage1Args restrictions = {};
        Stage1Launch launch = { .words = args->command };
        int r = pod_open_here(&args->uuid, &pod, e);

        if (r >= 0)
                r = stage1_app_find(pod, ".", args->app, &manifest, &app, e);
        if (r >= 0)
                r = stage1_read_insecure(pod, &restrictions);
        if (r >= 0)
                r = stage1_confinement_new(&app, &restrictions, false, &confinement, &ignored, e);
        if (r >= 0)
                r = stage1_environment(&app, true, &environment);
        if (r >= 0)
                r = stage1_note_entered(pod, e);
        if (r >= 0)
                r = stage1_processes_find(app.root_fd, args->pid, &fd, NULL, e);
        if (r >= 0)
                r = stage1_processes_enter(fd, CLONE_NEWNS, app.root_fd, e);
        if (r < 0)
                return r;
        umask(0022);
        launch.confinement = confinement;
        launch.environment = environment;
        launch.search = &app.app->environment;
        return stage1_launch(&launch, e);
}

int main(int argc, char **argv) {
        _cleanup_(error_done) Error e = ERROR_NULL;
        Stage1EnterArgs args = {};
        int r = stage1_enter_args_parse(argc, argv, &args, &e);

        if (r >= 0)
                r = enter(&args, &e);
        return stage1_fail("stage1 enter", &e, r, false);
}
