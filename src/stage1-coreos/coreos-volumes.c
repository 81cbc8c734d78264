/* SPDX-License-Identifier: Apache-2.0 */
#include "coreos-volumes.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "app-mount-point.h"
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

/* Whether a volume can be mounted in the app's tree once, before there is an app. systemd does it at each start, and
 * finds the way anew, of which an app may have made another one meanwhile. That is left to it where it mounts
 * something of its own, or makes what is missing in a volume: in both cases the order is its. */
static bool comes_first(const Stage1App *app, const Strv places, size_t self, const Strv files) {
        static const char *const others[] = { "/dev", "/proc", "/run", "/sys" };
        const char *place = places[self];

        if (app->runtime->read_only_rootfs || place[1] == '\0')
                return false;
        for (size_t i = 0; i < N_ELEMENTS(others); i++)
                if (path_is_within(place, others[i]) || path_is_within(others[i], place))
                        return false;
        for (size_t i = 0; places[i]; i++)
                if (i != self &&
                    (path_is_within(place, places[i]) || path_is_within(places[i], place)))
                        return false;
        for (char **file = files; file && *file; file += 2)
                if (path_is_within(file[1], place))
                        return false;
        return true;
}

/* In the pod, of a place in the app. Allocated; NULL when out of memory. */
static char *in_tree(const Stage1App *app, const char *place) {
        char *path = NULL;

        return asprintf(&path, "/opt/stage2/%s/rootfs%s", app->runtime->name, place) < 0 ? NULL
                                                                                         : path;
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

/* A volume that comes into the pod. */
typedef struct Arrival {
        const AppMount *mount;
        const char *place; /* in the app */
        int fd;            /* of what it is, borrowed */
        char *source;      /* on the host */
        struct stat st;
        CoreosBindFlags flags;
} Arrival;

static void arrival_done(Arrival *arrival) {
        free(arrival->source);
}

static bool is_device(const Arrival *arrival) {
        return S_ISBLK(arrival->st.st_mode) || S_ISCHR(arrival->st.st_mode);
}

static int look_at(const CoreosNeeds *needs, Arrival *arrival, Error *e) {
        const AppcVolume *volume = &arrival->mount->volume;
        bool is_empty = volume->kind == APPC_VOLUME_EMPTY;
        int r = check_place(arrival->mount, arrival->place, e);

        if (r < 0)
                return r;
        arrival->source = source_of(needs, volume);
        if (!arrival->source)
                return -ENOMEM;
        if (fstat(arrival->fd, &arrival->st) < 0)
                return -errno;
        /* A node can be written to wherever it is mounted: it takes the rule that goes with this. */
        if (is_device(arrival))
                arrival->flags = arrival->mount->read_only ? COREOS_BIND_READ_ONLY : 0;
        else if (is_empty && needs->ids.count > 0)
                arrival->flags = COREOS_BIND_TRANSLATED;
        else if (arrival->mount->recursive && !is_empty)
                arrival->flags = COREOS_BIND_RECURSIVE;
        return 0;
}

/* To where it stays. */
static int mount_first(const Stage1App *app, const Arrival *arrival, CoreosNeeds *needs, Error *e) {
        _cleanup_(freep) char *inside = in_tree(app, arrival->place);
        _cleanup_(fd_closep) int fd = -EBADF;

        if (!inside)
                return -ENOMEM;
        fd = app_mount_point_make(app->root_fd, arrival->place, S_ISDIR(arrival->st.st_mode), e);
        if (fd < 0)
                return fd;
        return coreos_binds_add(&needs->binds, arrival->source, inside,
                                arrival->flags |
                                        (arrival->mount->read_only ? COREOS_BIND_READ_ONLY : 0));
}

/* By its name, and from there, at each start of the app, to where the app means it: there the app's own symlinks
 * count, and no others. */
static int mount_each_time(const Stage1App *app,
                           const Arrival *arrival,
                           CoreosNeeds *needs,
                           SysdProperties *p,
                           Strv *list,
                           Error *e) {
        const AppMount *mount = arrival->mount;
        _cleanup_(freep) char *inside = place_of(app, &mount->volume);
        CoreosBindFlags flags = arrival->flags;
        int r = inside ? make_mount_point(needs->root_fd, inside, S_ISDIR(arrival->st.st_mode))
                       : -ENOMEM;

        if (r < 0)
                return error_wrap(e, r, "cannot make a place for volume \"%s\"",
                                  mount->volume.name);
        /* The pod's systemd makes an app's mounts read-only when all are there, and makes what they need before. */
        if (mount->volume.read_only == APPC_TRUE && !is_device(arrival))
                flags |= COREOS_BIND_READ_ONLY;
        r = coreos_binds_add(&needs->binds, arrival->source, inside, flags);
        if (r >= 0)
                r = sysd_add_bind(p, mount->read_only ? "BindReadOnlyPaths" : "BindPaths", inside,
                                  mount->target, mount->recursive);
        return r < 0 ? r : coreos_mounts_add(list, inside, mount->target);
}

static int add_volume(const Stage1App *app,
                      Arrival *arrival,
                      bool first,
                      CoreosNeeds *needs,
                      SysdProperties *p,
                      Strv *list,
                      Error *e) {
        int r = look_at(needs, arrival, e);

        if (r >= 0 && is_device(arrival))
                r = allow_device(arrival->mount, arrival->source, &arrival->st, p, e);
        if (r < 0)
                return r;
        return first ? mount_first(app, arrival, needs, e)
                     : mount_each_time(app, arrival, needs, p, list, e);
}

int coreos_volumes_set(const Pod *pod,
                       const Stage1App *app,
                       const AppMounts *mounts,
                       CoreosNeeds *needs,
                       SysdProperties *p,
                       Strv *list,
                       Error *e) {
        _cleanup_(stage1_volumes_done) Stage1Volumes volumes = {};
        int r = stage1_volumes_open(pod, app->root_fd, mounts, &volumes, e);

        for (size_t i = 0; i < mounts->n && r >= 0; i++) {
                _cleanup_(arrival_done) Arrival arrival = {
                        .mount = &mounts->items[i],
                        .place = volumes.places[i],
                        .fd = volumes.fds[i],
                };

                r = add_volume(app, &arrival, comes_first(app, volumes.places, i, needs->files),
                               needs, p, list, e);
        }
        return r < 0 || !app->runtime->read_only_rootfs ? r
                                                        : sysd_add_string(p, "ReadOnlyPaths", "+/");
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
