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
#define OPTIONS_MAX ((size_t) 4000) /* a page less what the kernel adds */

static int sys_fsopen(const char *type) {
        int fd = (int) syscall(SYS_fsopen, type, FSOPEN_CLOEXEC);

        return fd < 0 ? -errno : fd;
}

static int sys_fsconfig(int fd, unsigned command, const char *key, const void *value, int aux) {
        return syscall(SYS_fsconfig, fd, command, key, value, aux) < 0 ? -errno : 0;
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

static int open_layers(char *const *layers, int *fds, Error *e) {
        for (size_t i = 0; layers[i]; i++) {
                fds[i] = open(layers[i], O_PATH | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
                if (fds[i] < 0)
                        return error_wrap(e, -errno, "cannot open layer %s", layers[i]);
        }
        return 0;
}

/* All layers in one option, by descriptor: for kernels before 6.8, whose options share one page. */
static int add_layers_joined(int context_fd, char *const *layers, const int *fds, Error *e) {
        _cleanup_(freep) char *option = NULL;
        size_t size = 0;
        FILE *out = open_memstream(&option, &size);

        if (!out)
                return -ENOMEM;
        for (size_t i = 0; layers[i]; i++)
                fprintf(out, "%s/proc/self/fd/%d", i > 0 ? ":" : "", fds[i]);
        if (fclose(out) != 0)
                return -ENOMEM;
        if (size > OPTIONS_MAX)
                return error_new(e, -E2BIG,
                                 "the image has %zu layers, more than this kernel can stack: use "
                                 "--no-overlay",
                                 strv_length(layers));
        return sys_fsconfig(context_fd, FSCONFIG_SET_STRING, "lowerdir", option, 0);
}

static int add_layers(int context_fd, char *const *layers, const int *fds, Error *e) {
        for (size_t i = 0; layers[i]; i++) {
                int r = sys_fsconfig(context_fd, FSCONFIG_SET_STRING, "lowerdir+", layers[i], 0);

                if (i == 0 && r < 0)
                        return add_layers_joined(context_fd, layers, fds, e);
                if (r < 0)
                        return r;
        }
        return 0;
}

static int configure(int context_fd, const PodOverlay *overlay, const int *fds, Error *e) {
        char upper[FD_PATH_MAX], work[FD_PATH_MAX];
        int r = add_layers(context_fd, overlay->layers, fds, e);

        if (r < 0)
                return r;
        r = sys_fsconfig(context_fd, FSCONFIG_SET_STRING, "upperdir",
                         fd_path(overlay->upper_fd, upper), 0);
        if (r >= 0)
                r = sys_fsconfig(context_fd, FSCONFIG_SET_STRING, "workdir",
                                 fd_path(overlay->work_fd, work), 0);
        if (r >= 0 && !text_is_empty(overlay->selinux_label))
                r = sys_fsconfig(context_fd, FSCONFIG_SET_STRING, "context", overlay->selinux_label,
                                 0);
        if (r >= 0)
                r = sys_fsconfig(context_fd, FSCONFIG_CMD_CREATE, NULL, NULL, 0);
        return r;
}

static int mount_with(const PodOverlay *overlay, const int *fds, Error *e) {
        _cleanup_(fd_closep) int context_fd = sys_fsopen("overlay"), mount_fd = -EBADF;
        int r = 0;

        if (context_fd < 0)
                return error_wrap(e, context_fd, "cannot use overlay file systems");
        r = configure(context_fd, overlay, fds, e);
        if (r < 0)
                return kernel_error(context_fd, r, "cannot mount an overlay", e);
        mount_fd = (int) syscall(SYS_fsmount, context_fd, FSMOUNT_CLOEXEC,
                                 MOUNT_ATTR_NODEV | (overlay->no_suid ? MOUNT_ATTR_NOSUID : 0));
        if (mount_fd < 0)
                return kernel_error(context_fd, -errno, "cannot mount an overlay", e);
        if (syscall(SYS_move_mount, mount_fd, "", overlay->target_fd, "",
                    MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) < 0)
                return error_wrap(e, -errno, "cannot put the overlay in its place");
        return 0;
}

int pod_overlay_mount(const PodOverlay *overlay, Error *e) {
        size_t n = strv_length(overlay->layers);
        int *fds = calloc(n + 1, sizeof(int));
        int r = 0;

        if (!fds)
                return -ENOMEM;
        for (size_t i = 0; i < n; i++)
                fds[i] = -EBADF;
        r = open_layers(overlay->layers, fds, e);
        if (r >= 0)
                r = mount_with(overlay, fds, e);
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
