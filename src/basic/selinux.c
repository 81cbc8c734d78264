/* SPDX-License-Identifier: Apache-2.0 */
#include "selinux.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "cleanup.h"
#include "files.h"
#include "openat.h"
#include "text.h"

#define FILESYSTEM "/sys/fs/selinux"
#define ATTRIBUTE "security.selinux"
#define CONFIG "etc/selinux/config"
#define CONFIG_MAX ((size_t) 64 * 1024)
#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-"

void selinux_labels_done(SelinuxLabels *labels) {
        free(labels->process);
        free(labels->mount);
        *labels = (SelinuxLabels){};
}

/* Read-only it is in a container, where it is none of our business: as libselinux has it. */
static bool look(void) {
        struct statfs fs;

        return statfs(FILESYSTEM, &fs) == 0 && (unsigned long) fs.f_type == SELINUX_MAGIC &&
               !(fs.f_flags & ST_RDONLY);
}

bool selinux_is_enabled(void) {
        static int enabled = -1; /* the start of one pod asks several times */

        if (enabled < 0)
                enabled = look();
        return enabled > 0;
}

bool selinux_label_is_valid(const char *text) {
        if (strlen(text) > SELINUX_LABEL_MAX)
                return false;
        for (unsigned i = 0; i < 3; i++) {
                size_t n = 0;

                if (i > 0 && *text++ != ':')
                        return false;
                n = strspn(text, LETTERS);
                if (n == 0)
                        return false;
                text += n;
        }
        if (*text == '\0')
                return true;
        return text[0] == ':' && text[1] != '\0' &&
               text[1 + strspn(text + 1, LETTERS ":,")] == '\0';
}

bool selinux_label_is_known(const char *label) {
        _cleanup_(fd_closep) int fd = open(FILESYSTEM "/context", O_RDWR | O_CLOEXEC);

        return fd >= 0 && write(fd, label, strlen(label) + 1) >= 0;
}

const char *selinux_label_level(const char *label) {
        for (unsigned i = 0; i < 3 && label; i++) {
                label = strchr(label, ':');
                if (label)
                        label++;
        }
        return label;
}

int selinux_label_file(int fd, const char *label) {
        return fsetxattr(fd, ATTRIBUTE, label, strlen(label) + 1, 0) < 0 && errno != EOPNOTSUPP
                       ? -errno
                       : 0;
}

int selinux_label_path(const char *path, const char *label) {
        return lsetxattr(path, ATTRIBUTE, label, strlen(label) + 1, 0) < 0 && errno != EOPNOTSUPP
                       ? -errno
                       : 0;
}

/* A line is "KEY = VALUE", the value perhaps quoted, and then both are parts of it; or of no meaning. */
static bool split_line(char *line, const char **ret_key, const char **ret_value) {
        char *key = text_trim(line), *value = strchr(key, '=');
        size_t n = 0;

        if (*key == '#' || *key == ';' || !value)
                return false;
        *value++ = '\0';
        value = text_trim(value);
        n = strlen(value);
        if (n >= 2 && value[0] == '"' && value[n - 1] == '"') {
                value[n - 1] = '\0';
                value++;
        }
        *ret_key = text_trim(key);
        *ret_value = value;
        return true;
}

static int split_text(const char *text, size_t n, Strv *ret, Error *e) {
        if (memchr(text, '\0', n) || !text_is_utf8(text, n))
                return error_new(e, -EBADMSG, "it is no text");
        return strv_split(text, '\n', ret);
}

static int replace(char **slot, const char *value) {
        free(*slot);
        *slot = strdup(value);
        return *slot ? 0 : -ENOMEM;
}

int selinux_parse_config(const char *text, size_t n, char **ret, Error *e) {
        _cleanup_(strv_freep) Strv lines = NULL;
        _cleanup_(freep) char *type = NULL;
        const char *key = NULL, *value = NULL;
        int r = split_text(text, n, &lines, e);
        bool disabled = false;

        for (char **line = lines; r >= 0 && *line; line++) {
                if (!split_line(*line, &key, &value))
                        continue;
                if (strcmp(key, "SELINUX") == 0)
                        disabled = strcmp(value, "disabled") == 0;
                else if (strcmp(key, "SELINUXTYPE") == 0)
                        r = replace(&type, value);
        }
        if (r < 0)
                return r;
        if (type && (strchr(type, '/') || text_is_dots(type)))
                return error_new(e, -EINVAL, "\"%s\" is no name of a policy", type);
        *ret = disabled || text_is_empty(type) ? NULL : ptr_take(&type);
        return 0;
}

/* Each of them, where there is one. */
typedef struct Contexts {
        char *init_process, *process, *file;
} Contexts;

static void contexts_done(Contexts *contexts) {
        free(contexts->init_process);
        free(contexts->process);
        free(contexts->file);
}

static int take_line(Contexts *contexts, const char *key, const char *value, Error *e) {
        char **slot = strcmp(key, "init_process") == 0 ? &contexts->init_process
                      : strcmp(key, "process") == 0    ? &contexts->process
                      : strcmp(key, "file") == 0       ? &contexts->file
                                                       : NULL;

        if (!slot)
                return 0;
        if (!selinux_label_is_valid(value))
                return error_new(e, -EINVAL, "\"%s\" of \"%s\" is no label", value, key);
        return replace(slot, value);
}

int selinux_parse_contexts(const char *text, size_t n, SelinuxLabels *ret, Error *e) {
        _cleanup_(contexts_done) Contexts contexts = {};
        _cleanup_(strv_freep) Strv lines = NULL;
        const char *key = NULL, *value = NULL;
        int r = split_text(text, n, &lines, e);

        for (char **line = lines; r >= 0 && *line; line++)
                if (split_line(*line, &key, &value))
                        r = take_line(&contexts, key, value, e);
        if (r < 0)
                return r;
        if ((!contexts.process && !contexts.init_process) || !contexts.file)
                return error_new(e, -ENODATA, "it has no \"%s\"",
                                 contexts.file ? "process" : "file");
        *ret = (SelinuxLabels){
                .process = ptr_take(contexts.init_process ? &contexts.init_process
                                                          : &contexts.process),
                .mount = ptr_take(&contexts.file),
        };
        return 0;
}

static int read_file(int root_fd, const char *path, char **ret, size_t *ret_n) {
        _cleanup_(fd_closep) int fd = open_regular(root_fd, path);

        return fd < 0 ? fd : fd_read_all(fd, CONFIG_MAX, ret, ret_n);
}

static int read_config(int root_fd, char **ret, Error *e) {
        _cleanup_(freep) char *text = NULL;
        size_t n = 0;
        int r = read_file(root_fd, CONFIG, &text, &n);

        if (r == -ENOENT) {
                *ret = NULL;
                return 0;
        }
        if (r >= 0)
                r = selinux_parse_config(text, n, ret, e);
        return r < 0 ? error_wrap(e, r, "cannot read /" CONFIG) : 0;
}

static int read_labels(int root_fd, const char *path, SelinuxLabels *ret, Error *e) {
        _cleanup_(freep) char *text = NULL;
        size_t n = 0;
        int r = read_file(root_fd, path, &text, &n);

        if (r == -ENOENT)
                return 0;
        if (r >= 0)
                r = selinux_parse_contexts(text, n, ret, e);
        return r < 0 ? error_wrap(e, r, "cannot read the labels of containers in /%s", path) : 1;
}

/* What container-selinux installs knows more than the policy, and goes before it: as with podman. */
int selinux_read_contexts(int root_fd, SelinuxLabels *ret, Error *e) {
        _cleanup_(freep) char *type = NULL, *path = NULL;
        int r = read_config(root_fd, &type, e);

        if (r < 0 || !type)
                return r;
        r = read_labels(root_fd, "usr/share/containers/selinux/contexts", ret, e);
        if (r != 0)
                return r;
        if (asprintf(&path, "etc/selinux/%s/contexts/lxc_contexts", type) < 0) {
                path = NULL;
                return -ENOMEM;
        }
        return read_labels(root_fd, path, ret, e);
}
