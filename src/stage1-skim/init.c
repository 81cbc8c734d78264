/* SPDX-License-Identifier: Apache-2.0 */

/* Stage1's "run" entrypoint of flavor skim: the pod's apps as units of the host's systemd. */

#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pod-files.h"
#include "skim-supervisor.h"
#include "stage1-abort.h"
#include "stage1-network.h"
#include "stage1-status.h"

/* All that is waited for by descriptor must be blocked before the first child or wait. */
static void block_signals(void) {
        sigset_t set;

        sigfillset(&set);
        sigdelset(&set, SIGPIPE);
        sigdelset(&set, SIGSEGV);
        sigdelset(&set, SIGABRT);
        sigdelset(&set, SIGBUS);
        (void) sigprocmask(SIG_SETMASK, &set, NULL);
        (void) signal(SIGPIPE, SIG_IGN);
}

static int check_flavor(const Stage1Args *args, const AppcPod *manifest, Error *e) {
        if (args->private_users)
                return error_new(e, -EOPNOTSUPP,
                                 "flavor skim runs apps among the host's own: it has no "
                                 "--private-users");
        if (args->interactive && !args->is_mutable && manifest->n_apps != 1)
                return error_new(e, -EINVAL, "interactive option only supports one image");
        if (args->ipc && strcmp(args->ipc, "auto") != 0 && strcmp(args->ipc, "private") != 0 &&
            strcmp(args->ipc, "parent") != 0)
                return error_new(e, -EINVAL, "unknown value for --ipc parameter: %s", args->ipc);
        if (args->hostname)
                fputs("stage1: warning: --hostname has no effect on apps of flavor skim, which see "
                      "the host's\n",
                      stderr);
        if (manifest->n_apps == 0 && !args->is_mutable)
                return error_new(e, -EINVAL, "pod must contain at least one application");
        return 0;
}

/* The manifest goes as soon as it is of no use any more. */
static int
supervise(const Pod *pod, AppcPod **manifest, const Stage1Args *args, bool *started, Error *e) {
        _cleanup_(skim_supervisor_freep) SkimSupervisor *supervisor = NULL;
        char path[PATH_MAX];
        int r = 0;

        if (!getcwd(path, sizeof(path)))
                return error_wrap(e, -errno, "cannot tell the pod's directory");
        r = skim_supervisor_new(pod, *manifest, args, path, &supervisor, e);
        *manifest = appc_pod_free(*manifest);
        if (r >= 0)
                r = skim_supervisor_start(supervisor, e);
        *started = r >= 0;
        return r < 0 ? r : skim_supervisor_run(supervisor, e);
}

static int run(const Stage1Args *args, int host_fd, bool *started, Error *e) {
        _cleanup_(appc_pod_freep) AppcPod *manifest = NULL;
        _cleanup_(pod_closep) Pod *pod = NULL;
        int r = pod_open_here(&args->uuid, &pod, e), joined = 0;

        if (r >= 0)
                r = pod_read_manifest(pod, &manifest, e);
        if (r >= 0)
                r = check_flavor(args, manifest, e);
        if (r >= 0)
                r = joined = stage1_network_join(pod, manifest, args, e);
        if (r >= 0)
                r = supervise(pod, &manifest, args, started, e);
        /* The supervisor has mounts of its own, which hide nothing that is unmounted in there. */
        if (joined > 0 && setns(host_fd, CLONE_NEWNS) == 0)
                stage1_network_end(pod, args);
        return r;
}

int main(int argc, char **argv) {
        _cleanup_(error_done) Error e = ERROR_NULL;
        _cleanup_(fd_closep) int host_fd = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);
        Stage1Args args = {};
        bool started = false;
        int r = stage1_args_parse(argc, argv, &args, &e);

        if (r < 0)
                return stage1_fail("stage1", &e, r, false);
        block_signals();
        r = run(&args, host_fd, &started, &e);
        if (r >= 0)
                return r;
        (void) stage1_fail("stage1", &e, r, args.debug);
        if (!started && host_fd >= 0 && setns(host_fd, CLONE_NEWNS) == 0)
                stage1_abort(&args.uuid);
        return STAGE1_FAILURE;
}
