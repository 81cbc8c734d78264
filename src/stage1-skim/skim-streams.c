/* SPDX-License-Identifier: Apache-2.0 */
#include "skim-streams.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "files.h"
#include "openat.h"
#include "process.h"
#include "skim-launch.h"
#include "skim-socket.h"

#define DIRECTORY_MODE 0700 /* who may connect speaks to the app */
#define FIRST_FD 4
#define BACKLOG 16

typedef enum Mode {
        MODE_NULL,
        MODE_LOG,
        MODE_STREAM,
        MODE_TTY,
        _MODE_MAX,
        _MODE_INVALID = -EINVAL,
} Mode;

static const char *const modes[_MODE_MAX] = {
        [MODE_NULL] = "null",
        [MODE_LOG] = "log",
        [MODE_STREAM] = "stream",
        [MODE_TTY] = "tty",
};

static const struct {
        const char *name, *property, *fd_property;
        Mode initial;
} streams[3] = {
        { "stdin", "StandardInput", "StandardInputFileDescriptor", MODE_NULL },
        { "stdout", "StandardOutput", "StandardOutputFileDescriptor", MODE_LOG },
        { "stderr", "StandardError", "StandardErrorFileDescriptor", MODE_LOG },
};

/* What the helper is started with. */
typedef struct Plan {
        int directory_fd;
        int helper_fds[PROCESS_FDS_MAX];
        unsigned n_fds;
        Strv names;
        char *terminal;
} Plan;

static void plan_done(Plan *plan) {
        fd_drop(&plan->directory_fd);
        for (unsigned i = FIRST_FD; i < plan->n_fds; i++)
                fd_drop(&plan->helper_fds[i]);
        strv_free(plan->names);
        free(plan->terminal);
}

static const char *mode_text(const AppcRuntimeApp *runtime, size_t i) {
        char name[64];

        (void) snprintf(name, sizeof(name), "coreos.com/rkt/stage2/%s", streams[i].name);
        return appc_pairs_get(&runtime->annotations, name);
}

static Mode mode_of(const AppcRuntimeApp *runtime, size_t i) {
        const char *text = mode_text(runtime, i);

        if (!text)
                return streams[i].initial;
        if (strcmp(text, "interactive") == 0)
                return MODE_TTY; /* the original's other word for it */
        for (size_t k = 0; k < _MODE_MAX; k++)
                if (strcmp(text, modes[k]) == 0 && (i > 0 || k != MODE_LOG))
                        return (Mode) k;
        return _MODE_INVALID;
}

bool skim_streams_wanted(const AppcRuntimeApp *runtime) {
        for (size_t i = 0; i < N_ELEMENTS(streams); i++)
                if (mode_of(runtime, i) != streams[i].initial)
                        return true;
        return false;
}

void skim_streams_passed(SkimStreams *s) {
        for (size_t i = 0; i < N_ELEMENTS(s->fds); i++)
                fd_drop(&s->fds[i]);
}

void skim_streams_done(SkimStreams *s) {
        skim_streams_passed(s);
        fd_drop(&s->control_fd);
}

static int open_directory(const Pod *pod, const char *app) {
        _cleanup_(fd_closep) int rkt_fd = pod_open_in_stage1(pod, "rkt", O_RDONLY | O_DIRECTORY);
        _cleanup_(freep) char *path = NULL;

        if (rkt_fd < 0)
                return rkt_fd;
        if (asprintf(&path, "iottymux/%s", app) < 0) {
                path = NULL;
                return -ENOMEM;
        }
        return mkdir_beneath(rkt_fd, path, DIRECTORY_MODE);
}

static int listen_at(int directory_fd, const char *name) {
        char file[64];

        (void) snprintf(file, sizeof(file), "sock-%s", name);
        return skim_socket_listen(directory_fd, file, SOCK_STREAM, BACKLOG);
}

/* Takes @app_fd, the helper's end of a stream, in every case. */
static int add_endpoint(Plan *plan, const char *name, int app_fd) {
        int listen_fd = listen_at(plan->directory_fd, name);

        if (listen_fd < 0 || plan->n_fds + 2 > PROCESS_FDS_MAX) {
                fd_drop(&app_fd);
                fd_drop(&listen_fd);
                return listen_fd < 0 ? listen_fd : -E2BIG;
        }
        plan->helper_fds[plan->n_fds++] = app_fd;
        plan->helper_fds[plan->n_fds++] = listen_fd;
        return strv_append(&plan->names, name);
}

static int add_pipe(Plan *plan, size_t i, int *ret_app_fd) {
        int ends[2], helper = i == 0 ? 1 : 0;

        if (pipe2(ends, O_CLOEXEC) < 0)
                return -errno;
        *ret_app_fd = ends[!helper];
        return add_endpoint(plan, streams[i].name, ends[helper]);
}

static int add_terminal(Plan *plan) {
        _cleanup_(fd_closep) int fd = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
        char path[64];

        if (fd < 0 || grantpt(fd) < 0 || unlockpt(fd) < 0 || ptsname_r(fd, path, sizeof(path)) != 0)
                return -errno;
        plan->terminal = strdup(path);
        if (!plan->terminal)
                return -ENOMEM;
        if (symlinkat(path, plan->directory_fd, SKIM_STREAMS_TERMINAL) < 0)
                return -errno;
        return add_endpoint(plan, "tty", fd_take(&fd));
}

static int set_one(Plan *plan, size_t i, int log_fd, SysdProperties *p, SkimStreams *s) {
        int r = 0;

        switch (s->modes[i]) {
        case MODE_LOG:
                return sysd_set_fd(p, streams[i].fd_property, log_fd);
        case MODE_STREAM:
                r = add_pipe(plan, i, &s->fds[i]);
                return r < 0 ? r : sysd_set_fd(p, streams[i].fd_property, s->fds[i]);
        case MODE_TTY:
                r = plan->terminal ? 0 : add_terminal(plan);
                if (r >= 0)
                        r = sysd_set_string(p, "TTYPath", plan->terminal);
                return r < 0 ? r
                             : sysd_set_string(p, streams[i].property,
                                               i == 0 ? "tty-force" : "tty");
        default:
                return sysd_set_string(p, streams[i].property, "null");
        }
}

static int write_target(JsonWriter *w, const char *app, const char *name) {
        _cleanup_(freep) char *address = NULL;

        if (asprintf(&address, "/" SKIM_STREAMS_DIRECTORY "/%s/sock-%s", app, name) < 0) {
                address = NULL;
                return -ENOMEM;
        }
        json_write_begin(w, '{');
        json_write_member_string(w, "name", name);
        json_write_member_string(w, "domain", "unix");
        json_write_member_string(w, "address", address);
        json_write_end(w, '}');
        return 0;
}

/* For "attach --mode=list", and for attaching to all there is. */
static int write_endpoints(const Plan *plan, const char *app) {
        _cleanup_(freep) char *text = NULL;
        size_t n = 0;
        int r = 0;
        FILE *out = open_memstream(&text, &n);
        JsonWriter w = JSON_WRITER(out, false);

        if (!out)
                return -ENOMEM;
        json_write_begin(&w, '{');
        json_write_member_i64(&w, "version", 1);
        json_write_key(&w, "targets");
        json_write_begin(&w, '[');
        for (char **name = plan->names; *name && r >= 0; name++)
                r = write_target(&w, app, *name);
        json_write_end(&w, ']');
        json_write_end(&w, '}');
        if (fclose(out) != 0)
                return -ENOMEM;
        return r < 0 ? r
                     : file_write_at(plan->directory_fd, SKIM_STREAMS_ENDPOINTS, text, n, 0600, 0);
}

static int start_helper(Plan *plan, int *ret_control_fd) {
        _cleanup_(freep) char *program = skim_helper_path("streams");
        _cleanup_(strv_freep) Strv argv = NULL;
        _cleanup_(fd_closep) int ours = -EBADF, its = -EBADF;
        ProcessSpec spec = { .fds = { -1, -1, STDERR_FILENO }, .n_fds = plan->n_fds };
        int ends[2], r = strv_append(&argv, "streams");
        pid_t pid = -1;

        for (char **name = plan->names; *name && r >= 0; name++)
                r = strv_append(&argv, *name);
        if (r < 0)
                return r;
        if (!program)
                return -ENOENT;
        if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
                return -errno;
        ours = ends[0];
        its = ends[1];
        spec.path = program;
        spec.argv = argv;
        spec.fds[FIRST_FD - 1] = its;
        for (unsigned i = FIRST_FD; i < plan->n_fds; i++)
                spec.fds[i] = plan->helper_fds[i];
        r = process_start(&spec, &pid);
        if (r < 0)
                return r;
        /* Nobody waits for it: it outlives the app by as long as somebody takes to read. */
        (void) signal(SIGCHLD, SIG_IGN);
        *ret_control_fd = fd_take(&ours);
        return 0;
}

int skim_streams_read(const AppcRuntimeApp *runtime, SkimStreams *ret, Error *e) {
        SkimStreams s = SKIM_STREAMS_NULL;

        s.wanted = skim_streams_wanted(runtime);
        for (size_t i = 0; i < N_ELEMENTS(streams); i++) {
                s.modes[i] = mode_of(runtime, i);
                if (s.modes[i] < 0)
                        return error_new(e, -EINVAL, "app \"%s\" has unknown mode \"%s\" for %s",
                                         runtime->name, mode_text(runtime, i), streams[i].name);
        }
        *ret = s;
        return 0;
}

static int connect_all(Plan *plan,
                       const Pod *pod,
                       const char *app,
                       int log_fd,
                       SysdProperties *p,
                       SkimStreams *s) {
        int r = 0;

        plan->directory_fd = open_directory(pod, app);
        if (plan->directory_fd < 0)
                return plan->directory_fd;
        for (size_t i = 0; i < N_ELEMENTS(streams) && r >= 0; i++)
                r = set_one(plan, i, log_fd, p, s);
        if (r < 0 || !plan->names)
                return r;
        r = write_endpoints(plan, app);
        return r < 0 ? r : start_helper(plan, &s->control_fd);
}

int skim_streams_connect(
        const Pod *pod, const char *app, int log_fd, SysdProperties *p, SkimStreams *s, Error *e) {
        _cleanup_(plan_done) Plan plan = { .directory_fd = -EBADF, .n_fds = FIRST_FD };
        int r = connect_all(&plan, pod, app, log_fd, p, s);

        return r < 0 ? error_wrap(e, r, "cannot connect the streams of app \"%s\"", app) : 0;
}
