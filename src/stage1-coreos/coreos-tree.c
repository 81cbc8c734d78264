/* SPDX-License-Identifier: Apache-2.0 */
#include "coreos-tree.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "files.h"
#include "openat.h"
#include "pod-files.h"

#define USERS_MAX ((size_t) 1024 * 1024)

/* The host's own links into /usr. */
static int copy_links(int root_fd) {
        static const char *const names[] = { "bin", "lib", "lib32", "lib64", "libx32", "sbin" };
        _cleanup_(fd_closep) int host_fd = dir_open_at(AT_FDCWD, "/");

        for (size_t i = 0; i < N_ELEMENTS(names); i++) {
                char target[256];
                ssize_t n = readlinkat(host_fd, names[i], target, sizeof(target) - 1);

                if (n < 0)
                        continue;
                target[n] = '\0';
                if (symlinkat(target, root_fd, names[i]) < 0 && errno != EEXIST)
                        return -errno;
        }
        return 0;
}

static int write_in(int root_fd, const char *directory, const char *name, const char *text) {
        _cleanup_(fd_closep) int fd = mkdir_beneath(root_fd, directory, 0755);

        return fd < 0 ? fd : file_write_at(fd, name, text, strlen(text), 0644, 0);
}

/* systemd-nspawn gives a pod control groups of version 2 where the name of a library says that the systemd in it
 * knows them, and would find none before the host's /usr is there. Without them systemd is not told that the last
 * process of an app has ended, and stops it for as long as it may take. */
static int write_version(int root_fd) {
        return write_in(root_fd, "usr/lib64/systemd", "libsystemd-shared-233.so", "");
}

/* systemd-nspawn boots only what says that it is a system. */
static int write_identity(int root_fd, const Uuid *uuid) {
        char id[sizeof(uuid->text) + 1];
        size_t n = 0;
        int r = 0;

        for (const char *c = uuid->text; *c; c++)
                if (*c != '-')
                        id[n++] = *c;
        id[n++] = '\n';
        id[n] = '\0';
        r = write_in(root_fd, "etc", "machine-id", id);
        return r < 0 ? r : write_in(root_fd, "etc", "os-release", "ID=rkt\nNAME=rkt\n");
}

int coreos_tree_make(int root_fd, bool own_usr, const Uuid *uuid, Error *e) {
        static const char *const directories[] = {
                "dev",         "etc",       "proc",       "run",
                "sys",         "tmp",       "usr",        "var/log/journal",
                "rkt/volumes", COREOS_APPS, POD_RESTARTS, COREOS_READY
        };
        int r = 0;

        for (size_t i = 0; i < N_ELEMENTS(directories) && r >= 0; i++) {
                _cleanup_(fd_closep) int fd = mkdir_beneath(root_fd, directories[i], 0755);

                r = fd < 0 ? fd : 0;
        }
        if (r >= 0 && !own_usr)
                r = copy_links(root_fd);
        if (r >= 0 && !own_usr)
                r = write_version(root_fd);
        if (r >= 0)
                r = write_identity(root_fd, uuid);
        if (r >= 0)
                r = write_in(root_fd, "etc/systemd", "journald.conf",
                             "[Journal]\nStorage=persistent\nForwardToConsole=yes\n"
                             "MaxLevelConsole=info\nSystemMaxFileSize=8M\n");
        return r < 0 ? error_wrap(e, r, "cannot make the pod's root") : 0;
}

static int write_lines(int root_fd, const char *name, const char *first, char *const *lines) {
        _cleanup_(strv_freep) Strv all = NULL;
        _cleanup_(freep) char *text = NULL;
        int r = strv_append(&all, first);

        for (; lines && *lines && r >= 0; lines++)
                if (!strv_contains(all, *lines))
                        r = strv_append(&all, *lines);
        if (r >= 0)
                r = strv_append(&all, "");
        if (r < 0)
                return r;
        text = strv_join(all, "\n");
        return text ? write_in(root_fd, "etc", name, text) : -ENOMEM;
}

/* A pod whose apps come later ends with none of them: it needs itself. */
static int write_target(int root_fd, const AppcPod *manifest, bool is_mutable) {
        _cleanup_(freep) char *text = NULL;
        size_t n = 0;
        FILE *out = open_memstream(&text, &n);

        if (!out)
                return -ENOMEM;
        fputs("[Unit]\nDescription=Apps of the pod\nDefaultDependencies=no\n"
              "Wants=systemd-journald-dev-log.socket\n"
              "Requires=rkt-ready.socket\nAfter=rkt-ready.socket\n",
              out);
        if (is_mutable)
                fputs("Requires=rkt-needed.service\nAfter=rkt-needed.service\n", out);
        for (size_t i = 0; i < manifest->n_apps; i++)
                fprintf(out,
                        "Wants=%1$s.service rkt-checked@%1$s.target\n"
                        "After=%1$s.service\n",
                        manifest->apps[i].name);
        return fclose(out) != 0 ? -ENOMEM : write_in(root_fd, COREOS_UNITS, "default.target", text);
}

/* systemd gives the descriptors it was started with to those units that it knows before it starts the first:
 * what the mounts it finds depend on. */
static int write_sockets(int root_fd, char *const *units) {
        _cleanup_(freep) char *list = units && *units ? strv_join(units, " ") : NULL;
        _cleanup_(freep) char *text = NULL;

        if (!list)
                return units && *units ? -ENOMEM : 0;
        if (asprintf(&text,
                     "[Unit]\nDescription=Sockets of the pod\nDefaultDependencies=no\nWants=%s\n",
                     list) < 0) {
                text = NULL;
                return -ENOMEM;
        }
        return write_in(root_fd, COREOS_UNITS, "local-fs.target", text);
}

int coreos_tree_finish(
        int root_fd, const AppcPod *manifest, bool is_mutable, const CoreosNeeds *needs, Error *e) {
        int r = write_lines(root_fd, "passwd", "root:x:0:0::/root:/bin/sh", needs->users);

        if (r >= 0)
                r = write_lines(root_fd, "group", "root:x:0:", needs->groups);
        if (r >= 0)
                r = write_target(root_fd, manifest, is_mutable);
        if (r >= 0)
                r = write_sockets(root_fd, needs->socket_units);
        return r < 0 ? error_wrap(e, r, "cannot make the pod's root") : 0;
}

static int add_lines(int root_fd, const char *name, char *const *lines) {
        _cleanup_(fd_closep) int etc_fd = open_beneath(root_fd, "etc", O_RDONLY | O_DIRECTORY);
        _cleanup_(freep) char *text = NULL;
        size_t n = 0;
        int r = etc_fd < 0 ? etc_fd : file_read_at(etc_fd, name, USERS_MAX, &text, &n);

        return r < 0 ? r : write_lines(root_fd, name, text_trim(text), lines);
}

int coreos_tree_add_users(int root_fd, const CoreosNeeds *needs, Error *e) {
        int r = add_lines(root_fd, "passwd", needs->users);

        if (r >= 0)
                r = add_lines(root_fd, "group", needs->groups);
        return r < 0 ? error_wrap(e, r, "cannot make the app's user known in the pod") : 0;
}
