/* SPDX-License-Identifier: Apache-2.0 */
#include "stage1-app.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include "app-mount-places.h"
#include "openat.h"
#include "pod-files.h"
#include "pod-labels.h"
#include "stage1-abort.h"

#define NOTIFY_ANNOTATION "appc.io/executor/supports-systemd-notify"
#define CONVERTED_ANNOTATION "appc.io/docker/repository"

void stage1_app_done(Stage1App *app) {
        appc_image_free(app->image);
        fd_drop(&app->root_fd);
        free(app->root_path);
        *app = STAGE1_APP_NULL;
}

int stage1_app_open(const Pod *pod,
                    const char *pod_path,
                    const AppcRuntimeApp *runtime,
                    Stage1App *ret,
                    Error *e) {
        _cleanup_(stage1_app_done) Stage1App app = { .runtime = runtime, .root_fd = -EBADF };
        _cleanup_(freep) char *directory = pod_app_directory(runtime->name), *rootfs = NULL;
        int r = pod_read_app_image(pod, runtime->name, &app.image, e);

        if (r < 0)
                return r;
        app.app = runtime->app ? runtime->app : app.image->app;
        if (!app.app)
                return error_new(
                        e, -EINVAL,
                        "no app section in the pod manifest or the image manifest of \"%s\"",
                        runtime->name);
        if (!directory || asprintf(&rootfs, "%s/rootfs", directory) < 0) {
                rootfs = NULL;
                return -ENOMEM;
        }
        if (asprintf(&app.root_path, "%s/%s", pod_path, rootfs) < 0) {
                app.root_path = NULL;
                return -ENOMEM;
        }
        app.root_fd = open_beneath(pod->fd, rootfs, O_PATH | O_DIRECTORY);
        if (app.root_fd < 0)
                return error_wrap(e, app.root_fd, "cannot open the tree of app \"%s\"",
                                  runtime->name);
        *ret = app;
        app = STAGE1_APP_NULL;
        return 0;
}

int stage1_app_find(const Pod *pod,
                    const char *pod_path,
                    const char *name,
                    AppcPod **ret_manifest,
                    Stage1App *ret,
                    Error *e) {
        _cleanup_(appc_pod_freep) AppcPod *manifest = NULL;
        const AppcRuntimeApp *runtime = NULL;
        int r = pod_read_manifest(pod, &manifest, e);

        if (r < 0)
                return r;
        runtime = appc_pod_app(manifest, name);
        if (!runtime)
                return error_new(e, -ENOENT, "no app \"%s\" in the pod", name);
        r = stage1_app_open(pod, pod_path, runtime, ret, e);
        if (r >= 0)
                *ret_manifest = ptr_take(&manifest);
        return r;
}

int stage1_app_identity(const Stage1App *app, AppIdentity *ret, Error *e) {
        bool converted = appc_pairs_get(&app->image->annotations, CONVERTED_ANNOTATION);

        return app_identity_resolve(app->root_fd, app->app, converted, ret, e);
}

int stage1_app_command(const Stage1App *app, char *const **ret, Error *e) {
        if (!app->app->exec || !app->app->exec[0])
                return error_new(e, -EINVAL,
                                 "image \"%s\" has an empty \"exec\" (try --exec=BINARY)",
                                 app->image->name);
        *ret = app->app->exec;
        return 0;
}

bool stage1_app_speaks_notify(const Stage1App *app) {
        const char *said = appc_pairs_get(&app->runtime->annotations, NOTIFY_ANNOTATION);

        if (!said)
                said = appc_pairs_get(&app->image->annotations, NOTIFY_ANNOTATION);
        return said && text_parse_bool(said) > 0;
}

int stage1_app_mounts(const AppcPod *pod_manifest, const Stage1App *app, AppMounts *ret, Error *e) {
        return app_mounts_resolve(pod_manifest, app->runtime, app->app, ret, e);
}

int stage1_app_tell_mounts(const AppcPod *pod_manifest, const Stage1App *app, Error *e) {
        _cleanup_(app_mounts_done) AppMounts mounts = APP_MOUNTS_NULL;
        int r = stage1_app_mounts(pod_manifest, app, &mounts, e);

        for (size_t i = 0; r >= 0 && i < mounts.n; i++)
                if (mounts.items[i].implicit)
                        fprintf(stderr,
                                "stage1: warning: no volume specified for mount point \"%s\", "
                                "implicitly creating an \"empty\" volume. This volume will be removed "
                                "when the pod is garbage-collected.\n",
                                mounts.items[i].volume.name);
        return r;
}

/* So that the app may use what it has not in its tree. */
static int label_volume(const Pod *pod, int fd, Error *e) {
        _cleanup_(selinux_labels_done) SelinuxLabels labels = {};
        const char *label = getenv(STAGE1_MOUNT_LABEL_ENV);
        int r = 0;

        /* Who adds an app to a pod has an environment of its own. */
        if (text_is_empty(label) && selinux_is_enabled()) {
                r = pod_labels_read(pod, &labels, e);
                label = labels.mount;
        }
        return r < 0 || text_is_empty(label) ? r : selinux_label_file(fd, label);
}

static int open_empty(const Pod *pod, const AppcVolume *volume, Error *e) {
        _cleanup_(freep) char *name = NULL;
        _cleanup_(fd_closep) int fd = -EBADF;
        bool is_new = false;
        int r = 0;

        if (asprintf(&name, STAGE1_EMPTY_VOLUMES "/%s", volume->name) < 0) {
                name = NULL;
                return -ENOMEM;
        }
        is_new = faccessat(pod->fd, name, F_OK, AT_SYMLINK_NOFOLLOW) < 0;
        fd = mkdir_beneath(pod->fd, name, 0755);
        if (fd < 0)
                return error_wrap(e, fd, "cannot make volume \"%s\"", volume->name);
        if (!is_new)
                return fd_take(&fd); /* as the apps want it by now */
        if (fchown(fd, (uid_t) volume->uid, (gid_t) volume->gid) < 0 ||
            fchmod(fd, volume->mode) < 0)
                return error_wrap(e, -errno, "cannot set the owner of volume \"%s\"", volume->name);
        r = label_volume(pod, fd, e);
        return r < 0 ? error_wrap(e, r, "cannot label volume \"%s\"", volume->name) : fd_take(&fd);
}

int stage1_volume_open(const Pod *pod, const AppcVolume *volume, Error *e) {
        int fd = -EBADF;

        if (volume->kind == APPC_VOLUME_EMPTY)
                return open_empty(pod, volume, e);
        fd = open(volume->source, O_PATH | O_CLOEXEC);
        return fd < 0 ? error_wrap(e, -errno, "cannot use %s as volume \"%s\"", volume->source,
                                   volume->name)
                      : fd;
}

void stage1_volumes_done(Stage1Volumes *volumes) {
        while (volumes->n > 0)
                fd_drop(&volumes->fds[--volumes->n]);
        free(volumes->fds);
        strv_free(volumes->places);
        *volumes = (Stage1Volumes){};
}

int stage1_volumes_open(
        const Pod *pod, int root_fd, const AppMounts *mounts, Stage1Volumes *ret, Error *e) {
        _cleanup_(stage1_volumes_done) Stage1Volumes volumes = {
                .fds = calloc(mounts->n + 1, sizeof(int)),
        };
        int r = volumes.fds ? 0 : -ENOMEM;

        while (r >= 0 && volumes.n < mounts->n) {
                r = stage1_volume_open(pod, &mounts->items[volumes.n].volume, e);
                if (r >= 0)
                        volumes.fds[volumes.n++] = r;
        }
        if (r >= 0)
                r = app_mount_places(root_fd, mounts, volumes.fds, &volumes.places, e);
        if (r < 0)
                return r;
        *ret = struct_take(&volumes);
        return 0;
}
