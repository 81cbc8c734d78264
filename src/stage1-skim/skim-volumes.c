/* SPDX-License-Identifier: Apache-2.0 */
#include "skim-volumes.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app-mount-point.h"
#include "app-mounts.h"
#include "files.h"
#include "openat.h"
#include "skim-libraries.h"

/* Lists the mount points made on the host, one a line, parents first. */
#define MADE_FILE "skim-mount-points"

static int note_made(const Pod *pod, const char *path) {
        _cleanup_(fd_closep) int fd = openat(
                pod->fd, MADE_FILE, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0640);
        _cleanup_(freep) char *line = NULL;

        if (fd < 0)
                return -errno;
        if (asprintf(&line, "%s\n", path) < 0) {
                line = NULL;
                return -ENOMEM;
        }
        return fd_write_all(fd, line, strlen(line));
}

void skim_volumes_remove(const Pod *pod) {
        _cleanup_(freep) char *text = NULL;
        _cleanup_(strv_freep) Strv paths = NULL;
        size_t n = 0;

        if (file_read_at(pod->fd, MADE_FILE, (size_t) 1024 * 1024, &text, &n) < 0 ||
            strv_split(text, '\n', &paths) < 0)
                return;
        for (size_t i = strv_length(paths); i > 0; i--) {
                const char *path = paths[i - 1];

                /* A file was a mount point only if it is still empty. */
                if (path[0] == '/' && rmdir(path) < 0 && errno == ENOTDIR) {
                        struct stat st;

                        if (lstat(path, &st) == 0 && S_ISREG(st.st_mode) && st.st_size == 0)
                                (void) unlink(path);
                }
        }
        (void) unlinkat(pod->fd, MADE_FILE, 0);
}

/* Makes the missing parents of @target and itself: a directory, or a file to bind a file over. */
int skim_volumes_make_target(const Pod *pod, const char *target, bool directory, Error *e) {
        _cleanup_(freep) char *path = strdup(target);

        if (!path)
                return -ENOMEM;
        for (char *slash = path + 1; slash;) {
                bool last = false, made = false;

                slash = strchr(slash, '/');
                last = !slash;
                if (slash)
                        *slash = '\0';
                if (last && !directory) {
                        _cleanup_(fd_closep) int fd = open(
                                path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0644);

                        made = fd >= 0;
                } else
                        made = mkdir(path, 0755) == 0;
                if (!made && errno != EEXIST)
                        return error_wrap(e, -errno, "cannot make mount point %s", path);
                if (made && note_made(pod, path) < 0)
                        return error_wrap(e, -EIO, "cannot note mount point %s", path);
                if (slash)
                        *slash++ = '/';
        }
        return 0;
}

/* Allocated; NULL when out of memory. */
static char *source_of(const char *pod_path, const AppcVolume *volume) {
        char *path = NULL;

        if (volume->kind == APPC_VOLUME_HOST)
                return strdup(volume->source);
        return asprintf(&path, "%s/" STAGE1_EMPTY_VOLUMES "/%s", pod_path, volume->name) < 0 ? NULL
                                                                                             : path;
}

/* Where the volume goes in the app's tree, as a path on the host without a symlink in it: systemd
 * would follow one out of the tree. */
static int
make_in_tree(const Stage1App *app, const char *target, bool directory, char **ret, Error *e) {
        _cleanup_(fd_closep) int fd = app_mount_point_make(app->root_fd, target, directory, e);
        int r = fd < 0 ? fd : skim_host_path(app->root_fd, app->root_path, target, ret);

        return r < 0 && fd >= 0 ? error_wrap(e, r, "cannot find mount point \"%s\"", target) : r;
}

static int set_mount(const Pod *pod,
                     const char *pod_path,
                     const Stage1App *app,
                     const AppMount *mount,
                     int fd,
                     SysdProperties *p,
                     Error *e) {
        const char *property = mount->read_only ? "BindReadOnlyPaths" : "BindPaths";
        _cleanup_(freep) char *source = source_of(pod_path, &mount->volume), *in_tree = NULL;
        struct stat st;
        int r = source ? 0 : -ENOMEM;

        if (r >= 0 && fstat(fd, &st) < 0)
                r = -errno;
        if (r >= 0)
                r = make_in_tree(app, mount->target, S_ISDIR(st.st_mode), &in_tree, e);
        if (r >= 0)
                r = skim_volumes_make_target(pod, mount->target, S_ISDIR(st.st_mode), e);
        if (r >= 0)
                r = sysd_add_bind(p, property, source, mount->target, mount->recursive);
        return r < 0 ? r : sysd_add_bind(p, property, source, in_tree, mount->recursive);
}

/* systemd follows the symlinks of a volume that another one is mounted in, from the host's root on, and makes what is
 * missing behind them. */
static int open_volumes(const Pod *pod, const AppMounts *mounts, Stage1Volumes *volumes, Error *e) {
        _cleanup_(fd_closep) int root_fd = dir_open_at(AT_FDCWD, "/");

        return root_fd < 0 ? root_fd : stage1_volumes_open(pod, root_fd, mounts, volumes, e);
}

int skim_volumes_set(const AppcPod *pod_manifest,
                     const Pod *pod,
                     const char *pod_path,
                     const Stage1App *app,
                     SysdProperties *p,
                     Error *e) {
        _cleanup_(stage1_volumes_done) Stage1Volumes volumes = {};
        _cleanup_(app_mounts_done) AppMounts mounts = APP_MOUNTS_NULL;
        int r = stage1_app_mounts(pod_manifest, app, &mounts, e);

        if (r >= 0 && mounts.n > 0)
                r = open_volumes(pod, &mounts, &volumes, e);
        for (size_t i = 0; i < mounts.n && r >= 0; i++)
                r = set_mount(pod, pod_path, app, &mounts.items[i], volumes.fds[i], p, e);
        if (r >= 0 && app->runtime->read_only_rootfs)
                r = sysd_add_string(p, "ReadOnlyPaths", app->root_path);
        return r;
}
