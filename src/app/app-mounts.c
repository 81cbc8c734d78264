/* SPDX-License-Identifier: Apache-2.0 */
#include "app-mounts.h"

#include "text.h"

#define MOUNTS_MAX 1024

static void mount_done(AppMount *mount) {
        appc_volume_done(&mount->volume);
        free(mount->target);
        *mount = (AppMount){};
}

void app_mounts_done(AppMounts *mounts) {
        for (size_t i = 0; i < mounts->n; i++)
                mount_done(&mounts->items[i]);
        free(mounts->items);
        *mounts = APP_MOUNTS_NULL;
}

static const AppcMountPoint *mount_point_named(const AppcApp *app, const char *name) {
        for (size_t i = 0; i < app->n_mount_points; i++)
                if (strcmp(app->mount_points[i].name, name) == 0)
                        return &app->mount_points[i];
        return NULL;
}

static const AppMount *mount_at(const AppMounts *mounts, const char *target) {
        for (size_t i = 0; i < mounts->n; i++)
                if (strcmp(mounts->items[i].target, target) == 0)
                        return &mounts->items[i];
        return NULL;
}

/* Takes what @mount owns, in every case. */
static int push(AppMounts *mounts, AppMount *mount, Error *e) {
        AppMount *grown = NULL;

        if (mounts->n >= MOUNTS_MAX) {
                mount_done(mount);
                return error_new(e, -E2BIG, "more than %d mounts", MOUNTS_MAX);
        }
        grown = reallocarray(mounts->items, mounts->n + 1, sizeof(AppMount));
        if (!grown) {
                mount_done(mount);
                return -ENOMEM;
        }
        mounts->items = grown;
        mounts->items[mounts->n++] = *mount;
        return 0;
}

static int add(AppMounts *mounts,
               const AppcVolume *volume,
               const AppcMountPoint *point,
               const char *path,
               Error *e) {
        AppMount mount = {
                .target = path_clean(path),
                .read_only = volume->read_only == APPC_UNSET ? point && point->read_only
                                                             : volume->read_only == APPC_TRUE,
                .recursive = volume->recursive != APPC_FALSE,
        };
        int r = mount.target ? appc_volume_copy(volume, &mount.volume) : -ENOMEM;

        if (r < 0) {
                mount_done(&mount);
                return r;
        }
        if (strcmp(mount.target, "/") == 0) {
                r = error_new(e, -EINVAL, "volume \"%s\" cannot be mounted on /", volume->name);
                mount_done(&mount);
                return r;
        }
        return push(mounts, &mount, e);
}

/* The empty volume that an image's mount point gets when nobody gave it one. */
static int
add_implicit(AppMounts *mounts, const char *app_name, const AppcMountPoint *point, Error *e) {
        AppcVolume volume = { .kind = APPC_VOLUME_EMPTY, .mode = 0755 };
        int r = 0;

        if (asprintf(&volume.name, "%s-%s", app_name, point->name) < 0)
                return -ENOMEM;
        r = add(mounts, &volume, point, point->path, e);
        appc_volume_done(&volume);
        if (r >= 0)
                mounts->items[mounts->n - 1].implicit = true;
        return r;
}

static int add_mount(const AppcPod *pod,
                     const AppcApp *app,
                     const AppcMount *mount,
                     AppMounts *mounts,
                     Error *e) {
        const AppcVolume *volume = mount->app_volume;
        _cleanup_(freep) char *target = path_clean(mount->path);

        if (!target)
                return -ENOMEM;
        if (!volume)
                volume = appc_pod_volume(pod, mount->volume);
        if (!volume)
                return error_new(e, -ENOENT, "could not find volume %s", mount->volume);
        if (mount_at(mounts, target))
                return 0; /* the first one holds: an app's own come before those for all apps */
        return add(mounts, volume, mount_point_named(app, mount->volume), mount->path, e);
}

static int add_mount_point(const AppcPod *pod,
                           const char *app_name,
                           const AppcMountPoint *point,
                           AppMounts *mounts,
                           Error *e) {
        const AppcVolume *volume = appc_pod_volume(pod, point->name);
        _cleanup_(freep) char *target = path_clean(point->path);

        if (!target)
                return -ENOMEM;
        if (mount_at(mounts, target))
                return 0;
        return volume ? add(mounts, volume, point, point->path, e)
                      : add_implicit(mounts, app_name, point, e);
}

int app_mounts_resolve(const AppcPod *pod,
                       const AppcRuntimeApp *runtime,
                       const AppcApp *app,
                       AppMounts *ret,
                       Error *e) {
        _cleanup_(app_mounts_done) AppMounts mounts = APP_MOUNTS_NULL;
        int r = 0;

        for (size_t i = 0; i < runtime->n_mounts && r >= 0; i++)
                r = add_mount(pod, app, &runtime->mounts[i], &mounts, e);
        for (size_t i = 0; i < app->n_mount_points && r >= 0; i++)
                r = add_mount_point(pod, runtime->name, &app->mount_points[i], &mounts, e);
        if (r < 0)
                return error_wrap(e, r, "cannot mount the volumes of app \"%s\"", runtime->name);
        *ret = mounts;
        mounts = APP_MOUNTS_NULL;
        return 0;
}
