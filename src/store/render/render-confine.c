/* SPDX-License-Identifier: Apache-2.0 */
#include "render-confine.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <linux/mount.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cleanup.h"
#include "render-limits.h"
#include "render-seccomp.h"

/* Room for the largest window of zstd and dictionary of xz, beside the rings. The address sanitizer
 * takes terabytes for itself. */
#ifdef RENDER_SANITIZED
#        define ADDRESS_SPACE_MAX RLIM_INFINITY
#else
#        define ADDRESS_SPACE_MAX ((rlim_t) 2 * 1024 * 1024 * 1024)
#endif

#define CAPABILITY(name) (UINT64_C(1) << CAP_##name)

static const uint64_t capabilities[] = {
        [RENDER_ACCESS_NONE] = 0,
        [RENDER_ACCESS_READ] = CAPABILITY(DAC_READ_SEARCH),
        [RENDER_ACCESS_WRITE] = CAPABILITY(CHOWN) | CAPABILITY(DAC_OVERRIDE) | CAPABILITY(FOWNER) |
                                CAPABILITY(FSETID) | CAPABILITY(SETFCAP),
};

static int failed(Error *e, const char *what) {
        int r = -errno;

        return error_new(e, r, "cannot confine the helper program: %s: %s", what, strerror(-r));
}

static int move_mount_at(int fd, int to_fd, const char *to) {
        return (int) syscall(SYS_move_mount, fd, "", to_fd, to, MOVE_MOUNT_F_EMPTY_PATH);
}

static int clone_tree(RenderAccess access, int tree_fd) {
        struct mount_attr attributes = {
                .attr_set = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC |
                            MOUNT_ATTR_NOATIME |
                            (access == RENDER_ACCESS_READ ? MOUNT_ATTR_RDONLY : 0),
                .attr_clr = MOUNT_ATTR__ATIME,
        };
        int fd = (int) syscall(SYS_open_tree, tree_fd, "",
                               AT_EMPTY_PATH | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);

        if (fd >= 0 && syscall(SYS_mount_setattr, fd, "", AT_EMPTY_PATH, &attributes,
                               sizeof(attributes)) < 0) {
                (void) close(fd);
                return -1;
        }
        return fd;
}

static int new_tmpfs(void) {
        _cleanup_(fd_closep) int context = (int) syscall(SYS_fsopen, "tmpfs", FSOPEN_CLOEXEC);

        if (context < 0 || syscall(SYS_fsconfig, context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
                return -1;
        return (int) syscall(SYS_fsmount, context, FSMOUNT_CLOEXEC,
                             MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
}

/* An empty tmpfs takes the root's place, with the tree in it and nothing behind it. The tree is cloned
 * from the mount namespace it was opened in, before that is left. */
static int enter(RenderAccess access, int *tree_fd, int *ret, Error *e) {
        _cleanup_(fd_closep) int root = -EBADF, tree = -EBADF;

        if (access != RENDER_ACCESS_NONE) {
                tree = clone_tree(access, *tree_fd);
                if (tree < 0)
                        return failed(e, "bind the tree");
        }
        fd_drop(tree_fd);
        if (unshare(CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS) < 0)
                return failed(e, "make namespaces");
        if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
                return failed(e, "make mounts private");
        root = new_tmpfs();
        if (root < 0)
                return failed(e, "make an empty file system");
        if (move_mount_at(root, AT_FDCWD, "/") < 0 || fchdir(root) < 0)
                return failed(e, "mount an empty file system");
        if (tree >= 0 && (mkdirat(root, "tree", 0700) < 0 || move_mount_at(tree, root, "tree") < 0))
                return failed(e, "mount the tree");
        if (syscall(SYS_pivot_root, ".", ".") < 0 || umount2(".", MNT_DETACH) < 0 || chdir("/") < 0)
                return failed(e, "leave the file system");
        if (access == RENDER_ACCESS_NONE)
                return 0;
        *ret = open("/tree", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        return *ret < 0 ? failed(e, "open the tree") : 0;
}

static int keep_capabilities(uint64_t keep, Error *e) {
        struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
        struct __user_cap_data_struct data[2] = {};

        for (int cap = 0; prctl(PR_CAPBSET_READ, cap) >= 0; cap++)
                if (!(keep & (UINT64_C(1) << cap)) && prctl(PR_CAPBSET_DROP, cap) < 0 &&
                    errno != EPERM)
                        return failed(e, "drop capabilities");
        for (int i = 0; i < 2; i++)
                data[i].effective = data[i].permitted = (uint32_t) (keep >> (32 * i));
        if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0 ||
            syscall(SYS_capset, &header, data) < 0)
                return failed(e, "drop capabilities");
        return 0;
}

static int limit_resources(Error *e) {
        static const struct {
                __rlimit_resource_t resource;
                rlim_t max;
        } limits[] = {
                { RLIMIT_CORE, 0 },
                { RLIMIT_NOFILE, 1024 },
                { RLIMIT_AS, ADDRESS_SPACE_MAX },
        };

        for (size_t i = 0; i < N_ELEMENTS(limits); i++) {
                struct rlimit limit;

                if (getrlimit(limits[i].resource, &limit) < 0)
                        return failed(e, "read limits");
                if (limit.rlim_max > limits[i].max)
                        limit.rlim_max = limits[i].max;
                /* Who called may have left room for few files; render-finish.h holds some hundred open. */
                if (limit.rlim_cur > limit.rlim_max || limits[i].resource == RLIMIT_NOFILE)
                        limit.rlim_cur = limit.rlim_max;
                if (setrlimit(limits[i].resource, &limit) < 0)
                        return failed(e, "set limits");
        }
        return 0;
}

int render_confine(RenderAccess access, int tree_fd, int *ret_tree_fd, Error *e) {
        _cleanup_(fd_closep) int tree = tree_fd, inside = -EBADF;
        int r = 0;

        (void) umask(0);
        if (geteuid() == 0) {
                r = enter(access, &tree, &inside, e);
                if (r >= 0)
                        r = keep_capabilities(capabilities[access], e);
        } else if (access != RENDER_ACCESS_NONE)
                return error_new(e, -EPERM, "only root can handle trees");
        if (r >= 0)
                r = limit_resources(e);
        if (r < 0)
                return r;
        if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || prctl(PR_SET_DUMPABLE, 0) < 0)
                return failed(e, "give up privileges");
        r = render_seccomp(access != RENDER_ACCESS_NONE);
        if (r < 0) {
                errno = -r;
                return failed(e, "filter system calls");
        }
        if (ret_tree_fd)
                *ret_tree_fd = fd_take(&inside);
        return 0;
}
