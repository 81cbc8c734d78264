/* SPDX-License-Identifier: Apache-2.0 */
#include "coreos-streams.h"

#include <fcntl.h>

#include "files.h"
#include "openat.h"
#include "stage1-streams.h"

static const char *const properties[STAGE1_STREAMS_MAX] = { "StandardInput", "StandardOutput",
                                                            "StandardError" };

static int set_console(SysdProperties *p) {
        int r = sysd_set_string(p, "TTYPath", "/dev/console");

        for (size_t i = 0; i < STAGE1_STREAMS_MAX && r >= 0; i++)
                r = sysd_set_string(p, properties[i], "tty");
        return r;
}

/* A path in the directory that the app's helper works in; systemd opens it before the app has its own root. */
static int set_path(SysdProperties *p,
                    const char *property,
                    const char *how,
                    const char *app,
                    const char *name) {
        _cleanup_(freep) char *text = NULL;

        if (asprintf(&text, "%s/" STAGE1_STREAMS_DIRECTORY "/%s/stage2-%s", how, app, name) < 0) {
                text = NULL;
                return -ENOMEM;
        }
        return sysd_set_string(p, property, text);
}

static int set_one(SysdProperties *p, const Stage1Streams *s, size_t i, const char *app) {
        int r = 0;

        switch (s->modes[i]) {
        case STAGE1_STREAM_ATTACH:
                return set_path(p, properties[i], "file:", app, stage1_stream_name(i));
        case STAGE1_STREAM_TTY:
                r = set_path(p, "TTYPath", "", app, "pts");
                return r < 0 ? r : sysd_set_string(p, properties[i], i == 0 ? "tty-force" : "tty");
        case STAGE1_STREAM_NULL:
                return sysd_set_string(p, properties[i], "null");
        default:
                return sysd_set_string(p, properties[i], i == 0 ? "null" : "journal");
        }
}

static int
need_helper(int directory_fd, const char *app, char *const *names, SysdProperties *unit) {
        _cleanup_(freep) char *list = strv_join(names, " "), *text = NULL, *helper = NULL;
        int r = 0;

        if (!list || asprintf(&text, "STREAMS=%s\n", list) < 0) {
                text = NULL;
                return -ENOMEM;
        }
        if (asprintf(&helper, "rkt-streams@%s.service", app) < 0) {
                helper = NULL;
                return -ENOMEM;
        }
        r = file_write_at(directory_fd, "env", text, strlen(text), 0600, 0);
        if (r >= 0)
                r = sysd_add_string(unit, "Requires", helper);
        return r < 0 ? r : sysd_add_string(unit, "After", helper);
}

static int announce(int root_fd, const char *app, const Stage1Streams *s, SysdProperties *unit) {
        _cleanup_(fd_closep) int fd = -EBADF;
        _cleanup_(strv_freep) Strv names = NULL;

        fd = stage1_streams_announce(root_fd, app, s, &names);
        if (fd < 0 || !names)
                return fd < 0 ? fd : 0;
        return need_helper(fd, app, names, unit);
}

int coreos_streams_set(int root_fd,
                       const Stage1App *app,
                       bool interactive,
                       SysdProperties *unit,
                       SysdProperties *service,
                       Error *e) {
        _cleanup_(stage1_streams_done) Stage1Streams s = STAGE1_STREAMS_NULL;
        const char *name = app->runtime->name;
        int r = sysd_set_string(service, "SyslogIdentifier", name);

        if (r >= 0 && interactive)
                return set_console(service);
        if (r >= 0)
                r = stage1_streams_read(app->runtime, &s, e);
        for (size_t i = 0; i < STAGE1_STREAMS_MAX && r >= 0; i++)
                r = set_one(service, &s, i, name);
        if (r >= 0 && stage1_streams_wanted(app->runtime))
                r = announce(root_fd, name, &s, unit);
        return r < 0 ? error_wrap(e, r, "cannot connect the streams of app \"%s\"", name) : 0;
}

int coreos_streams_forget(int root_fd, const char *app) {
        _cleanup_(fd_closep) int fd =
                open_beneath(root_fd, STAGE1_STREAMS_DIRECTORY, O_RDONLY | O_DIRECTORY);

        if (fd < 0)
                return fd == -ENOENT ? 0 : fd;
        return tree_remove_at(fd, app);
}
