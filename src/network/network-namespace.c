/* SPDX-License-Identifier: Apache-2.0 */
#include "network-namespace.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <net/if.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "files.h"
#include "pod-ids.h"

#define DIRECTORY "/run/netns"
#define POD_FILE "netns"

char *network_namespace_path(const Uuid *pod) {
        char *path = NULL;

        return asprintf(&path, DIRECTORY "/rkt-%s", pod->text) < 0 ? NULL : path;
}

bool network_namespace_exists(const char *path) {
        struct statfs st;

        return statfs(path, &st) == 0 && st.f_type == NSFS_MAGIC;
}

static int raise_loopback(void) {
        _cleanup_(fd_closep) int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        struct ifreq request = { .ifr_name = "lo", .ifr_flags = IFF_UP };

        return fd < 0 || ioctl(fd, SIOCSIFFLAGS, &request) < 0 ? -errno : 0;
}

typedef struct Setting {
        const char *path, *value;
} Setting;

/* Absent where the kernel has no IPv6, and read-only where no plugin can work either, and says so. */
static int set(const Setting *settings, size_t n, Error *e) {
        for (size_t i = 0; i < n; i++) {
                _cleanup_(fd_closep) int fd = open(settings[i].path, O_WRONLY | O_CLOEXEC);

                if (fd < 0 && (errno == ENOENT || errno == EROFS))
                        continue;
                if (fd < 0 || write(fd, settings[i].value, strlen(settings[i].value)) < 0)
                        return error_wrap(e, -errno, "cannot write %s", settings[i].path);
        }
        return 0;
}

/* In the new namespace. /proc/sys/net is that of whoever looks at it. */
static int furnish(const char *path, bool private_users, Error *e) {
        static const Setting always[] = {
                { "/proc/sys/net/ipv6/conf/all/accept_ra", "0" },
                { "/proc/sys/net/ipv6/conf/default/accept_ra", "0" },
        };
        /* The namespace is the host's, so the pod's root cannot have capabilities in it. This is what
         * they are good for in most images: low ports and ping. */
        static const Setting for_anybody[] = {
                { "/proc/sys/net/ipv4/ip_unprivileged_port_start", "0" },
                { "/proc/sys/net/ipv4/ping_group_range", "0 2147483647" },
        };
        int r = raise_loopback();

        if (r < 0)
                return error_wrap(e, r, "cannot raise the loopback interface");
        r = set(always, N_ELEMENTS(always), e);
        if (r >= 0 && private_users)
                r = set(for_anybody, N_ELEMENTS(for_anybody), e);
        if (r < 0)
                return r;
        if (mount("/proc/self/ns/net", path, NULL, MS_BIND, NULL) < 0)
                return error_wrap(e, -errno, "cannot mount %s", path);
        return 0;
}

static int make_at(const char *path, bool private_users, Error *e) {
        _cleanup_(fd_closep) int own_fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
        int r = 0;

        if (own_fd < 0 || unshare(CLONE_NEWNET) < 0)
                return error_wrap(e, -errno, "cannot make a network namespace");
        r = furnish(path, private_users, e);
        if (setns(own_fd, CLONE_NEWNET) < 0)
                return error_wrap(e, -errno, "cannot return to the host's network namespace");
        return r;
}

int network_namespace_make(const Pod *pod, Error *e) {
        _cleanup_(freep) char *path = network_namespace_path(&pod->uuid);
        PodIds ids = {};
        int fd = -EBADF, r = pod_ids_read(pod, &ids, e);

        if (r < 0 || !path)
                return r < 0 ? r : -ENOMEM;
        if (mkdir(DIRECTORY, 0755) < 0 && errno != EEXIST)
                return error_wrap(e, -errno, "cannot make " DIRECTORY);
        r = file_write_at(pod->fd, POD_FILE, path, strlen(path), 0644, 0);
        if (r < 0)
                return error_wrap(e, r, "cannot note the pod's network namespace");
        fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0444);
        if (fd < 0)
                return error_wrap(e, -errno, "cannot make %s", path);
        (void) close(fd);
        r = make_at(path, ids.count > 0, e);
        if (r < 0)
                (void) network_namespace_remove(pod, NULL);
        return r;
}

int network_namespace_remove(const Pod *pod, Error *e) {
        _cleanup_(freep) char *path = network_namespace_path(&pod->uuid);

        if (!path)
                return -ENOMEM;
        while (network_namespace_exists(path))
                if (umount2(path, MNT_DETACH | UMOUNT_NOFOLLOW) < 0)
                        return error_wrap(e, -errno, "cannot unmount %s", path);
        if (unlink(path) < 0 && errno != ENOENT)
                return error_wrap(e, -errno, "cannot remove %s", path);
        (void) unlinkat(pod->fd, POD_FILE, 0);
        return 0;
}
