/* SPDX-License-Identifier: Apache-2.0 */
#include "skim-terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "files.h"
#include "openat.h"
#include "stage1-pty.h"

#define CHUNK_SIZE 4096

struct SkimTerminal {
        int master_fd;
        int copies[2]; /* of the caller's terminal, for output; -EBADF where there is none */
        struct termios saved;
        bool restore;
        sd_event_source *input, *output, *resize;
};

static void copy_output(SkimTerminal *t) {
        char chunk[CHUNK_SIZE];
        ssize_t n = 0;

        while ((n = read(t->master_fd, chunk, sizeof(chunk))) > 0)
                if (fd_write_all(STDOUT_FILENO, chunk, (size_t) n) < 0)
                        return;
}

SkimTerminal *skim_terminal_free(SkimTerminal *t) {
        if (!t)
                return NULL;
        sd_event_source_disable_unref(t->input);
        sd_event_source_disable_unref(t->output);
        sd_event_source_disable_unref(t->resize);
        if (t->master_fd >= 0)
                copy_output(t);
        if (t->restore)
                (void) tcsetattr(STDIN_FILENO, TCSANOW, &t->saved);
        fd_drop(&t->master_fd);
        fd_drop(&t->copies[0]);
        fd_drop(&t->copies[1]);
        free(t);
        return NULL;
}

static int on_input(sd_event_source *source, int fd, uint32_t events, void *userdata) {
        SkimTerminal *t = userdata;
        char chunk[CHUNK_SIZE];
        ssize_t n = read(fd, chunk, sizeof(chunk));

        (void) events;
        if (n < 0 && (errno == EAGAIN || errno == EINTR))
                return 0;
        if (n <= 0)
                return sd_event_source_set_enabled(source, SD_EVENT_OFF);
        (void) fd_write_all(t->master_fd, chunk, (size_t) n);
        return 0;
}

/* Hangs up between the app's openings of its side as well, which is not the end. */
static int on_output(sd_event_source *source, int fd, uint32_t events, void *userdata) {
        (void) fd;
        copy_output(userdata);
        if (events & EPOLLHUP)
                return sd_event_source_set_enabled(source, SD_EVENT_OFF);
        return 0;
}

static void copy_size(const SkimTerminal *t) {
        struct winsize size;

        if (ioctl(STDIN_FILENO, TIOCGWINSZ, &size) == 0)
                (void) ioctl(t->master_fd, TIOCSWINSZ, &size);
}

static int on_resize(sd_event_source *source, const struct signalfd_siginfo *info, void *userdata) {
        (void) source;
        (void) info;
        copy_size(userdata);
        return 0;
}

/* Makes a pseudo terminal; its slave side stays open here so that the master does not hang up
 * before the app has opened it. */
static int make_pty(SkimTerminal *t, char **ret_path, Error *e) {
        char path[STAGE1_PTY_PATH_MAX];

        t->master_fd = stage1_pty_open(O_NONBLOCK, path);
        if (t->master_fd < 0)
                return error_wrap(e, t->master_fd, "cannot make a terminal for the app");
        *ret_path = strdup(path);
        return *ret_path ? 0 : -ENOMEM;
}

/* What is a terminal goes as a descriptor for writing alone: what is typed there is not the app's. */
static int pass_output(SysdProperties *p, const char *property, int fd, int *ret_copy) {
        char path[FD_PATH_MAX];

        if (isatty(fd))
                *ret_copy = open(fd_path(fd, path), O_WRONLY | O_NOCTTY | O_CLOEXEC);
        return sysd_set_fd(p, property, *ret_copy >= 0 ? *ret_copy : fd);
}

static int pass_descriptors(SkimTerminal *t, SysdProperties *p) {
        int r = sysd_set_fd(p, "StandardInputFileDescriptor", STDIN_FILENO);

        if (r >= 0)
                r = pass_output(p, "StandardOutputFileDescriptor", STDOUT_FILENO, &t->copies[0]);
        if (r >= 0)
                r = pass_output(p, "StandardErrorFileDescriptor", STDERR_FILENO, &t->copies[1]);
        return r;
}

static int give_terminal(SysdProperties *p, const char *path) {
        static const char *const names[] = { "StandardInput", "StandardOutput", "StandardError" };
        const char *term = getenv("TERM");
        int r = sysd_set_string(p, "TTYPath", path);

        for (size_t i = 0; i < N_ELEMENTS(names) && r >= 0; i++)
                r = sysd_set_string(p, names[i], "tty");
        if (r >= 0 && term) {
                _cleanup_(freep) char *assignment = NULL;

                if (asprintf(&assignment, "TERM=%s", term) < 0) {
                        assignment = NULL;
                        return -ENOMEM;
                }
                r = sysd_add_string(p, "Environment", assignment);
        }
        return r;
}

static int set_raw(SkimTerminal *t) {
        struct termios raw;

        if (tcgetattr(STDIN_FILENO, &t->saved) < 0)
                return -errno;
        raw = t->saved;
        cfmakeraw(&raw);
        if (tcsetattr(STDIN_FILENO, TCSANOW, &raw) < 0)
                return -errno;
        t->restore = true;
        return 0;
}

static int forward(sd_event *event, SkimTerminal *t) {
        int r = sd_event_add_io(event, &t->input, STDIN_FILENO, EPOLLIN, on_input, t);

        if (r >= 0)
                r = sd_event_add_io(event, &t->output, t->master_fd, EPOLLIN, on_output, t);
        if (r >= 0)
                r = sd_event_add_signal(event, &t->resize, SIGWINCH, on_resize, t);
        return r;
}

int skim_terminal_new(sd_event *event, SysdProperties *p, SkimTerminal **ret, Error *e) {
        _cleanup_(skim_terminal_freep) SkimTerminal *t = calloc(1, sizeof(SkimTerminal));
        _cleanup_(freep) char *path = NULL;
        int r = 0;

        if (!t)
                return -ENOMEM;
        t->master_fd = t->copies[0] = t->copies[1] = -EBADF;
        if (!isatty(STDIN_FILENO)) {
                r = pass_descriptors(t, p);
        } else {
                r = make_pty(t, &path, e);
                if (r < 0)
                        return r;
                copy_size(t);
                r = give_terminal(p, path);
                if (r >= 0)
                        r = set_raw(t);
                if (r >= 0)
                        r = forward(event, t);
        }
        if (r < 0)
                return error_wrap(e, r, "cannot connect the app to the terminal");
        *ret = ptr_take(&t);
        return 0;
}
