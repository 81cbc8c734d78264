/* SPDX-License-Identifier: Apache-2.0 */
#include "fly-mounts.h"

#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "app-mount-point.h"
#include "app-mounts.h"
#include "openat.h"
#include "stage1-files.h"

/* The same as the host's own /tmp where that is a tmpfs. */
#define HOSTS_DEFAULT "127.0.0.1 localhost localdomain\n"
#define TMP_OPTIONS "mode=1777,size=50%,nr_inodes=1048576"

/* One thing to mount: a detached copy of its source, which lives in no namespace yet. */
typedef struct FlyMount {
        char *target;
        int tree_fd; /* -EBADF for a new tmpfs */
        bool directory;
        bool strict;     /* no symlink may lead to the target */
        uint64_t mnt_id; /* once it is attached */
} FlyMount;

struct FlyMounts {
        FlyMount *items;
        size_t n;
};

FlyMounts *fly_mounts_free(FlyMounts *mounts) {
        for (size_t i = 0; i < mounts->n; i++) {
                free(mounts->items[i].target);
                fd_drop(&mounts->items[i].tree_fd);
        }
        free(mounts->items);
        free(mounts);
        return NULL;
}

/* Takes @tree_fd, in every case. */
static int push(FlyMounts *mounts, const char *target, int tree_fd, bool directory, bool strict) {
        FlyMount *grown = reallocarray(mounts->items, mounts->n + 1, sizeof(FlyMount));
        FlyMount mount = {
                .target = strdup(target),
                .tree_fd = tree_fd,
                .directory = directory,
                .strict = strict,
        };

        mounts->items = grown ? grown : mounts->items;
        if (!grown || !mount.target) {
                free(mount.target);
                fd_drop(&mount.tree_fd);
                return -ENOMEM;
        }
        mounts->items[mounts->n++] = mount;
        return 0;
}

static int set_attributes(int fd, bool recursive, uint64_t set, uint64_t propagation) {
        struct mount_attr attr = { .attr_set = set, .propagation = propagation };
        unsigned flags = AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0);

        return mount_setattr(fd, "", flags, &attr, sizeof(attr)) < 0 ? -errno : 0;
}

static int mount_of(int fd, uint64_t *ret_id, bool *ret_is_root) {
        struct statx st;

        if (statx(fd, "", AT_EMPTY_PATH, STATX_MNT_ID, &st) < 0)
                return -errno;
        if (!(st.stx_mask & STATX_MNT_ID))
                return -EOPNOTSUPP;
        *ret_id = st.stx_mnt_id;
        *ret_is_root = st.stx_attributes & STATX_ATTR_MOUNT_ROOT;
        return 0;
}

static int copy_tree(int fd, bool recursive) {
        unsigned flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH |
                         (recursive ? AT_RECURSIVE : 0);
        int tree_fd = open_tree(fd, "", flags);

        return tree_fd < 0 ? -errno : tree_fd;
}

/* The copy joins the source's peer group. The source is opened once: whoever could exchange it
 * meanwhile changes nothing. */
static int copy_shared(int fd, bool recursive) {
        bool is_root = false;
        uint64_t id = 0;
        int r = mount_of(fd, &id, &is_root);

        if (r >= 0 && is_root)
                r = set_attributes(fd, true, 0, MS_SHARED);
        return r < 0 ? r : copy_tree(fd, recursive);
}

static const char *const host_directories[] = { "/dev", "/proc", "/sys" };

static int add_host_directories(FlyMounts *mounts, Error *e) {
        for (size_t i = 0; i < N_ELEMENTS(host_directories); i++) {
                const char *path = host_directories[i];
                _cleanup_(fd_closep) int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
                int r = fd < 0 ? -errno : copy_shared(fd, true);

                if (r >= 0)
                        r = push(mounts, path, r, true, true);
                if (r < 0)
                        return error_wrap(e, r, "cannot use the host's %s", path);
        }
        return push(mounts, "/tmp", -EBADF, true, false);
}

/* A mount point in what the host shares with us would be made, and seen, on the host. */
static int check_target(const Stage1App *app, const AppMount *mount, Error *e) {
        for (size_t i = 0; i < N_ELEMENTS(host_directories); i++)
                if (path_is_within(mount->target, host_directories[i]))
                        return error_new(e, -EINVAL,
                                         "volume \"%s\" cannot be mounted on %s: flavor fly shows "
                                         "apps the host's own %s",
                                         mount->volume.name, mount->target, host_directories[i]);
        /* Such a volume is named after the app and the mount point. */
        if (mount->implicit)
                return error_new(e, -EINVAL, "missing volume for mountpoint \"%s\"",
                                 mount->volume.name + strlen(app->runtime->name) + 1);
        return 0;
}

static bool holds_another(const AppMounts *mounts, const AppMount *mount) {
        for (size_t i = 0; i < mounts->n; i++)
                if (&mounts->items[i] != mount &&
                    path_is_within(mounts->items[i].target, mount->target))
                        return true;
        return false;
}

/* A volume in which another one is mounted takes the host's mounts and gives none: the host would
 * see the inner volume otherwise, and keep it. */
static int add_volume(
        FlyMounts *mounts, const Pod *pod, const AppMounts *all, const AppMount *mount, Error *e) {
        bool recursive = mount->volume.recursive == APPC_TRUE; /* this flavor's own default */
        _cleanup_(fd_closep) int fd = -EBADF, tree_fd = -EBADF;
        struct stat st;
        int r = 0;

        fd = stage1_volume_open(pod, &mount->volume, e);
        if (fd < 0)
                return fd;
        if (fstat(fd, &st) < 0)
                return -errno;
        tree_fd = mount->volume.kind == APPC_VOLUME_EMPTY ? copy_tree(fd, false)
                                                          : copy_shared(fd, recursive);
        r = tree_fd < 0 ? tree_fd : 0;
        if (r >= 0 && (mount->volume.kind == APPC_VOLUME_EMPTY || holds_another(all, mount)))
                r = set_attributes(tree_fd, true, 0, MS_SLAVE);
        if (r >= 0 && mount->read_only)
                r = set_attributes(tree_fd, recursive, MOUNT_ATTR_RDONLY, 0);
        if (r >= 0)
                r = push(mounts, mount->target, fd_take(&tree_fd), S_ISDIR(st.st_mode), false);
        return r < 0 ? error_wrap(e, r, "cannot mount volume \"%s\"", mount->volume.name) : 0;
}

/* What others are mounted in comes before them. */
static int by_length(const void *a, const void *b) {
        size_t x = strlen(((const AppMount *) a)->target),
               y = strlen(((const AppMount *) b)->target);

        return (x > y) - (x < y);
}

static int add_volumes(FlyMounts *mounts,
                       const AppcPod *manifest,
                       const Pod *pod,
                       const Stage1App *app,
                       Error *e) {
        _cleanup_(app_mounts_done) AppMounts all = APP_MOUNTS_NULL;
        int r = app_mounts_resolve(manifest, app->runtime, app->app, &all, e);

        if (r >= 0 && all.n > 1)
                qsort(all.items, all.n, sizeof(AppMount), by_length);
        for (size_t i = 0; i < all.n && r >= 0; i++) {
                r = check_target(app, &all.items[i], e);
                if (r >= 0)
                        r = add_volume(mounts, pod, &all, &all.items[i], e);
        }
        return r;
}

static int add_files(FlyMounts *mounts, const Stage1Args *args, Error *e) {
        Stage1File files[STAGE1_FILES_MAX];
        size_t n = 0;
        int r = stage1_files(args->dns_conf_mode, NULL, files, &n, e);

        for (size_t i = 0; i < n && r >= 0; i++) {
                _cleanup_(fd_closep) int fd = open(files[i].source, O_PATH | O_CLOEXEC);

                r = fd < 0 ? -errno : copy_tree(fd, false);
                if (r >= 0)
                        r = push(mounts, files[i].target, r, false, false);
                if (r < 0)
                        return error_wrap(e, r, "cannot show the app %s as its %s", files[i].source,
                                          files[i].target);
        }
        return r;
}

int fly_mounts_open(const AppcPod *manifest,
                    const Pod *pod,
                    const Stage1App *app,
                    const Stage1Args *args,
                    FlyMounts **ret,
                    Error *e) {
        _cleanup_(fly_mounts_freep) FlyMounts *mounts = calloc(1, sizeof(FlyMounts));
        int r = mounts ? add_host_directories(mounts, e) : -ENOMEM;

        if (r >= 0)
                r = add_volumes(mounts, manifest, pod, app, e);
        if (r >= 0)
                r = add_files(mounts, args, e);
        if (r < 0)
                return r;
        *ret = ptr_take(&mounts);
        return 0;
}

/* The mount that the words say the target of items[i] is in: the innermost of those before it. */
static uint64_t mount_above(const FlyMounts *mounts, size_t i, uint64_t root_id) {
        uint64_t id = root_id;
        size_t longest = 0;

        for (size_t j = 0; j < i; j++) {
                const char *above = mounts->items[j].target;

                if (path_is_within(mounts->items[i].target, above) && strlen(above) >= longest) {
                        longest = strlen(above);
                        id = mounts->items[j].mnt_id;
                }
        }
        return id;
}

static int attach(int tree_fd, int target_fd) {
        char path[FD_PATH_MAX];

        if (tree_fd < 0)
                return mount("tmpfs", fd_path(target_fd, path), "tmpfs",
                             MS_NOSUID | MS_NODEV | MS_STRICTATIME, TMP_OPTIONS) < 0
                               ? -errno
                               : 0;
        return move_mount(tree_fd, "", target_fd, "",
                          MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) < 0
                       ? -errno
                       : 0;
}

/* The image's symlinks lead to other places of the image, but into no other mount: there, what is
 * mounted could be seen on the host. */
static int attach_one(FlyMounts *mounts, size_t i, int root_fd, uint64_t root_id, Error *e) {
        FlyMount *mount = &mounts->items[i];
        _cleanup_(fd_closep) int fd =
                app_mount_point_make(root_fd, mount->target, mount->directory, e);
        _cleanup_(fd_closep) int top_fd = -EBADF;
        bool ignored = false;
        uint64_t id = 0;
        int r = fd;

        if (r >= 0 && mount->strict) {
                fd_drop(&fd);
                r = fd = open_beneath(root_fd, mount->target + 1, O_PATH | O_DIRECTORY);
        }
        if (r < 0)
                return error_wrap(e, r, "cannot mount on \"%s\" of the image", mount->target);
        r = mount_of(fd, &id, &ignored);
        if (r >= 0 && id != mount_above(mounts, i, root_id))
                r = error_new(e, -EXDEV, "its symlinks lead to another volume");
        if (r >= 0)
                r = attach(mount->tree_fd, fd);
        if (r >= 0)
                r = top_fd = open_in_root(root_fd, mount->target, O_PATH);
        if (r >= 0)
                r = mount_of(top_fd, &mount->mnt_id, &ignored);
        return r < 0 ? error_wrap(e, r, "cannot mount on \"%s\" of the image", mount->target) : 0;
}

/* Opens the root again, as what is mounted there now. */
static int mount_root(const char *root, int *ret_fd) {
        _cleanup_(fd_closep) int here_fd = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
        _cleanup_(fd_closep) int root_fd =
                here_fd < 0 ? -errno : open_beneath(here_fd, root, O_PATH | O_DIRECTORY);
        _cleanup_(fd_closep) int tree_fd = root_fd < 0 ? root_fd : copy_tree(root_fd, false);
        int r = tree_fd < 0 ? tree_fd : set_attributes(tree_fd, false, MOUNT_ATTR_NODEV, 0);

        if (r >= 0)
                r = attach(tree_fd, root_fd);
        if (r >= 0)
                *ret_fd = fd_take(&tree_fd);
        return r;
}

/* The host's mounts go on arriving in our namespace, so that none is held; none of ours leaves. */
static int leave_host(void) {
        if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) < 0)
                return -errno;
        return 0;
}

/* Puts the root in place of the host's and lets the host's go. */
static int change_root(int root_fd) {
        if (fchdir(root_fd) < 0 || syscall(SYS_pivot_root, ".", ".") < 0)
                return -errno;
        if (umount2(".", MNT_DETACH) < 0 || chdir("/") < 0)
                return -errno;
        return 0;
}

int fly_mounts_enter(FlyMounts *mounts, const char *root, bool read_only, Error *e) {
        _cleanup_(fd_closep) int root_fd = -EBADF;
        bool ignored = false;
        uint64_t id = 0;
        int r = leave_host();

        if (r < 0)
                return error_wrap(e, r, "cannot make a mount namespace");
        r = mount_root(root, &root_fd);
        if (r >= 0)
                r = mount_of(root_fd, &id, &ignored);
        if (r < 0)
                return error_wrap(e, r, "cannot mount the app's tree");
        for (size_t i = 0; i < mounts->n && r >= 0; i++)
                r = attach_one(mounts, i, root_fd, id, e);
        if (r < 0)
                return r;
        stage1_files_default(root_fd, HOSTS_DEFAULT);
        if (read_only)
                r = set_attributes(root_fd, false, MOUNT_ATTR_RDONLY, 0);
        if (r >= 0)
                r = change_root(root_fd);
        return r < 0 ? error_wrap(e, r, "cannot change to the app's root") : 0;
}
