/* SPDX-License-Identifier: Apache-2.0 */
#include "pod-ids.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <linux/mount.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/fsuid.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "files.h"
#include "text.h"

#define IDS_FILE "private-users-prepared"
#define TRIES_MAX 256

/* What systemd leaves to containers: 0x00080000 to 0x6FFFFFFF (systemd, "Users, Groups, UIDs and GIDs"). */
#define RANGE_FIRST 8u
#define RANGE_LAST 0x6FFFu

int pod_ids_parse(const char *text, PodIds *ret) {
        _cleanup_(freep) char *shift = strdup(text);
        char *count = shift ? strchr(shift, ':') : NULL;
        uint64_t first = 0, n = 0;

        if (!shift)
                return -ENOMEM;
        if (!count)
                return -EINVAL;
        *count++ = '\0';
        if (text_parse_u64(shift, UINT32_MAX, &first) < 0 ||
            text_parse_u64(count, UINT32_MAX, &n) < 0 || n == 0 || first + n > UINT32_MAX)
                return -EINVAL;
        *ret = (PodIds){ .shift = (uint32_t) first, .count = (uint32_t) n };
        return 0;
}

int pod_ids_read(const Pod *pod, PodIds *ret, Error *e) {
        _cleanup_(freep) char *text = NULL;
        int r = file_read_text_at(pod->fd, IDS_FILE, &text);

        if (r == -ENOENT) {
                *ret = (PodIds){};
                return 0;
        }
        if (r >= 0)
                r = pod_ids_parse(text, ret) < 0 ? -EBADMSG : 0;
        return r < 0 ? error_wrap(e, r, "cannot read " IDS_FILE " of pod \"%s\"", pod->uuid.text)
                     : 0;
}

static bool has_range(const Pod *pod, const void *what) {
        const uint32_t *shift = what;
        PodIds ids = {};

        return pod_ids_read(pod, &ids, NULL) >= 0 && ids.count > 0 &&
               ids.shift / POD_IDS_COUNT == *shift / POD_IDS_COUNT;
}

static bool is_taken(Pods *pods, const Pod *self, const PodList *list, uint32_t shift) {
        char path[64];

        (void) snprintf(path, sizeof(path), "/run/systemd/nspawn-uid/%u", shift);
        return access(path, F_OK) == 0 || pods_others_have(pods, self, list, has_range, &shift);
}

static int write_ids(const Pod *pod, uint32_t shift) {
        char text[32];

        (void) snprintf(text, sizeof(text), "%u:%u", shift, POD_IDS_COUNT);
        return file_write_at(pod->fd, IDS_FILE, text, strlen(text), 0640, 0);
}

int pod_ids_choose(Pods *pods, const Pod *pod, Error *e) {
        for (unsigned i = 0; i < TRIES_MAX; i++) {
                _cleanup_(pod_list_done) PodList list = {};
                uint16_t random = 0;
                uint32_t shift = 0;
                int r = 0;

                if (getrandom(&random, sizeof(random), 0) != sizeof(random))
                        return error_wrap(e, -errno, "cannot choose the pod's users");
                shift = (RANGE_FIRST + random % (RANGE_LAST - RANGE_FIRST + 1)) * POD_IDS_COUNT;
                r = write_ids(pod, shift);
                if (r >= 0)
                        r = pods_list(pods, true, &list, e);
                if (r < 0)
                        return error_wrap(e, r, "cannot choose the pod's users");
                if (!is_taken(pods, pod, &list, shift))
                        return 0;
        }
        return error_new(e, -EBUSY, "found no range of users that no other pod has");
}

static int write_map(pid_t pid, const char *name, const PodIds *ids) {
        _cleanup_(freep) char *path = NULL;
        _cleanup_(fd_closep) int fd = -EBADF;

        if (asprintf(&path, "/proc/%d/%s", pid, name) < 0) {
                path = NULL;
                return -ENOMEM;
        }
        fd = open(path, O_WRONLY | O_CLOEXEC);
        return fd < 0 || dprintf(fd, "0 %u %u", ids->shift, ids->count) < 0 ? -errno : 0;
}

int pod_ids_namespace(const PodIds *ids, Error *e) {
        _cleanup_(freep) char *path = NULL;
        int fd = -EBADF, r = 0;
        /* As fork(2), into a new user namespace. */
        pid_t child = (pid_t) syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, NULL, NULL, NULL, NULL);

        if (child < 0)
                return error_wrap(e, -errno, "cannot make a user namespace");
        if (child == 0)
                for (;;)
                        (void) pause();
        r = write_map(child, "uid_map", ids);
        if (r >= 0)
                r = write_map(child, "gid_map", ids);
        if (r >= 0 && asprintf(&path, "/proc/%d/ns/user", child) < 0) {
                path = NULL;
                r = -ENOMEM;
        }
        if (r >= 0) {
                fd = open(path, O_RDONLY | O_CLOEXEC);
                r = fd < 0 ? -errno : fd;
        }
        (void) kill(child, SIGKILL);
        while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
                ;
        return r < 0 ? error_wrap(e, r, "cannot make a user namespace") : r;
}

/* Private: what is mounted on it would come to the directory itself as well, where the host's mounts are shared. */
int pod_ids_map(int directory_fd, int namespace_fd, Error *e) {
        struct mount_attr how = {
                .attr_set = MOUNT_ATTR_IDMAP,
                .propagation = MS_PRIVATE,
                .userns_fd = (uint64_t) namespace_fd,
        };
        _cleanup_(fd_closep) int fd =
                (int) syscall(SYS_open_tree, directory_fd, "",
                              OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH);

        if (fd < 0)
                return error_wrap(e, -errno, "cannot take a directory as a mount");
        if (syscall(SYS_mount_setattr, fd, "", AT_EMPTY_PATH, &how, sizeof(how)) < 0)
                return errno == EINVAL || errno == ENOSYS || errno == EPERM
                               ? error_new(e, -EOPNOTSUPP,
                                           "--private-users takes mounts that translate owners, "
                                           "which this kernel or the file system of the data "
                                           "directory does not have (Linux 5.19, and ext4, xfs, "
                                           "btrfs or, since 6.3, tmpfs)")
                               : error_wrap(e, -errno, "cannot translate the owners of a mount");
        return fd_take(&fd);
}

/* Another user on the file system loses rights with it, which are taken back. */
static int raise_effective(void) {
        struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
        struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {};

        if (syscall(SYS_capget, &header, data) < 0)
                return -errno;
        for (size_t i = 0; i < N_ELEMENTS(data); i++)
                data[i].effective = data[i].permitted;
        return syscall(SYS_capset, &header, data) < 0 ? -errno : 0;
}

int pod_ids_assume(const PodIds *ids) {
        if (ids->count == 0)
                return 0;
        (void) setfsgid(ids->shift);
        (void) setfsuid(ids->shift);
        return raise_effective();
}

void pod_ids_leave(const PodIds *ids) {
        if (ids->count == 0)
                return;
        (void) setfsuid(0);
        (void) setfsgid(0);
}
