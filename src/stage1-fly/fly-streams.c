/* SPDX-License-Identifier: Apache-2.0 */
#include "fly-streams.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "stage1-helper.h"
#include "sysd-stream.h"

int fly_streams_open(Stage1Streams *streams, const Pod *pod, const Stage1App *app, Error *e) {
        _cleanup_(freep) char *program = NULL;

        if (!stage1_streams_wanted(app->runtime))
                return 0;
        program = stage1_helper_path("streams");
        if (!program)
                return error_new(e, -ENOENT, "cannot tell where stage1's programs are");
        return stage1_streams_connect(pod, app->runtime->name, program, streams, e);
}

/* The terminal is the app's: no other user's, and the one that controls its session. Returns its descriptor. */
static int take_terminal(const char *path, const Stage1App *app, Error *e) {
        _cleanup_(app_identity_done) AppIdentity who = APP_IDENTITY_NULL;
        _cleanup_(fd_closep) int fd = -EBADF;
        int r = stage1_app_identity(app, &who, e);

        if (r < 0)
                return r;
        (void) setsid();
        fd = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC);
        if (fd < 0 || ioctl(fd, TIOCSCTTY, 0) < 0 || fchown(fd, who.uid, (gid_t) -1) < 0 ||
            fchmod(fd, 0600) < 0)
                return error_wrap(e, -errno, "cannot give the app terminal %s", path);
        return fd_take(&fd);
}

int fly_streams_open_log(const Stage1App *app) {
        int fd = sysd_stream_open(NULL, app->runtime->name, "", NULL);

        return fd >= 0 ? fd : open("/dev/null", O_WRONLY | O_CLOEXEC);
}

static int lead(const Stage1Streams *streams, size_t i, int terminal_fd, const Stage1App *app) {
        _cleanup_(fd_closep) int opened = -EBADF;
        int fd = -EBADF;

        switch (streams->modes[i]) {
        case STAGE1_STREAM_ATTACH:
                fd = streams->fds[i];
                break;
        case STAGE1_STREAM_TTY:
                fd = terminal_fd;
                break;
        case STAGE1_STREAM_LOG:
                fd = opened = fly_streams_open_log(app);
                break;
        case STAGE1_STREAM_NULL:
                fd = opened = open("/dev/null", O_RDWR | O_CLOEXEC);
                break;
        default:
                return 0;
        }
        return dup2(fd, (int) i) < 0 ? -errno : 0;
}

int fly_streams_enter(const Stage1Streams *streams, const Stage1App *app, Error *e) {
        _cleanup_(fd_closep) int terminal_fd = -EBADF;
        int r = 0;

        if (streams->terminal)
                r = terminal_fd = take_terminal(streams->terminal, app, e);
        for (size_t i = 0; i < STAGE1_STREAMS_MAX && r >= 0; i++)
                r = lead(streams, i, terminal_fd, app);
        return r < 0 ? error_wrap(e, r, "cannot connect the app's streams") : 0;
}
