/* SPDX-License-Identifier: Apache-2.0 */
#include "pod-name.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "files.h"
#include "lock.h"
#include "openat.h"
#include "text.h"

#define NAME_FILE "pod-name"
#define NAMES_MODE 0750

static bool is_letter_or_digit(char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

int pod_name_check(const char *name, Error *e) {
        size_t n = strlen(name);

        if (n == 0)
                return error_new(e, -EINVAL, "a pod's name cannot be empty");
        if (n > POD_NAME_MAX)
                return error_new(e, -EINVAL, "a pod's name has %d characters at most",
                                 POD_NAME_MAX);
        if (uuid_is_valid(name))
                return error_new(e, -EINVAL, "a pod's name cannot be a UUID");
        for (size_t i = 0; i < n; i++) {
                bool edge = i == 0 || i + 1 == n || name[i - 1] == '.' || name[i + 1] == '.';

                if (is_letter_or_digit(name[i]) || (!edge && name[i] == '-') ||
                    (name[i] == '.' && i > 0 && i + 1 < n && name[i - 1] != '.'))
                        continue;
                return error_new(e, -EINVAL,
                                 "a pod's name is like a host's: lower-case letters, digits, and "
                                 "dashes or dots between them");
        }
        return 0;
}

/* Returns the directory's descriptor; -ENOENT while no pod ever had a name. */
static int open_names(const Pods *pods, bool make) {
        _cleanup_(fd_closep) int fd = dir_open_at(AT_FDCWD, pods_path(pods));

        if (fd < 0)
                return fd;
        return make ? mkdir_beneath(fd, "names", NAMES_MODE) : open_beneath(fd, "names", O_RDONLY);
}

static int read_link(int names_fd, const char *name, Uuid *ret) {
        char target[UUID_TEXT_LENGTH + 2];
        ssize_t n = readlinkat(names_fd, name, target, sizeof(target) - 1);

        if (n < 0)
                return -errno;
        target[n] = '\0';
        return uuid_parse(target, ret);
}

/* A link whose pod is gone binds nobody. */
static int find(const Pods *pods, int names_fd, const char *name, Uuid *ret) {
        int r = read_link(names_fd, name, ret);

        if (r < 0)
                return r == -EINVAL ? -ENOENT : r;
        return pods_has(pods, ret) ? 0 : -ENOENT;
}

static int refuse(const char *name, const Uuid *holder, Error *e) {
        return error_new(e, -EEXIST, "the name \"%s\" is that of pod \"%s\": remove it first", name,
                         holder->text);
}

static int take_locked(const Pod *pod, int names_fd, const char *name, Error *e) {
        Uuid holder;
        int r = find(pod->pods, names_fd, name, &holder);

        if (r >= 0)
                return refuse(name, &holder, e);
        if (r == -ENOENT && unlinkat(names_fd, name, 0) < 0 && errno != ENOENT)
                r = -errno;
        if (r == -ENOENT)
                r = symlinkat(pod->uuid.text, names_fd, name) < 0 ? -errno : 0;
        return r < 0 ? error_wrap(e, r, "cannot give the pod the name \"%s\"", name) : 0;
}

/* The file first: a link is then never without the file that tells which to remove. */
int pod_name_take(const Pod *pod, const char *name, Error *e) {
        _cleanup_(fd_closep) int names_fd = open_names(pod->pods, true);
        int r = names_fd < 0 ? names_fd : lock_take(names_fd, true);

        if (r >= 0)
                r = file_write_at(pod->fd, NAME_FILE, name, strlen(name), 0640, 0);
        if (r < 0)
                return error_wrap(e, r, "cannot give the pod the name \"%s\"", name);
        return take_locked(pod, names_fd, name, e);
}

int pod_name_is_free(Pods *pods, const char *name, Error *e) {
        Uuid holder;
        int r = pod_name_check(name, e);

        if (r < 0)
                return r;
        return pod_name_find(pods, name, &holder) >= 0 ? refuse(name, &holder, e) : 0;
}

int pod_name_find(const Pods *pods, const char *name, Uuid *ret) {
        _cleanup_(fd_closep) int names_fd = -EBADF;

        if (pod_name_check(name, NULL) < 0)
                return -ENOENT;
        names_fd = open_names(pods, false);
        return names_fd < 0 ? names_fd : find(pods, names_fd, name, ret);
}

int pod_name_read(const Pod *pod, char **ret) {
        _cleanup_(freep) char *name = NULL;
        int r = file_read_text_at(pod->fd, NAME_FILE, &name);

        if (r >= 0)
                r = pod_name_check(name, NULL);
        if (r >= 0)
                *ret = ptr_take(&name);
        return r;
}

static void unlink_if_of(int names_fd, const char *name, const Uuid *uuid) {
        Uuid holder;

        if (lock_take(names_fd, true) < 0)
                return;
        if (read_link(names_fd, name, &holder) >= 0 && strcmp(holder.text, uuid->text) == 0)
                (void) unlinkat(names_fd, name, 0);
        lock_release(names_fd);
}

void pod_name_release(const Pod *pod) {
        _cleanup_(freep) char *name = NULL;
        _cleanup_(fd_closep) int names_fd = -EBADF;

        if (pod_name_read(pod, &name) < 0)
                return;
        names_fd = open_names(pod->pods, false);
        if (names_fd >= 0)
                unlink_if_of(names_fd, name, &pod->uuid);
}

void pod_names_sweep(const Pods *pods) {
        _cleanup_(fd_closep) int names_fd = open_names(pods, false);
        _cleanup_(strv_freep) Strv names = NULL;

        if (names_fd < 0 || dir_list(names_fd, &names) < 0 || lock_take(names_fd, true) < 0)
                return;
        for (char **name = names; *name; name++) {
                Uuid holder;

                if (find(pods, names_fd, *name, &holder) == -ENOENT)
                        (void) unlinkat(names_fd, *name, 0);
        }
}
