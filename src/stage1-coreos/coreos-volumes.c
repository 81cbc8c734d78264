/* SPDX-License-Identifier: Apache-2.0 */
#include "coreos-volumes.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "app-mounts.h"
#include "coreos-mounts.h"
#include "files.h"
#include "openat.h"

/* Allocated; NULL when out of memory. */
static char *source_of(const CoreosNeeds *needs, const AppcVolume *volume) {
        char *path = NULL;

        if (volume->kind == APPC_VOLUME_HOST)
                return strdup(volume->source);
        return asprintf(&path, "%s/" STAGE1_EMPTY_VOLUMES "/%s", needs->pod_path, volume->name) < 0
                       ? NULL
                       : path;
}

/* The app's own: two apps may call different volumes the same. No name has a dot. */
static char *place_of(const Stage1App *app, const AppcVolume *volume) {
        char *path = NULL;

        return asprintf(&path, COREOS_VOLUMES "/%s.%s", app->runtime->name, volume->name) < 0
                       ? NULL
                       : path;
}

/* The app may use a device that it was given, and make no other. The pod's systemd is told by number: the pod
 * has no such node in /dev, where every app would see it. systemd-nspawn tells the host's, which knows devices by
 * nodes in /dev alone. */
static int allow_device(const AppMount *mount,
                        const char *source,
                        const struct stat *st,
                        SysdProperties *p,
                        Error *e) {
        _cleanup_(freep) char *rule = NULL;

        if (!text_after(source, "/dev/"))
                return error_new(e, -EOPNOTSUPP,
                                 "volume \"%s\" is a device, but %s does not lie in /dev",
                                 mount->volume.name, source);
        if (asprintf(&rule, "/dev/%s/%u:%u %s", S_ISBLK(st->st_mode) ? "block" : "char",
                     major(st->st_rdev), minor(st->st_rdev), mount->read_only ? "r" : "rw") < 0) {
                rule = NULL;
                return -ENOMEM;
        }
        return sysd_add_string(p, "DeviceAllow", rule);
}

/* What a volume is mounted on. systemd-nspawn would make it as the host's root, who may be nobody here. */
static int make_mount_point(int root_fd, const char *inside, bool directory) {
        _cleanup_(fd_closep) int volumes_fd = mkdir_beneath(root_fd, &COREOS_VOLUMES[1], 0755);
        const char *name = strrchr(inside, '/') + 1;
        int fd = -EBADF;

        if (volumes_fd < 0)
                return volumes_fd;
        if (directory)
                return mkdirat(volumes_fd, name, 0755) < 0 && errno != EEXIST ? -errno : 0;
        fd = openat(volumes_fd, name, O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC,
                    0644);
        if (fd < 0)
                return -errno;
        (void) close(fd);
        return 0;
}

/* What programs believe of /proc, the labels among them that systemd writes there for the app, must not be
 * anybody's file: only the host's own comes there. An image may mean a place in /sys that is not there. */
static int check_place(const AppMount *mount, const char *place, Error *e) {
        static const char *const kernel[] = { "/proc", "/sys" };
        _cleanup_(freep) char *source = mount->volume.kind == APPC_VOLUME_HOST
                                                ? path_clean(mount->volume.source)
                                                : strdup("");

        if (!source)
                return -ENOMEM;
        for (size_t i = 0; i < N_ELEMENTS(kernel); i++) {
                bool covers =
                        i == 0 ? path_is_within(place, kernel[i]) : strcmp(place, kernel[i]) == 0;

                if (covers && !path_is_within(source, kernel[i]))
                        return error_new(e, -EINVAL,
                                         "volume \"%s\" cannot be mounted on %s: only what is in "
                                         "the host's %s can",
                                         mount->volume.name, mount->target, kernel[i]);
        }
        return 0;
}

/* A volume comes into the pod by its name, and from there to where the app means it: there the app's
 * own symlinks count, and no others. */
static int add_volume(const Pod *pod,
                      const Stage1App *app,
                      const AppMount *mount,
                      const char *place,
                      CoreosNeeds *needs,
                      SysdProperties *p,
                      Error *e) {
        _cleanup_(freep) char *source = source_of(needs, &mount->volume);
        _cleanup_(freep) char *inside = place_of(app, &mount->volume);
        bool is_empty = mount->volume.kind == APPC_VOLUME_EMPTY;
        _cleanup_(fd_closep) int fd = -EBADF;
        CoreosBindFlags flags = 0;
        struct stat st;
        int r = source && inside ? check_place(mount, place, e) : -ENOMEM;

        if (r >= 0 && is_empty)
                r = fd = stage1_empty_volume(pod, &mount->volume, e);
        if (r < 0)
                return r;
        if (stat(source, &st) < 0)
                return error_wrap(e, -errno, "cannot use %s as volume \"%s\"", source,
                                  mount->volume.name);
        if (is_empty && needs->ids.count > 0)
                flags = COREOS_BIND_TRANSLATED;
        else if (mount->recursive && !is_empty)
                flags = COREOS_BIND_RECURSIVE;
        /* The pod's systemd makes an app's mounts read-only when all are there, and makes what they need before. */
        if (mount->volume.read_only == APPC_TRUE)
                flags |= COREOS_BIND_READ_ONLY;
        r = make_mount_point(needs->root_fd, inside, S_ISDIR(st.st_mode));
        if (r < 0)
                return error_wrap(e, r, "cannot make a place for volume \"%s\"",
                                  mount->volume.name);
        if (S_ISBLK(st.st_mode) || S_ISCHR(st.st_mode)) {
                r = allow_device(mount, source, &st, p, e);
                /* A node can be written to wherever it is mounted: it takes the rule that goes with this. */
                flags = mount->read_only ? COREOS_BIND_READ_ONLY : 0;
        }
        if (r >= 0)
                r = coreos_binds_add(&needs->binds, source, inside, flags);
        return r < 0 ? r
                     : sysd_add_bind(p, mount->read_only ? "BindReadOnlyPaths" : "BindPaths",
                                     inside, mount->target, mount->recursive);
}

int coreos_volumes_set(const Pod *pod,
                       const Stage1App *app,
                       const AppMounts *mounts,
                       CoreosNeeds *needs,
                       SysdProperties *p,
                       Error *e) {
        _cleanup_(strv_freep) Strv places = NULL;
        int r = stage1_mount_places(pod, app->root_fd, mounts, &places, e);

        for (size_t i = 0; i < mounts->n && r >= 0; i++)
                r = add_volume(pod, app, &mounts->items[i], places[i], needs, p, e);
        return r < 0 || !app->runtime->read_only_rootfs ? r
                                                        : sysd_add_string(p, "ReadOnlyPaths", "+/");
}

int coreos_volumes_list(const Stage1App *app, const AppMounts *mounts, Strv *ret) {
        int r = 0;

        for (size_t i = 0; i < mounts->n && r >= 0; i++) {
                const AppMount *mount = &mounts->items[i];
                _cleanup_(freep) char *inside = place_of(app, &mount->volume);

                r = inside ? coreos_mounts_add(ret, inside, mount->target) : -ENOMEM;
        }
        return r;
}

int coreos_volumes_forget(int root_fd, const char *app) {
        _cleanup_(fd_closep) int fd =
                open_beneath(root_fd, &COREOS_VOLUMES[1], O_RDONLY | O_DIRECTORY);
        _cleanup_(strv_freep) Strv names = NULL;
        int r = fd < 0 ? fd : dir_list(fd, &names);

        for (char **name = names; r >= 0 && name && *name; name++) {
                const char *rest = text_after(*name, app);

                if (rest && *rest == '.')
                        r = tree_remove_at(fd, *name);
        }
        return r == -ENOENT ? 0 : r;
}
