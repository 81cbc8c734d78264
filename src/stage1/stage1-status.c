/* SPDX-License-Identifier: Apache-2.0 */
#include "stage1-status.h"

#include <fcntl.h>
#include <inttypes.h>
#include <sys/pidfd.h>
#include <sys/stat.h>

#include "files.h"
#include "json-read.h"
#include "openat.h"
#include "pod-files.h"

#define COMMAND_LINE_MAX ((size_t) 8 * 1024 * 1024) /* what the kernel lets it be, and more */

static int write_text(int dir_fd, const char *name, const char *text, unsigned flags, Error *e) {
        int r = file_write_at(dir_fd, name, text, strlen(text), 0644, flags);

        return r < 0 ? error_wrap(e, r, "cannot write the pod's file %s", name) : 0;
}

static int write_number(const Pod *pod, const char *name, pid_t pid, Error *e) {
        char text[32];

        (void) snprintf(text, sizeof(text), "%d\n", pid);
        return write_text(pod->fd, name, text, 0, e);
}

int stage1_write_pid(const Pod *pod, pid_t pid, Error *e) {
        return write_number(pod, "pid", pid, e);
}

int stage1_write_parent_pid(const Pod *pod, pid_t pid, Error *e) {
        return write_number(pod, "ppid", pid, e);
}

static bool is_about(pid_t pid, const Uuid *uuid) {
        _cleanup_(freep) char *words = NULL;
        char path[64];
        size_t n = 0;

        (void) snprintf(path, sizeof(path), "/proc/%d/cmdline", pid);
        return file_read_at(AT_FDCWD, path, COMMAND_LINE_MAX, &words, &n) >= 0 &&
               memmem(words, n, uuid->text, strlen(uuid->text));
}

int stage1_open_parent(const Pod *pod, int *ret_fd, Error *e) {
        _cleanup_(freep) char *text = NULL;
        _cleanup_(fd_closep) int fd = -EBADF;
        uint64_t pid = 0;
        int r = file_read_text_at(pod->fd, "ppid", &text);

        if (r >= 0)
                r = text_parse_u64(text, INT32_MAX, &pid);
        if (r < 0)
                return error_wrap(e, r, "cannot read the pod's file ppid");
        fd = pidfd_open((pid_t) pid, 0);
        /* Looked at once it is held: so it is the one that was looked at. */
        if (fd < 0 || !is_about((pid_t) pid, &pod->uuid))
                return error_new(e, -ESRCH, "the pod does not run");
        *ret_fd = fd_take(&fd);
        return 0;
}

int stage1_write_cgroup(const Pod *pod, const char *path, Error *e) {
        return write_text(pod->fd, "subcgroup", path, 0, e);
}

int stage1_write_exit_status(const Pod *pod, const char *app, int status, Error *e) {
        _cleanup_(fd_closep) int fd = -EBADF;
        char text[32];
        int r = 0;

        fd = open_beneath(pod->fd, POD_STAGE1_ROOTFS "/rkt/status", O_RDONLY | O_DIRECTORY);
        if (fd < 0)
                return error_wrap(e, fd, "cannot open %s/rkt/status", POD_STAGE1_ROOTFS);
        (void) snprintf(text, sizeof(text), "%d\n", status);
        r = write_text(fd, app, text, FILE_WRITE_SYNC, e);
        /* Behind it: what is written early was committed with it, and nothing is left to do. */
        return r < 0 ? r : pod_sync(pod, e);
}

int stage1_write_restarts(const Pod *pod, const char *app, uint32_t n, Error *e) {
        _cleanup_(fd_closep) int fd =
                mkdir_beneath(pod->fd, POD_STAGE1_ROOTFS "/" POD_RESTARTS, 0755);
        char text[32];

        if (fd < 0)
                return error_wrap(e, fd, "cannot make %s/%s", POD_STAGE1_ROOTFS, POD_RESTARTS);
        (void) snprintf(text, sizeof(text), "%u\n", n);
        return write_text(fd, app, text, 0, e);
}

/* The original's file, of which only this part is ours to know. */
#define RUNTIME_CONFIG "runtime-config"

int stage1_write_insecure(const Pod *pod, const Stage1Args *args, Error *e) {
        _cleanup_(freep) char *text = NULL;
        size_t n = 0;
        FILE *out = open_memstream(&text, &n);
        JsonWriter w = JSON_WRITER(out, false);
        int r = 0;

        if (!out)
                return -ENOMEM;
        json_write_begin(&w, '{');
        json_write_key(&w, "InsecureOptions");
        json_write_begin(&w, '{');
        json_write_member_bool(&w, "DisablePaths", args->any_paths);
        json_write_member_bool(&w, "DisableCapabilities", args->any_capabilities);
        json_write_member_bool(&w, "DisableSeccomp", args->any_calls);
        json_write_end(&w, '}');
        json_write_end(&w, '}');
        if (fclose(out) != 0)
                return -ENOMEM;
        r = file_write_at(pod->fd, RUNTIME_CONFIG, text, n, 0640, 0);
        return r < 0 ? error_wrap(e, r, "cannot write the pod's file " RUNTIME_CONFIG) : 0;
}

int stage1_read_insecure(const Pod *pod, Stage1Args *args) {
        static const JsonField fields[] = {
                { "DisablePaths", json_read_bool, offsetof(Stage1Args, any_paths), 0 },
                { "DisableCapabilities", json_read_bool, offsetof(Stage1Args, any_capabilities),
                  0 },
                { "DisableSeccomp", json_read_bool, offsetof(Stage1Args, any_calls), 0 },
                {},
        };
        _cleanup_(json_freep) Json *root = NULL;
        _cleanup_(freep) char *text = NULL;
        size_t n = 0;
        int r = file_read_at(pod->fd, RUNTIME_CONFIG, (size_t) 64 * 1024, &text, &n);

        if (r >= 0)
                r = json_parse(text, n, &root, NULL);
        return r < 0 ? r : json_read_object(json_get(root, "InsecureOptions"), fields, args, NULL);
}

#define ENTERED "entered"

int stage1_note_entered(const Pod *pod, Error *e) {
        _cleanup_(fd_closep) int fd =
                openat(pod->fd, ENTERED, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0640);

        return fd < 0 ? error_wrap(e, -errno, "cannot make the pod's file " ENTERED) : 0;
}

bool stage1_was_entered(const Pod *pod) {
        return faccessat(pod->fd, ENTERED, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

int stage1_mark_ready(const Pod *pod, Error *e) {
        _cleanup_(fd_closep) int fd =
                open_beneath(pod->fd, POD_STAGE1_ROOTFS "/rkt", O_RDONLY | O_DIRECTORY);

        if (fd < 0)
                return error_wrap(e, fd, "cannot open %s/rkt", POD_STAGE1_ROOTFS);
        if (symlinkat("ready", fd, "supervisor-status") < 0 && errno != EEXIST)
                return error_wrap(e, -errno, "cannot mark the pod as ready");
        return 0;
}

int stage1_fail(const char *prefix, const Error *e, int r, bool debug) {
        _cleanup_(freep) char *text = error_format(e, r, debug);

        fprintf(stderr, "%s: %s\n", prefix, text ? text : strerror(-r));
        return STAGE1_FAILURE;
}
