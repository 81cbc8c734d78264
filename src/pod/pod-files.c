/* SPDX-License-Identifier: Apache-2.0 */
#include "pod-files.h"

#include <fcntl.h>
#include <inttypes.h>
#include <sys/stat.h>

#include "files.h"
#include "human.h"
#include "openat.h"

#define STATUS_TEXT_MAX ((size_t) 64)
#define CHILDREN_TEXT_MAX ((size_t) 4096)

char *pod_app_directory(const char *app) {
        char *path = NULL;

        return asprintf(&path, POD_STAGE1_ROOTFS "/opt/stage2/%s", app) < 0 ? NULL : path;
}

char *pod_app_info(const char *app) {
        char *path = NULL;

        return asprintf(&path, "appsinfo/%s", app) < 0 ? NULL : path;
}

int pod_read_manifest(const Pod *pod, AppcPod **ret, Error *e) {
        _cleanup_(freep) char *text = NULL;
        size_t n = 0;
        int r = file_read_at(pod->fd, "pod", POD_MANIFEST_MAX, &text, &n);

        if (r >= 0)
                r = appc_pod_parse(text, n, ret, e);
        return r < 0 ? error_wrap(e, r, "cannot read the manifest of pod \"%s\"", pod->uuid.text)
                     : 0;
}

int pod_write_manifest(const Pod *pod, const char *text, size_t n, Error *e) {
        int r = file_write_at(pod->fd, "pod", text, n, 0640, FILE_WRITE_EARLY);

        return r < 0 ? error_wrap(e, r, "cannot write the manifest of pod \"%s\"", pod->uuid.text)
                     : 0;
}

static int read_image(const Pod *pod, const char *path, AppcImage **ret, Error *e) {
        _cleanup_(freep) char *text = NULL;
        _cleanup_(fd_closep) int fd = open_beneath(pod->fd, path, O_RDONLY | O_NONBLOCK);
        size_t n = 0;
        int r = fd < 0 ? fd : fd_read_all(fd, POD_MANIFEST_MAX, &text, &n);

        if (r >= 0)
                r = appc_image_parse(text, n, ret, e);
        return r < 0 ? error_wrap(e, r, "cannot read %s of pod \"%s\"", path, pod->uuid.text) : 0;
}

int pod_read_app_image(const Pod *pod, const char *app, AppcImage **ret, Error *e) {
        _cleanup_(freep) char *path = NULL;

        if (asprintf(&path, "appsinfo/%s/manifest", app) < 0) {
                path = NULL;
                return -ENOMEM;
        }
        return read_image(pod, path, ret, e);
}

int pod_read_stage1_manifest(const Pod *pod, AppcImage **ret, Error *e) {
        return read_image(pod, POD_STAGE1_MANIFEST, ret, e);
}

int pod_read_trees(const Pod *pod, const char *path, Strv *ret) {
        _cleanup_(freep) char *text = NULL;
        _cleanup_(fd_closep) int fd = open_beneath(pod->fd, path, O_RDONLY | O_NONBLOCK);
        size_t n = 0;
        int r = fd < 0 ? fd : fd_read_all(fd, POD_MANIFEST_MAX, &text, &n);

        if (r < 0)
                return r;
        return strv_split(text_trim(text), '\n', ret);
}

/* @path has one directory above it at most, which is there. */
static int
write_below(const Pod *pod, const char *path, const char *text, FileWriteFlags flags, Error *e) {
        const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
        _cleanup_(freep) char *directory =
                slash ? strndup(path, (size_t) (slash - path)) : strdup(".");
        _cleanup_(fd_closep) int fd = -EBADF;
        int r = 0;

        if (!directory)
                return -ENOMEM;
        fd = open_beneath(pod->fd, directory, O_RDONLY | O_DIRECTORY);
        r = fd < 0 ? fd : file_write_at(fd, name, text, strlen(text), 0640, flags);
        return r < 0 ? error_wrap(e, r, "cannot write %s of pod \"%s\"", path, pod->uuid.text) : 0;
}

int pod_write_trees(const Pod *pod, const char *path, char *const *keys, Error *e) {
        _cleanup_(freep) char *text = strv_join(keys, "\n");

        /* pod_sync() makes sure of this one. */
        FileWriteFlags flags = strcmp(path, POD_STAGE1_TREE) == 0 ? FILE_WRITE_EARLY : 0;

        return text ? write_below(pod, path, text, flags, e) : -ENOMEM;
}

int pod_sync(const Pod *pod, Error *e) {
        static const char *const names[] = { "pod", POD_STAGE1_TREE };

        for (size_t i = 0; i < N_ELEMENTS(names); i++) {
                _cleanup_(fd_closep) int fd =
                        openat(pod->fd, names[i], O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

                if (fd < 0 && errno == ENOENT)
                        continue; /* without an overlay there is no such tree */
                if (fd < 0 || fsync(fd) < 0)
                        return error_wrap(e, -errno, "cannot write %s of pod \"%s\" to disk",
                                          names[i], pod->uuid.text);
        }
        return 0;
}

static int64_t to_nsec(struct timespec ts) {
        return (int64_t) ts.tv_sec * NSEC_PER_SEC + ts.tv_nsec;
}

static int64_t modified(const Pod *pod, const char *name) {
        struct stat st;

        return fstatat(pod->fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0 ? 0 : to_nsec(st.st_mtim);
}

int64_t pod_created(const Pod *pod) {
        int64_t created = modified(pod, "pod-created");

        return created > 0 ? created : modified(pod, "pod");
}

int64_t pod_started(const Pod *pod) {
        int64_t started = modified(pod, "pid");

        return started > 0 ? started : modified(pod, "ppid");
}

int64_t pod_marked(const Pod *pod) {
        struct stat st;

        switch (pod->state) {
        case POD_EXITED_DELETING:
        case POD_EXITED_GARBAGE:
        case POD_DELETING:
        case POD_GARBAGE:
                return fstat(pod->fd, &st) < 0 ? 0 : to_nsec(st.st_ctim);
        default:
                return 0;
        }
}

static int read_pid_file(const Pod *pod, const char *name, pid_t *ret) {
        _cleanup_(freep) char *text = NULL;
        uint64_t pid = 0;
        int r = file_read_text_at(pod->fd, name, &text);

        if (r >= 0)
                r = text_parse_u64(text, INT32_MAX, &pid);
        if (r < 0)
                return r;
        *ret = (pid_t) pid;
        return pid > 0 ? 0 : -EINVAL;
}

static int only_child(pid_t parent, pid_t *ret, Error *e) {
        _cleanup_(freep) char *path = NULL, *text = NULL;
        _cleanup_(strv_freep) Strv children = NULL;
        _cleanup_(fd_closep) int fd = -EBADF;
        uint64_t pid = 0;
        size_t n = 0;
        int r = 0;

        if (asprintf(&path, "/proc/%d/task/%d/children", parent, parent) < 0) {
                path = NULL;
                return -ENOMEM;
        }
        fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd < 0)
                return errno == ENOENT ? -ESRCH : -errno;
        r = fd_read_all(fd, CHILDREN_TEXT_MAX, &text, &n);
        if (r < 0)
                return r;
        if (*text_trim(text) == '\0')
                return -ESRCH;
        r = strv_split(text_trim(text), ' ', &children);
        if (r < 0)
                return r;
        if (strv_length(children) > 1)
                return error_new(e, -EINVAL, "process %d has more than one child", parent);
        r = text_parse_u64(children[0], INT32_MAX, &pid);
        *ret = (pid_t) pid;
        return r;
}

int pod_read_pid(const Pod *pod, pid_t *ret, Error *e) {
        pid_t parent = -1;
        int r = read_pid_file(pod, "pid", ret);

        if (r == -ENOENT) {
                r = read_pid_file(pod, "ppid", &parent);
                if (r >= 0)
                        r = only_child(parent, ret, e);
        }
        return r < 0 ? error_wrap(e, r, "cannot tell the PID of pod \"%s\"", pod->uuid.text) : 0;
}

/* Without the pod's mounts, what stage1 wrote lies in the upper directory of its overlay. */
static int open_stage1_upper(const Pod *pod) {
        _cleanup_(strv_freep) Strv trees = NULL;
        _cleanup_(freep) char *path = NULL;
        int r = pod_read_trees(pod, POD_STAGE1_TREE, &trees);

        if (r < 0)
                return r;
        if (asprintf(&path, "overlay/%s/upper", trees[0]) < 0) {
                path = NULL;
                return -ENOMEM;
        }
        return open_beneath(pod->fd, path, O_PATH | O_DIRECTORY);
}

int pod_open_in_stage1(const Pod *pod, const char *path, int flags) {
        _cleanup_(fd_closep) int rootfs_fd = -EBADF, upper_fd = -EBADF;
        int fd = -ENOENT;

        rootfs_fd = open_beneath(pod->fd, POD_STAGE1_ROOTFS, O_PATH | O_DIRECTORY);
        if (rootfs_fd >= 0)
                fd = open_in_root(rootfs_fd, path, flags);
        if (fd != -ENOENT)
                return fd;
        upper_fd = open_stage1_upper(pod);
        return upper_fd < 0 ? fd : open_in_root(upper_fd, path, flags);
}

/* A small number in "DIRECTORY/APP" below the directory. */
static int read_number(int rkt_fd, const char *directory, const char *app, int *ret) {
        _cleanup_(freep) char *path = NULL, *text = NULL;
        _cleanup_(fd_closep) int fd = -EBADF;
        uint64_t number = 0;
        size_t n = 0;
        int r = 0;

        if (asprintf(&path, "%s/%s", directory, app) < 0) {
                path = NULL;
                return -ENOMEM;
        }
        fd = open_in_root(rkt_fd, path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
        if (fd < 0)
                return fd;
        r = fd_read_all(fd, STATUS_TEXT_MAX, &text, &n);
        if (r >= 0)
                r = text_parse_u64(text_trim(text), INT32_MAX, &number);
        if (r >= 0)
                *ret = (int) number;
        return r;
}

int pod_read_app_end(const Pod *pod, const char *app, PodAppEnd *ret) {
        _cleanup_(fd_closep) int fd = pod_open_in_stage1(pod, "rkt", O_PATH | O_DIRECTORY);
        int r = 0;

        *ret = (PodAppEnd){ .exit_status = -1 };
        if (fd < 0)
                return fd;
        r = read_number(fd, "status", app, &ret->exit_status);
        if (r == -ENOMEM)
                return r;
        r = read_number(fd, "restarts", app, &ret->restarts);
        return r == -ENOMEM ? r : 0;
}

bool pod_is_ready(const Pod *pod) {
        _cleanup_(fd_closep) int fd = pod_open_in_stage1(pod, "rkt", O_RDONLY | O_DIRECTORY);
        char target[sizeof("ready") + 1] = "";
        ssize_t n = fd < 0 ? -1 : readlinkat(fd, "supervisor-status", target, sizeof(target) - 1);

        return n == (ssize_t) sizeof("ready") - 1 && strcmp(target, "ready") == 0;
}
