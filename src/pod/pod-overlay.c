/* SPDX-License-Identifier: Apache-2.0 */
#include "pod-overlay.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <stdint.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "files.h"
#include "openat.h"

/* glibc 2.36 has wrappers in sys/mount.h, which cannot be included beside linux/mount.h there. */
int umount2(const char *target, int flags);
#define MNT_DETACH 2
#define UMOUNT_NOFOLLOW 8

#define AUFS_MAGIC 0x61756673
#define ZFS_MAGIC 0x2fc12fc1
#define MOUNTINFO_MAX ((size_t) 64 * 1024 * 1024)
#define UNMOUNT_ROUNDS_MAX 64
#define OPTION_MAX ((size_t) 255) /* of one value: fsconfig(2) in fs/fsopen.c */

static int sys_fsopen(const char *type) {
        int fd = (int) syscall(SYS_fsopen, type, FSOPEN_CLOEXEC);

        return fd < 0 ? -errno : fd;
}

static int sys_fsconfig(int fd, unsigned command, const char *key, const void *value, int aux) {
        return syscall(SYS_fsconfig, fd, command, key, value, aux) < 0 ? -errno : 0;
}

/* A mount in the making. */
typedef struct Context {
        int fd, here_fd; /* here_fd: to go back to */
        bool old;
} Context;

static void context_done(Context *context) {
        fd_drop(&context->fd);
        fd_drop(&context->here_fd);
}

/* Before 6.5 overlayfs had no options by this interface, but the kernel's own stand-in for file systems
 * that have none: it takes all there is, and only the mount fails then, with a line in the kernel's log. */
static int context_open(Context *ret) {
        _cleanup_(fd_closep) int fd = sys_fsopen("overlay");
        char message[256];

        if (fd < 0)
                return fd;
        ret->old = sys_fsconfig(fd, FSCONFIG_SET_FLAG, "no-such-option", NULL, 0) >= 0;
        if (!ret->old) {
                (void) !read(fd, message, sizeof(message)); /* that there is none */
                ret->fd = fd_take(&fd);
                return 0;
        }
        ret->fd = sys_fsopen("overlay");
        return ret->fd < 0 ? ret->fd : 0;
}

/* Reads the kernel's last message about a mount context into the error. */
static int kernel_error(int context_fd, int r, const char *doing, Error *e) {
        char message[1024];
        ssize_t n = read(context_fd, message, sizeof(message) - 1);

        if (n <= 2)
                return error_wrap(e, r, "%s", doing);
        message[n] = '\0';
        for (ssize_t i = n - 1; i >= 0 && message[i] == '\n'; i--)
                message[i] = '\0';
        error_new(e, r, "%s (%s)", strerror(-r), message + 2); /* "e text" */
        return error_wrap(e, r, "%s", doing);
}

static int has_overlay(void) {
        _cleanup_(freep) char *text = NULL;
        _cleanup_(fd_closep) int fd = open("/proc/filesystems", O_RDONLY | O_CLOEXEC);
        size_t n = 0;
        int r = fd < 0 ? -errno : fd_read_all(fd, (size_t) 64 * 1024, &text, &n);

        if (r < 0)
                return r;
        return strstr(text, "\toverlay\n") != NULL;
}

/* Overlayfs must learn from a directory what its entries are. */
static bool tells_types(const char *data) {
        DIR *dir = opendir(data);
        bool tells = true;

        if (!dir)
                return true; /* nothing there yet; the mount will tell */
        for (struct dirent *entry = readdir(dir); entry && tells; entry = readdir(dir))
                tells = entry->d_type != DT_UNKNOWN;
        (void) closedir(dir);
        return tells;
}

int pod_overlay_supported(const char *data, Error *e) {
        struct statfs fs;
        int has = has_overlay();

        if (has == 0) {
                /* The module may just not be loaded: a mount context loads it. */
                _cleanup_(fd_closep) int fd = sys_fsopen("overlay");

                if (fd < 0)
                        return error_new(e, -EOPNOTSUPP,
                                         "overlay entry not present in /proc/filesystems");
        }
        if (statfs(data, &fs) == 0 && (unsigned long) fs.f_type == AUFS_MAGIC)
                return error_new(e, -EOPNOTSUPP, "unsupported filesystem: aufs");
        if (statfs(data, &fs) == 0 && (unsigned long) fs.f_type == ZFS_MAGIC)
                return error_new(e, -EOPNOTSUPP, "unsupported filesystem: zfs");
        if (!tells_types(data))
                return error_new(e, -EOPNOTSUPP, "unsupported filesystem: missing d_type support");
        return 0;
}

/* The directory as it is, or as a mount that translates owners and is attached nowhere. */
static int translate(int directory_fd, int namespace_fd, Error *e) {
        if (namespace_fd < 0) {
                int fd = fcntl(directory_fd, F_DUPFD_CLOEXEC, 3);

                return fd < 0 ? -errno : fd;
        }
        return pod_ids_map(directory_fd, namespace_fd, e);
}

static int open_layers(char *const *layers, int namespace_fd, int *fds, Error *e) {
        for (size_t i = 0; layers[i]; i++) {
                _cleanup_(fd_closep) int fd =
                        open(layers[i], O_PATH | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);

                if (fd < 0)
                        return error_wrap(e, -errno, "cannot open layer %s", layers[i]);
                fds[i] = translate(fd, namespace_fd, e);
                if (fds[i] < 0)
                        return error_wrap(e, fds[i], "cannot use layer %s", layers[i]);
        }
        return 0;
}

/* All layers in one option: by the numbers of their descriptors, where these are names. */
static int add_layers_joined(Context *context, char *const *layers, const int *fds, Error *e) {
        _cleanup_(freep) char *option = NULL;
        size_t size = 0;
        FILE *out = open_memstream(&option, &size);

        if (!out)
                return -ENOMEM;
        for (size_t i = 0; layers[i]; i++)
                fprintf(out, "%s%d", i > 0 ? ":" : "", fds[i]);
        if (fclose(out) != 0)
                return -ENOMEM;
        if (size > OPTION_MAX)
                return error_new(e, -E2BIG,
                                 "the image has %zu layers, more than this kernel can stack: use "
                                 "--no-overlay",
                                 strv_length(layers));
        context->here_fd = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (context->here_fd < 0 || chdir("/proc/self/fd") < 0)
                return -errno;
        return sys_fsconfig(context->fd, FSCONFIG_SET_STRING, "lowerdir", option, 0);
}

static int add_layers(Context *context, const PodOverlay *overlay, const int *fds, Error *e) {
        char *const *layers = overlay->layers;
        char buffer[FD_PATH_MAX];

        if (context->old)
                return add_layers_joined(context, layers, fds, e);
        for (size_t i = 0; layers[i]; i++) {
                const char *path = overlay->namespace_fd < 0 ? layers[i] : fd_path(fds[i], buffer);
                int r = sys_fsconfig(context->fd, FSCONFIG_SET_STRING, "lowerdir+", path, 0);

                if (i == 0 && r == -EINVAL) /* 6.5 to 6.7 */
                        return add_layers_joined(context, layers, fds, e);
                if (r < 0)
                        return r;
        }
        return 0;
}

/* Returns the directory, for old contexts look for it when the mount is made. */
static int add_path(const Context *context, const char *key, int base_fd, const char *path) {
        _cleanup_(fd_closep) int fd = open_beneath(base_fd, path, O_PATH | O_DIRECTORY);
        char buffer[FD_PATH_MAX];
        int r = fd;

        if (r >= 0)
                r = sys_fsconfig(context->fd, FSCONFIG_SET_STRING, key, fd_path(fd, buffer), 0);
        return r < 0 ? r : fd_take(&fd);
}

static int
configure(Context *context, const PodOverlay *overlay, const int *fds, int base_fd, Error *e) {
        _cleanup_(fd_closep) int upper_fd = -EBADF, work_fd = -EBADF;
        int r = add_layers(context, overlay, fds, e);

        if (r >= 0)
                r = upper_fd = add_path(context, "upperdir", base_fd, overlay->upper);
        if (r >= 0)
                r = work_fd = add_path(context, "workdir", base_fd, overlay->work);
        if (r >= 0 && !text_is_empty(overlay->selinux_label))
                r = sys_fsconfig(context->fd, FSCONFIG_SET_STRING, "context",
                                 overlay->selinux_label, 0);
        if (r >= 0)
                r = sys_fsconfig(context->fd, FSCONFIG_CMD_CREATE, NULL, NULL, 0);
        return r;
}

/* The overlay as a mount that is attached nowhere yet. */
static int make_mount(const PodOverlay *overlay, const int *fds, int base_fd, Error *e) {
        _cleanup_(context_done) Context context = { .fd = -EBADF, .here_fd = -EBADF };
        _cleanup_(fd_closep) int mount_fd = -EBADF;
        int r = context_open(&context);

        if (r < 0)
                return error_wrap(e, r, "cannot use overlay file systems");
        /* The kernel makes directories below "work" as whoever mounts: that must be one of the pod. */
        r = pod_ids_assume(&overlay->ids);
        if (r >= 0)
                r = configure(&context, overlay, fds, base_fd, e);
        pod_ids_leave(&overlay->ids);
        if (context.here_fd >= 0 && fchdir(context.here_fd) < 0 && r >= 0)
                r = -errno;
        if (r < 0)
                return kernel_error(context.fd, r, "cannot mount an overlay", e);
        mount_fd = (int) syscall(SYS_fsmount, context.fd, FSMOUNT_CLOEXEC,
                                 MOUNT_ATTR_NODEV | (overlay->no_suid ? MOUNT_ATTR_NOSUID : 0));
        if (mount_fd < 0)
                return kernel_error(context.fd, -errno, "cannot mount an overlay", e);
        return fd_take(&mount_fd);
}

int pod_overlay_place(int mount_fd, int target_fd, Error *e) {
        return syscall(SYS_move_mount, mount_fd, "", target_fd, "",
                       MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) < 0
                       ? error_wrap(e, -errno, "cannot put a mount in its place")
                       : 0;
}

/* Before 6.15 a layer had to be mounted somewhere: on the place of the overlay, for as long as it takes
 * to mount that. */
static int
make_mount_attached(const PodOverlay *overlay, const int *fds, size_t n, int base_fd, Error *e) {
        char path[FD_PATH_MAX];
        int r = pod_overlay_place(base_fd, overlay->target_fd, e);
        size_t placed = r >= 0;

        for (size_t i = 0; i < n && r >= 0; i++) {
                r = pod_overlay_place(fds[i], overlay->target_fd, e);
                placed += r >= 0;
        }
        if (r >= 0)
                r = make_mount(overlay, fds, base_fd, e);
        /* Each time the one on top. */
        for (; placed > 0; placed--)
                (void) umount2(fd_path(overlay->target_fd, path), MNT_DETACH);
        return r;
}

/* @fds: of the layers. Mounts the overlay in its place. */
static int mount_with(const PodOverlay *overlay, const int *fds, size_t n, int base_fd, Error *e) {
        _cleanup_(fd_closep) int mount_fd = make_mount(overlay, fds, base_fd, e);

        if (mount_fd == -EINVAL && overlay->namespace_fd >= 0) {
                if (e)
                        error_done(e);
                mount_fd = make_mount_attached(overlay, fds, n, base_fd, e);
        }
        return mount_fd < 0 ? mount_fd : pod_overlay_place(mount_fd, overlay->target_fd, e);
}

int pod_overlay_mount(const PodOverlay *overlay, Error *e) {
        _cleanup_(fd_closep) int base_fd = translate(overlay->base_fd, overlay->namespace_fd, e);
        size_t n = strv_length(overlay->layers);
        int *fds = NULL;
        int r = 0;

        if (base_fd < 0)
                return error_wrap(e, base_fd, "cannot mount an overlay");
        fds = calloc(n + 1, sizeof(int));
        if (!fds)
                return -ENOMEM;
        for (size_t i = 0; i < n; i++)
                fds[i] = -EBADF;
        r = open_layers(overlay->layers, overlay->namespace_fd, fds, e);
        if (r >= 0)
                r = mount_with(overlay, fds, n, base_fd, e);
        for (size_t i = 0; i < n; i++)
                fd_drop(&fds[i]);
        free(fds);
        return r;
}

/* The mount point in a line of mountinfo, its octal escapes undone, in place. NULL if malformed. */
static char *mount_point(char *line) {
        char *field = line, *out = NULL, *end = NULL;

        for (unsigned i = 0; i < 4; i++) {
                field = strchr(field, ' ');
                if (!field)
                        return NULL;
                field++;
        }
        end = strchr(field, ' ');
        if (!end)
                return NULL;
        *end = '\0';
        out = field;
        for (const char *in = field; *in; out++) {
                if (in[0] == '\\' && in[1] && in[2] && in[3]) {
                        *out = (char) ((in[1] - '0') * 64 + (in[2] - '0') * 8 + (in[3] - '0'));
                        in += 4;
                } else
                        *out = *in++;
        }
        *out = '\0';
        return field;
}

/* Unmounts what lies at or below @path, last mounted first. Returns how many there were. */
static int unmount_round(const char *path, bool detach, Error *e) {
        _cleanup_(freep) char *text = NULL;
        _cleanup_(strv_freep) Strv lines = NULL;
        _cleanup_(fd_closep) int fd = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
        size_t n = 0, n_lines = 0;
        int found = 0, r = fd < 0 ? -errno : fd_read_all(fd, MOUNTINFO_MAX, &text, &n);

        if (r < 0)
                return error_wrap(e, r, "cannot read the list of mounts");
        for (char *p = text; *p; p++)
                n_lines += *p == '\n';
        lines = calloc(n_lines + 2, sizeof(char *));
        if (!lines)
                return -ENOMEM;
        n_lines = 0;
        for (char *state = NULL, *line = strtok_r(text, "\n", &state); line;
             line = strtok_r(NULL, "\n", &state)) {
                const char *point = mount_point(line),
                           *rest = point ? text_after(point, path) : NULL;

                if (!rest || (*rest != '/' && *rest != '\0'))
                        continue;
                lines[n_lines] = strdup(point);
                if (!lines[n_lines++])
                        return -ENOMEM;
        }
        for (size_t i = n_lines; i > 0; i--) {
                found++;
                if (umount2(lines[i - 1], UMOUNT_NOFOLLOW | (detach ? MNT_DETACH : 0)) < 0 &&
                    errno != EBUSY && errno != EINVAL && errno != ENOENT)
                        return error_wrap(e, -errno, "cannot unmount %s", lines[i - 1]);
        }
        return found;
}

int pod_unmount_below(const char *path, Error *e) {
        for (unsigned i = 0; i < UNMOUNT_ROUNDS_MAX; i++) {
                /* One try to do it properly; then whatever still uses a mount keeps it for itself. */
                int found = unmount_round(path, i > 0, e);

                if (found <= 0)
                        return found;
        }
        return error_new(e, -EBUSY, "%s: mounts come back as fast as they are removed", path);
}
