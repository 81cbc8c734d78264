/* SPDX-License-Identifier: Apache-2.0 */
#include "stage1-streams.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "openat.h"
#include "process.h"
#include "stage1-pty.h"

#define CONTROL_FD 3
#define FIRST_FD 4

/* What the helper is started with. */
typedef struct Plan {
        int directory_fd;
        int helper_fds[PROCESS_FDS_MAX];
        unsigned n_fds;
        Strv names;
} Plan;

static void plan_done(Plan *plan) {
        fd_drop(&plan->directory_fd);
        for (unsigned i = FIRST_FD; i < plan->n_fds; i++)
                fd_drop(&plan->helper_fds[i]);
        strv_free(plan->names);
}

static int add_pipe(Plan *plan, size_t i, int *ret_app_fd) {
        int ends[2], helper = i == 0 ? 1 : 0;

        if (pipe2(ends, O_CLOEXEC) < 0)
                return -errno;
        *ret_app_fd = ends[!helper];
        plan->helper_fds[plan->n_fds++] = ends[helper];
        return 0;
}

static int add_terminal(Plan *plan, Stage1Streams *s) {
        char path[STAGE1_PTY_PATH_MAX];
        _cleanup_(fd_closep) int fd = stage1_pty_open(0, path);

        if (fd < 0)
                return fd;
        s->terminal = strdup(path);
        if (!s->terminal)
                return -ENOMEM;
        plan->helper_fds[plan->n_fds++] = fd_take(&fd);
        return 0;
}

/* In the order of the names: the terminal comes last. */
static int open_ends(Plan *plan, Stage1Streams *s) {
        bool terminal = false;
        int r = 0;

        for (size_t i = 0; i < STAGE1_STREAMS_MAX && r >= 0; i++) {
                terminal = terminal || s->modes[i] == STAGE1_STREAM_TTY;
                if (s->modes[i] == STAGE1_STREAM_ATTACH)
                        r = add_pipe(plan, i, &s->fds[i]);
        }
        return r < 0 || !terminal ? r : add_terminal(plan, s);
}

/* It says when its sockets are there. */
static int wait_until_ready(int control_fd) {
        char byte;
        ssize_t n = 0;

        do
                n = read(control_fd, &byte, 1);
        while (n < 0 && errno == EINTR);
        return n == 1 ? 0 : n < 0 ? -errno : -EPIPE;
}

/* Nobody waits for its end: it outlives the app by as long as somebody takes to read. */
static int start_helper(const Plan *plan, const char *program, Stage1Streams *s) {
        _cleanup_(fd_closep) int ours = -EBADF, its = -EBADF;
        _cleanup_(strv_freep) Strv argv = NULL;
        char directory[FD_PATH_MAX];
        ProcessSpec spec = { .fds = { -1, -1, STDERR_FILENO }, .n_fds = plan->n_fds };
        int ends[2], r = strv_append(&argv, "streams");

        for (char **name = plan->names; *name && r >= 0; name++)
                r = strv_append(&argv, *name);
        if (r < 0)
                return r;
        if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
                return -errno;
        ours = ends[0];
        its = ends[1];
        spec.path = program;
        spec.argv = argv;
        spec.directory = fd_path(plan->directory_fd, directory);
        spec.fds[CONTROL_FD] = its;
        for (unsigned i = FIRST_FD; i < plan->n_fds; i++)
                spec.fds[i] = plan->helper_fds[i];
        r = process_start(&spec, &s->helper);
        fd_drop(&its);
        if (r >= 0)
                r = wait_until_ready(ours);
        if (r >= 0)
                s->control_fd = fd_take(&ours);
        return r;
}

static int
connect_all(Plan *plan, const Pod *pod, const char *app, const char *program, Stage1Streams *s) {
        _cleanup_(fd_closep) int root_fd = pod_open_in_stage1(pod, ".", O_RDONLY | O_DIRECTORY);
        int r = root_fd;

        if (r >= 0)
                r = plan->directory_fd = stage1_streams_announce(root_fd, app, s, &plan->names);
        if (r < 0 || !plan->names)
                return r;
        r = open_ends(plan, s);
        return r < 0 ? r : start_helper(plan, program, s);
}

int stage1_streams_connect(
        const Pod *pod, const char *app, const char *program, Stage1Streams *s, Error *e) {
        _cleanup_(plan_done) Plan plan = { .directory_fd = -EBADF, .n_fds = FIRST_FD };
        int r = connect_all(&plan, pod, app, program, s);

        return r < 0 ? error_wrap(e, r, "cannot connect the streams of app \"%s\"", app) : 0;
}
