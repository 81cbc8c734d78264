/* SPDX-License-Identifier: Apache-2.0 */
#include "pod-start.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/close_range.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "files.h"
#include "pod-delete.h"
#include "pod-ids.h"
#include "pod-labels.h"
#include "pod-make.h"
#include "pod-notify.h"
#include "pod-prepare.h"
#include "process.h"
#include "run-dns.h"
#include "stage1-abort.h"

/* "default" unless the user or the flavor says otherwise. */
static int net_argument(const Pod *pod, const RunSettings *settings, char **ret) {
        _cleanup_(appc_image_freep) AppcImage *manifest = NULL;
        _cleanup_(freep) char *nets = settings->nets ? strv_join(settings->nets, ",") : NULL;
        const char *net = nets;

        if (settings->nets && !nets)
                return -ENOMEM;
        if (!net && pod_read_stage1_manifest(pod, &manifest, NULL) >= 0)
                net = appc_pairs_get(&manifest->annotations, STAGE1_DEFAULT_NET);
        if (asprintf(ret, "--net=%s", net ? net : "default") < 0) {
                *ret = NULL;
                return -ENOMEM;
        }
        return 0;
}

static int add_switch(Strv *arguments, bool said, const char *argument) {
        return said ? strv_append(arguments, argument) : 0;
}

static int add_versioned(const Rkt *rkt,
                         Strv *arguments,
                         const char *option,
                         const char *value,
                         int version,
                         int since) {
        if (!value)
                return 0;
        if (version < since) {
                rkt_say(rkt, "warning: --%s option is not supported by stage1", option);
                return 0;
        }
        return strv_appendf(arguments, "--%s=%s", option, value);
}

/* In the order the original passes them. */
static int make_arguments(const Stage0 *stage0,
                          const Pod *pod,
                          const RunSettings *settings,
                          const char *dns_modes,
                          Strv *ret) {
        const Rkt *rkt = stage0->rkt;
        int version = stage1_interface_version(pod);
        _cleanup_(freep) char *net = NULL;
        PodIds ids = {};
        int r = pod_ids_read(pod, &ids, NULL);

        if (r >= 0)
                r = add_switch(ret, rkt->debug, "--debug");
        if (r >= 0)
                r = net_argument(pod, settings, &net);
        if (r >= 0)
                r = strv_append(ret, net);
        if (r >= 0)
                r = add_switch(ret, settings->interactive, "--interactive");
        if (r >= 0 && ids.count > 0)
                r = strv_appendf(ret, "--private-users=%u:%u", ids.shift, ids.count);
        if (r >= 0)
                r = strv_appendf(ret, "--local-config=%s", rkt->local_config);
        if (r >= 0)
                r = add_versioned(rkt, ret, "hostname", settings->hostname, version, 2);
        if (r >= 0 && version >= 3)
                r = add_switch(ret, rkt->insecure & INSECURE_CAPABILITIES,
                               "--disable-capabilities-restriction");
        if (r >= 0 && version >= 3)
                r = add_switch(ret, rkt->insecure & INSECURE_PATHS, "--disable-paths");
        if (r >= 0 && version >= 3)
                r = add_switch(ret, rkt->insecure & INSECURE_SECCOMP, "--disable-seccomp");
        if (r >= 0 && version >= 5)
                r = add_switch(ret, settings->is_mutable, "--mutable");
        if (r >= 0)
                r = add_versioned(rkt, ret, "dns-conf-mode", dns_modes, version, 4);
        if (r >= 0)
                r = add_versioned(rkt, ret, "ipc", settings->ipc, version, 6);
        return r < 0 ? r : strv_append(ret, pod->uuid.text);
}

static int set_number(const char *name, int number) {
        char text[32];

        (void) snprintf(text, sizeof(text), "%d", number);
        return setenv(name, text, 1) < 0 ? -errno : 0;
}

static int set_labels(const Pod *pod, Error *e) {
        _cleanup_(selinux_labels_done) SelinuxLabels labels = {};
        int r = selinux_is_enabled() ? pod_labels_read(pod, &labels, e) : 0;

        if (r < 0)
                return r;
        return setenv(STAGE1_LABEL_ENV, labels.process ? labels.process : "", 1) < 0 ||
                               setenv(STAGE1_MOUNT_LABEL_ENV, labels.mount ? labels.mount : "", 1) <
                                       0
                       ? -errno
                       : 0;
}

/* What stage1 finds in its environment, beside ours: the lock, and how to take the pod back. */
static int set_environment(const Stage0 *stage0, const Pod *pod, Error *e) {
        char program[PATH_MAX];
        ssize_t n = readlink("/proc/self/exe", program, sizeof(program) - 1);
        int r = set_number(STAGE1_LOCK_FD_ENV, pod->fd);

        (void) unsetenv(STAGE1_DETACHED_ENV);
        if (n > 0) {
                program[n] = '\0';
                (void) setenv(STAGE1_STAGE0_ENV, program, 1);
                (void) setenv(STAGE1_STAGE0_DATA_ENV, stage0->config.data, 1);
        }
        if (r >= 0)
                r = set_labels(pod, e);
        if (r >= 0 && fcntl(pod->fd, F_SETFD, 0) < 0)
                r = -errno;
        return r < 0 ? error_wrap(e, r, "cannot hand the pod to stage1") : 0;
}

/* The child of a detached start: on its own, silent, reporting by sd_notify. */
static int enter_background(const Pod *pod, int stderr_fd) {
        _cleanup_(fd_closep) int null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);

        if (null_fd < 0 || setsid() < 0 || setenv(STAGE1_DETACHED_ENV, "1", 1) < 0)
                return -errno;
        /* What we inherited is somebody's pipe, and would not end before the pod. */
        if (close_range(STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC) < 0 ||
            fcntl(pod->fd, F_SETFD, 0) < 0)
                return -errno;
        if (dup2(null_fd, STDIN_FILENO) < 0 || dup2(null_fd, STDOUT_FILENO) < 0 ||
            dup2(stderr_fd, STDERR_FILENO) < 0)
                return -errno;
        return 0;
}

static void relay(int fd) {
        char chunk[4096];
        ssize_t n = 0;

        while ((n = read(fd, chunk, sizeof(chunk))) > 0)
                (void) fd_write_all(STDERR_FILENO, chunk, (size_t) n);
}

/* Until the child is ready (0) or has ended (its exit status). What it says goes to our standard
 * error, and no longer once it is ready. */
static int wait_for_child(pid_t child, int notify_fd, int stderr_fd) {
        struct pollfd fds[] = {
                { .fd = notify_fd, .events = POLLIN },
                { .fd = stderr_fd, .events = POLLIN },
        };

        for (;;) {
                if (poll(fds, N_ELEMENTS(fds), -1) < 0 && errno != EINTR)
                        return -errno;
                if (fds[1].revents)
                        relay(stderr_fd);
                if ((fds[0].revents & POLLIN) && pod_notify_is_ready(notify_fd, child))
                        return 0;
                if (fds[1].revents & POLLHUP)
                        return process_wait(child);
        }
}

static int start_in_background(
        const Stage0 *stage0, const Pod *pod, char *const *arguments, int stderr_fd, Error *e) {
        pid_t child = fork();
        int r = 0;

        if (child < 0)
                return error_wrap(e, -errno, "cannot start a process");
        if (child > 0)
                return child;
        r = enter_background(pod, stderr_fd);
        if (r >= 0)
                r = stage1_replace(stage0, pod, STAGE1_RUN, arguments, e);
        (void) rkt_fail(stage0->rkt, e, r);
        _exit(EXIT_FAILED);
}

static int run_detached(const Stage0 *stage0, const Pod *pod, char *const *arguments, Error *e) {
        _cleanup_(fd_closep) int notify_fd = pod_notify_open(&pod->uuid, e), in = -EBADF,
                                 out = -EBADF;
        int ends[2], r = notify_fd;

        if (r < 0)
                return r;
        if (pipe2(ends, O_CLOEXEC) < 0)
                r = error_wrap(e, -errno, "cannot make a pipe");
        else {
                in = ends[0];
                out = ends[1];
                r = fcntl(in, F_SETFL, O_NONBLOCK) < 0 ? -errno : 0;
        }
        if (r >= 0)
                r = start_in_background(stage0, pod, arguments, out, e);
        fd_drop(&out);
        if (r >= 0) {
                r = wait_for_child((pid_t) r, notify_fd, in);
                if (r < 0)
                        r = error_wrap(e, r, "cannot wait for the pod");
        }
        pod_notify_remove(&pod->uuid);
        return r;
}

/* Debian's lxc_contexts names types that its policy does not have. */
static const char *unknown_label(const SelinuxLabels *labels) {
        if (!selinux_label_is_known(labels->process))
                return labels->process;
        return selinux_label_is_known(labels->mount) ? NULL : labels->mount;
}

/* Apps that are to see the host would not with the policy's label for containers. */
static int choose_labels(const Stage0 *stage0, const Pod *pod, Error *e) {
        _cleanup_(appc_image_freep) AppcImage *stage1 = NULL;
        _cleanup_(selinux_labels_done) SelinuxLabels policy = {};
        _cleanup_(fd_closep) int root_fd = -EBADF;
        const char *unknown = NULL;
        int r = 0;

        if (!selinux_is_enabled())
                return 0;
        r = pod_read_stage1_manifest(pod, &stage1, e);
        if (r < 0 || stage1_says(stage1, STAGE1_VERIFIED_ONLY))
                return r;
        root_fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
        r = root_fd < 0 ? -errno : selinux_read_contexts(root_fd, &policy, e);
        if (r <= 0)
                return r;
        unknown = unknown_label(&policy);
        if (unknown) {
                rkt_say(stage0->rkt,
                        "warning: the pod gets no SELinux labels: the policy has no \"%s\"",
                        unknown);
                return 0;
        }
        return pod_labels_choose(stage0->pods, pod, &policy, e);
}

int pod_run(const Stage0 *stage0, const Pod *pod, const RunSettings *settings, Error *e) {
        _cleanup_(strv_freep) Strv arguments = NULL;
        _cleanup_(freep) char *dns_modes = NULL;
        int r = choose_labels(stage0, pod, e);

        if (r >= 0)
                r = pod_mount(stage0, pod, false, e);
        if (r >= 0)
                r = run_dns_write(pod, settings, &dns_modes, e);
        if (r >= 0)
                r = make_arguments(stage0, pod, settings, dns_modes, &arguments);
        if (r >= 0)
                r = set_environment(stage0, pod, e);
        if (r < 0)
                return r;
        if (settings->detach)
                return run_detached(stage0, pod, arguments, e);
        return stage1_replace(stage0, pod, STAGE1_RUN, arguments, e);
}

/* A pod that never ran is of no use to anybody. */
static void take_back(const Stage0 *stage0, Pod *pod) {
        _cleanup_(error_done) Error e = ERROR_NULL;
        int r = 0;

        pod->state = POD_EXITED; /* we hold its lock, and nothing of it runs */
        r = pod_mark(pod, &e);
        if (r >= 0)
                r = pod_delete(stage0, pod, &e);
        if (r < 0)
                (void) rkt_fail(stage0->rkt, &e, r);
}

int pod_make_and_run(const Stage0 *stage0, const RunSettings *settings, Error *e) {
        _cleanup_(pod_closep) Pod *pod = NULL;
        int r = pod_make(stage0, settings, &pod, e);

        if (r >= 0)
                r = pod_start(pod, e);
        if (r < 0)
                return r;
        r = pod_run(stage0, pod, settings, e);
        if (r < 0)
                take_back(stage0, pod);
        else if (r == 0)
                printf("%s\n", pod->uuid.text); /* detached, and up */
        return r;
}
