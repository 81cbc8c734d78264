/* SPDX-License-Identifier: Apache-2.0 */
#include "coreos-inside.h"

#include <fcntl.h>
#include <linux/mount.h>
#include <sched.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "coreos-app.h"
#include "files.h"
#include "openat.h"
#include "pod-files.h"
#include "pod-overlay.h"
#include "stage1-status.h"

/* glibc 2.36 has wrappers in sys/mount.h, which cannot be included beside linux/mount.h there. */
int umount2(const char *target, int flags);
#define MNT_DETACH 2
#define UMOUNT_NOFOLLOW 8

#define STATUS_MAX ((size_t) 64 * 1024)
#define LAYERS_MAX 64 /* of mounts on one place */

void coreos_inside_done(CoreosInside *inside) {
        fd_drop(&inside->process_fd);
        fd_drop(&inside->root_fd);
}

static int open_root(pid_t pid) {
        char path[64];
        int fd = -EBADF;

        (void) snprintf(path, sizeof(path), "/proc/%d/root", pid);
        fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
        return fd < 0 ? -errno : fd;
}

int coreos_inside_open(const Pod *pod, CoreosInside *ret, Error *e) {
        _cleanup_(coreos_inside_done) CoreosInside inside = COREOS_INSIDE_NULL;
        _cleanup_(fd_closep) int parent_fd = -EBADF;
        pid_t again = -1;
        int r = pod_ids_read(pod, &inside.ids, e);

        if (r >= 0)
                r = stage1_open_parent(pod, &parent_fd, e);
        if (r >= 0)
                r = pod_read_pid(pod, &inside.pid, e);
        if (r < 0)
                return r;
        inside.process_fd = pidfd_open(inside.pid, 0);
        inside.root_fd = open_root(inside.pid);
        /* It was that of the pod, and still is: so nobody else had the number meanwhile. */
        r = pod_read_pid(pod, &again, e);
        if (r < 0)
                return r;
        if (inside.process_fd < 0 || inside.root_fd < 0 || again != inside.pid ||
            pidfd_send_signal(parent_fd, 0, NULL, 0) < 0)
                return error_new(e, -ESRCH, "the pod does not run");
        *ret = inside;
        inside = COREOS_INSIDE_NULL;
        return 0;
}

int coreos_inside_capabilities(const CoreosInside *inside, uint64_t *ret, Error *e) {
        _cleanup_(freep) char *text = NULL;
        const char *line = NULL;
        char path[64];
        size_t n = 0;
        int r = 0;

        (void) snprintf(path, sizeof(path), "/proc/%d/status", inside->pid);
        r = file_read_at(AT_FDCWD, path, STATUS_MAX, &text, &n);
        line = r < 0 ? NULL : strstr(text, "\nCapBnd:");
        if (!line)
                return error_wrap(e, r < 0 ? r : -EBADMSG, "cannot read %s", path);
        *ret = strtoull(line + strlen("\nCapBnd:"), NULL, 16);
        return 0;
}

static int join(const CoreosInside *inside, Error *e) {
        /* Those inside must not look into this process, which has more rights than they. */
        if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0 || setns(inside->process_fd, CLONE_NEWNS) < 0)
                return error_wrap(e, -errno, "cannot enter the pod's mounts");
        return 0;
}

/* The process was the pod's when its descriptor was opened. Were it another's by now, the mounts of that one
 * could not be entered. */
static int open_users(const CoreosInside *inside) {
        char path[64];
        int fd = -EBADF;

        (void) snprintf(path, sizeof(path), "/proc/%d/ns/user", inside->pid);
        fd = open(path, O_RDONLY | O_CLOEXEC);
        return fd < 0 ? -errno : fd;
}

/* A mount of its own, attached nowhere yet. */
static int clone_tree(const CoreosInside *inside, const CoreosBind *bind, Error *e) {
        _cleanup_(fd_closep) int namespace_fd = -EBADF, source_fd = -EBADF;
        unsigned flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC |
                         ((bind->flags & COREOS_BIND_RECURSIVE) ? AT_RECURSIVE : 0);
        int fd = -EBADF;

        if (!(bind->flags & COREOS_BIND_TRANSLATED)) {
                fd = (int) syscall(SYS_open_tree, AT_FDCWD, bind->source, flags);
                return fd < 0 ? error_wrap(e, -errno, "cannot mount %s", bind->source) : fd;
        }
        source_fd = open(bind->source, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (source_fd < 0)
                return error_wrap(e, -errno, "cannot mount %s", bind->source);
        namespace_fd = open_users(inside);
        return namespace_fd < 0 ? error_wrap(e, namespace_fd, "cannot tell the pod's users")
                                : pod_ids_map(source_fd, namespace_fd, e);
}

static int clone_bind(const CoreosInside *inside, const CoreosBind *bind, Error *e) {
        _cleanup_(fd_closep) int fd = clone_tree(inside, bind, e);
        struct mount_attr how = { .attr_set = MOUNT_ATTR_RDONLY };
        unsigned flags = AT_EMPTY_PATH | ((bind->flags & COREOS_BIND_RECURSIVE) ? AT_RECURSIVE : 0);

        if (fd < 0)
                return fd;
        if ((bind->flags & COREOS_BIND_READ_ONLY) &&
            syscall(SYS_mount_setattr, fd, "", flags, &how, sizeof(how)) < 0)
                return error_wrap(e, -errno, "cannot mount %s read-only", bind->source);
        return fd_take(&fd);
}

static int place(const CoreosInside *inside, int mount_fd, const char *path, Error *e) {
        _cleanup_(fd_closep) int target_fd =
                open_in_root(inside->root_fd, path, O_PATH | O_NOFOLLOW);

        if (target_fd < 0)
                return error_wrap(e, target_fd, "cannot open the pod's %s", path);
        return pod_overlay_place(mount_fd, target_fd, e);
}

/* systemd-nspawn may have left the pod's root a follower of the host's. */
static bool is_there(const CoreosInside *inside, const Stage1App *app, const char *path) {
        _cleanup_(fd_closep) int fd = open_in_root(inside->root_fd, path, O_PATH | O_DIRECTORY);
        struct stat want, got;

        return fd >= 0 && fstat(app->root_fd, &want) == 0 && fstat(fd, &got) == 0 &&
               want.st_dev == got.st_dev && want.st_ino == got.st_ino;
}

static int clone_root(const Stage1App *app, Error *e) {
        int fd = (int) syscall(SYS_open_tree, app->root_fd, "",
                               OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH);

        return fd < 0 ? error_wrap(e, -errno, "cannot mount the tree of app \"%s\"",
                                   app->runtime->name)
                      : fd;
}

static int mount_root(const CoreosInside *inside,
                      const Stage1App *app,
                      const char *path,
                      const int *root_fd,
                      Error *e) {
        return is_there(inside, app, path) ? 0 : place(inside, *root_fd, path, e);
}

/* From the host's mounts first, all of them: there is no way back. */
int coreos_inside_mount(const CoreosInside *inside,
                        const Stage1App *app,
                        const CoreosBinds *binds,
                        Error *e) {
        _cleanup_(freep) char *path = NULL;
        _cleanup_(fd_closep) int root_fd = clone_root(app, e);
        int *fds = calloc(binds->n + 1, sizeof(int));
        int r = root_fd < 0 ? root_fd : 0;
        size_t n = 0;

        if (!fds || asprintf(&path, "/opt/stage2/%s/rootfs", app->runtime->name) < 0) {
                path = NULL;
                r = -ENOMEM;
        }
        for (; r >= 0 && n < binds->n; n++)
                r = fds[n] = clone_bind(inside, &binds->items[n], e);
        if (r >= 0)
                r = join(inside, e);
        if (r >= 0)
                r = mount_root(inside, app, path, &root_fd, e);
        for (size_t i = 0; r >= 0 && i < binds->n; i++)
                r = place(inside, fds[i], binds->items[i].inside, e);
        for (size_t i = 0; i < n; i++)
                fd_drop(&fds[i]);
        free(fds);
        return r;
}

/* The root directory is the pod's by now: whatever a path there leads to is in the pod. */
static void unmount(const char *path) {
        for (unsigned i = 0; i < LAYERS_MAX; i++)
                if (umount2(path, MNT_DETACH | UMOUNT_NOFOLLOW) < 0)
                        return;
}

static int unmount_volumes(const CoreosInside *inside, const char *app) {
        _cleanup_(fd_closep) int fd =
                open_in_root(inside->root_fd, COREOS_VOLUMES, O_RDONLY | O_DIRECTORY);
        _cleanup_(strv_freep) Strv names = NULL;
        int r = fd < 0 ? fd : dir_list(fd, &names);

        for (char **name = names; r >= 0 && name && *name; name++) {
                const char *rest = text_after(*name, app);
                _cleanup_(freep) char *path = NULL;

                if (!rest || *rest != '.')
                        continue;
                if (asprintf(&path, COREOS_VOLUMES "/%s", *name) < 0) {
                        path = NULL;
                        return -ENOMEM;
                }
                unmount(path);
        }
        return r == -ENOENT ? 0 : r;
}

int coreos_inside_unmount(const CoreosInside *inside, const char *app, Error *e) {
        _cleanup_(freep) char *path = NULL;
        int r = asprintf(&path, "/opt/stage2/%s/rootfs", app);

        if (r < 0) {
                path = NULL;
                return -ENOMEM;
        }
        r = join(inside, e);
        if (r < 0)
                return r;
        unmount(path);
        r = unmount_volumes(inside, app);
        return r < 0 ? error_wrap(e, r, "cannot unmount the volumes of app \"%s\"", app) : 0;
}
