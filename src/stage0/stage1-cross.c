/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "experiment.h"
#include "files.h"
#include "process.h"
#include "stage1.h"

#define OUTPUT_MAX ((size_t) 64 * 1024)
#define DEFAULT_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

static int make_environment(const char *enter, pid_t leader, Strv *ret) {
        const char *path = getenv("PATH");
        int r = strv_appendf(ret, "RKT_STAGE1_ENTERCMD=%s", enter);

        if (r >= 0)
                r = strv_appendf(ret, "RKT_STAGE1_ENTERPID=%d", leader);
        return r < 0 ? r : strv_appendf(ret, "PATH=%s", text_is_empty(path) ? DEFAULT_PATH : path);
}

static int make_argv(const char *program, char *const *arguments, Strv *ret) {
        int r = strv_append(ret, program);

        for (; *arguments && r >= 0; arguments++)
                r = strv_append(ret, *arguments);
        return r;
}

/* The last line that it said, without the prefix of its own. The original told nothing of it. */
static void take_cause(const Stage0 *stage0, int fd, int status, Error *e) {
        _cleanup_(freep) char *text = NULL;
        char *line = NULL, *last = NULL;
        size_t n = 0;

        if (lseek(fd, 0, SEEK_SET) == 0 && fd_read_all(fd, OUTPUT_MAX, &text, &n) >= 0 && n > 0) {
                if (stage0->rkt->debug)
                        text_write_escaped(stderr, text);
                line = text_trim(text);
                last = strrchr(line, '\n');
                line = last ? last + 1 : line;
        }
        if (text_is_empty(line) || experiment_is_on(EXPERIMENT_APP))
                error_new(e, -EIO, "error executing stage1 entrypoint: exit status %d", status);
        else
                error_new(e, -EIO, "%s", line);
}

int stage1_cross(const Stage0 *stage0,
                 const Pod *pod,
                 pid_t leader,
                 const char *annotation,
                 char *const *arguments,
                 Error *e) {
        _cleanup_(freep) char *program = NULL, *enter = NULL, *directory = pod_path(pod);
        _cleanup_(strv_freep) Strv argv = NULL, environment = NULL;
        _cleanup_(fd_closep) int fd = memfd_create("stage1", MFD_CLOEXEC);
        ProcessSpec spec = { .fds = { -1, fd, fd }, .n_fds = 3, .directory = directory };
        int r = fd < 0 ? -errno : 0;

        if (r >= 0 && !directory)
                r = -ENOMEM;
        if (r >= 0)
                r = stage1_entrypoint(stage0, pod, annotation, &program, e);
        if (r == -ENOSYS)
                return error_prefix(e, r, "\"%s\" not implemented for pod's stage1: ", annotation);
        if (r >= 0)
                r = stage1_entrypoint(stage0, pod, STAGE1_ENTER, &enter, e);
        if (r >= 0)
                r = make_argv(program, arguments, &argv);
        if (r >= 0)
                r = make_environment(enter, leader, &environment);
        if (r < 0)
                return r;
        spec.path = program;
        spec.argv = argv;
        spec.envp = environment;
        r = process_run(&spec);
        if (r < 0)
                return error_wrap(e, r, "cannot run %s", program);
        if (r > 0)
                take_cause(stage0, fd, r, e);
        return r;
}
