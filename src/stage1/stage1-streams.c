/* SPDX-License-Identifier: Apache-2.0 */
#include "stage1-streams.h"

#include <fcntl.h>

#include "files.h"
#include "json-write.h"
#include "openat.h"

#define DIRECTORY_MODE 0700 /* who may connect speaks to the app */

static const char *const modes[_STAGE1_STREAM_MODE_MAX] = {
        [STAGE1_STREAM_NULL] = "null",
        [STAGE1_STREAM_LOG] = "log",
        [STAGE1_STREAM_ATTACH] = "stream",
        [STAGE1_STREAM_TTY] = "tty",
};

static const struct {
        const char *name;
        Stage1StreamMode initial;
} streams[STAGE1_STREAMS_MAX] = {
        { "stdin", STAGE1_STREAM_NULL },
        { "stdout", STAGE1_STREAM_LOG },
        { "stderr", STAGE1_STREAM_LOG },
};

const char *stage1_stream_name(size_t i) {
        return streams[i].name;
}

static const char *mode_text(const AppcRuntimeApp *runtime, size_t i) {
        char name[64];

        (void) snprintf(name, sizeof(name), "coreos.com/rkt/stage2/%s", streams[i].name);
        return appc_pairs_get(&runtime->annotations, name);
}

static Stage1StreamMode mode_of(const AppcRuntimeApp *runtime, size_t i) {
        const char *text = mode_text(runtime, i);

        if (!text)
                return STAGE1_STREAM_DEFAULT;
        if (strcmp(text, "interactive") == 0)
                return STAGE1_STREAM_TTY; /* the original's other word for it */
        for (size_t k = STAGE1_STREAM_NULL; k < _STAGE1_STREAM_MODE_MAX; k++)
                if (strcmp(text, modes[k]) == 0 && (i > 0 || k != STAGE1_STREAM_LOG))
                        return (Stage1StreamMode) k;
        return _STAGE1_STREAM_MODE_INVALID;
}

bool stage1_streams_wanted(const AppcRuntimeApp *runtime) {
        for (size_t i = 0; i < STAGE1_STREAMS_MAX; i++) {
                Stage1StreamMode mode = mode_of(runtime, i);

                if (mode != STAGE1_STREAM_DEFAULT && mode != streams[i].initial)
                        return true;
        }
        return false;
}

void stage1_streams_passed(Stage1Streams *s) {
        for (size_t i = 0; i < STAGE1_STREAMS_MAX; i++)
                fd_drop(&s->fds[i]);
}

void stage1_streams_done(Stage1Streams *s) {
        stage1_streams_passed(s);
        fd_drop(&s->control_fd);
        free(s->terminal);
        s->terminal = NULL;
}

int stage1_streams_read(const AppcRuntimeApp *runtime, Stage1Streams *ret, Error *e) {
        Stage1Streams s = STAGE1_STREAMS_NULL;

        for (size_t i = 0; i < STAGE1_STREAMS_MAX; i++) {
                s.modes[i] = mode_of(runtime, i);
                if (s.modes[i] < 0)
                        return error_new(e, -EINVAL, "app \"%s\" has unknown mode \"%s\" for %s",
                                         runtime->name, mode_text(runtime, i), streams[i].name);
        }
        *ret = s;
        return 0;
}

/* All that are terminals are the same one. */
static int list_names(const Stage1Streams *s, Strv *ret) {
        bool terminal = false;
        int r = 0;

        for (size_t i = 0; i < STAGE1_STREAMS_MAX && r >= 0; i++) {
                terminal = terminal || s->modes[i] == STAGE1_STREAM_TTY;
                if (s->modes[i] == STAGE1_STREAM_ATTACH)
                        r = strv_append(ret, streams[i].name);
        }
        return r < 0 || !terminal ? r : strv_append(ret, "tty");
}

static int write_target(JsonWriter *w, const char *app, const char *name) {
        _cleanup_(freep) char *address = NULL;

        if (asprintf(&address, "/" STAGE1_STREAMS_DIRECTORY "/%s/sock-%s", app, name) < 0) {
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
static int write_endpoints(int directory_fd, const char *app, char *const *names) {
        _cleanup_(freep) char *text = NULL;
        JsonText out;
        JsonWriter *w = &out.w;
        int r = json_text_begin(&out);

        if (r < 0)
                return r;
        json_write_begin(w, '{');
        json_write_member_i64(w, "version", 1);
        json_write_key(w, "targets");
        json_write_begin(w, '[');
        for (; *names && r >= 0; names++)
                r = write_target(w, app, *names);
        json_write_end(w, ']');
        json_write_end(w, '}');
        text = json_text_end(&out);
        if (!text)
                return -ENOMEM;
        return r < 0 ? r
                     : file_write_at(directory_fd, STAGE1_STREAMS_ENDPOINTS, text, strlen(text),
                                     0600, 0);
}

int stage1_streams_announce(int root_fd, const char *app, const Stage1Streams *s, Strv *ret_names) {
        _cleanup_(strv_freep) Strv names = NULL;
        _cleanup_(freep) char *path = NULL;
        _cleanup_(fd_closep) int fd = -EBADF;
        int r = list_names(s, &names);

        if (r < 0)
                return r;
        if (asprintf(&path, STAGE1_STREAMS_DIRECTORY "/%s", app) < 0) {
                path = NULL;
                return -ENOMEM;
        }
        fd = mkdir_beneath(root_fd, path, DIRECTORY_MODE);
        if (fd >= 0 && names)
                r = write_endpoints(fd, app, names);
        if (fd < 0 || r < 0)
                return fd < 0 ? fd : r;
        *ret_names = ptr_take(&names);
        return fd_take(&fd);
}
