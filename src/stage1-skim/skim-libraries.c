/* SPDX-License-Identifier: Apache-2.0 */
#include "skim-libraries.h"

#include <fcntl.h>
#include <fnmatch.h>
#include <limits.h>
#include <sys/stat.h>

#include "files.h"
#include "openat.h"

#define CONFIG_MAX ((size_t) 64 * 1024)
#define DIRECTORIES_MAX 128

#if defined(__x86_64__)
#        define MULTIARCH "x86_64-linux-gnu"
#elif defined(__aarch64__)
#        define MULTIARCH "aarch64-linux-gnu"
#elif defined(__arm__)
#        define MULTIARCH "arm-linux-gnueabihf"
#elif defined(__powerpc64__)
#        define MULTIARCH "powerpc64le-linux-gnu"
#elif defined(__riscv)
#        define MULTIARCH "riscv64-linux-gnu"
#else
#        define MULTIARCH "i386-linux-gnu"
#endif

int skim_host_path(int root_fd, const char *root_path, const char *path, char **ret) {
        _cleanup_(fd_closep) int fd = open_in_root(root_fd, path, O_PATH);
        char link[FD_PATH_MAX], real[PATH_MAX];
        ssize_t n = 0;

        if (fd < 0)
                return fd;
        n = readlink(fd_path(fd, link), real, sizeof(real) - 1);
        if (n < 0)
                return -errno;
        real[n] = '\0';
        /* In another mount namespace, or renamed away: then the kernel shows some other path. */
        if (!text_after(real, root_path))
                return -EXDEV;
        *ret = strdup(real);
        return *ret ? 0 : -ENOMEM;
}

static int read_config(int root_fd, const char *path, char **ret) {
        _cleanup_(fd_closep) int fd = open_regular(root_fd, path);
        size_t n = 0;

        return fd < 0 ? fd : fd_read_all(fd, CONFIG_MAX, ret, &n);
}

static int add_config(int root_fd, const char *path, bool follow, Strv *directories);

/* "include PATTERN": patterns only in the last component, which is all that is in use. */
static int add_includes(int root_fd, const char *pattern, Strv *directories) {
        const char *slash = strrchr(pattern, '/');
        _cleanup_(freep) char *directory =
                slash ? strndup(pattern, (size_t) (slash - pattern) + 1) : strdup("/etc/");
        _cleanup_(strv_freep) Strv names = NULL;
        _cleanup_(fd_closep) int fd = -EBADF;
        int r = 0;

        if (!directory)
                return -ENOMEM;
        fd = open_in_root(root_fd, directory, O_RDONLY | O_DIRECTORY);
        if (fd < 0 || dir_list(fd, &names) < 0)
                return 0; /* nothing there to include */
        for (char **name = names; *name && r >= 0; name++) {
                _cleanup_(freep) char *path = NULL;

                if (fnmatch(slash ? slash + 1 : pattern, *name, FNM_PERIOD) != 0)
                        continue;
                if (asprintf(&path, "%s%s", directory, *name) < 0) {
                        path = NULL;
                        return -ENOMEM;
                }
                r = add_config(root_fd, path, false, directories);
        }
        return r;
}

/* Source: ldconfig(8) for the format. A broken configuration is as good as none. */
static int add_config(int root_fd, const char *path, bool follow, Strv *directories) {
        _cleanup_(freep) char *text = NULL;
        int r = read_config(root_fd, path, &text);

        if (r < 0)
                return r == -ENOMEM ? r : 0;
        r = 0;
        for (char *state = NULL, *line = strtok_r(text, "\n", &state); line && r >= 0;
             line = strtok_r(NULL, "\n", &state)) {
                const char *included = NULL;

                line[strcspn(line, "#")] = '\0';
                line = text_trim(line);
                included = text_after(line, "include ");
                if (included && follow)
                        r = add_includes(root_fd, included, directories);
                else if (line[0] == '/' && strv_length(*directories) < DIRECTORIES_MAX)
                        r = strv_append(directories, line);
        }
        return r;
}

int skim_library_path(int root_fd, const char *root_path, char *const *extra, char **ret) {
        static const char *const usual[] = {
                "/usr/local/lib", "/lib/" MULTIARCH, "/usr/lib/" MULTIARCH, "/lib64", "/usr/lib64",
                "/lib",           "/usr/lib",
        };
        _cleanup_(strv_freep) Strv directories = NULL, found = NULL;
        int r = 0;

        for (; extra && *extra && r >= 0; extra++)
                if (**extra == '/')
                        r = strv_append(&directories, *extra);
        if (r >= 0)
                r = add_config(root_fd, "/etc/ld.so.conf", true, &directories);
        for (size_t i = 0; i < N_ELEMENTS(usual) && r >= 0; i++)
                r = strv_append(&directories, usual[i]);
        for (char **directory = directories; r >= 0 && *directory; directory++) {
                _cleanup_(freep) char *real = NULL;

                if (skim_host_path(root_fd, root_path, *directory, &real) < 0)
                        continue;
                if (!strv_contains(found, real))
                        r = strv_append(&found, real);
        }
        if (r < 0)
                return r;
        *ret = strv_join(found, ":");
        return *ret ? 0 : -ENOMEM;
}
