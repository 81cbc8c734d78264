/* SPDX-License-Identifier: Apache-2.0 */
#include "generator-places.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "files.h"

#define FILE_SIZE_MAX ((size_t) 4 * 1024 * 1024)

const char *generator_name(const char *path) {
        const char *slash = strrchr(path, '/');

        return slash ? slash + 1 : path;
}

static int compare_names(const void *a, const void *b) {
        return strcmp(generator_name(*(char *const *) a), generator_name(*(char *const *) b));
}

static bool has_suffix(const char *name, const char *const *suffixes) {
        for (; *suffixes; suffixes++)
                if (text_ends_with(name, *suffixes) && name[0] != '.')
                        return true;
        return false;
}

static bool is_known(char *const *paths, const char *name) {
        for (; paths && *paths; paths++)
                if (strcmp(generator_name(*paths), name) == 0)
                        return true;
        return false;
}

static int find_in(const char *directory, const char *const *suffixes, Strv *paths, Error *e) {
        _cleanup_(fd_closep) int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        _cleanup_(strv_freep) Strv names = NULL;
        int r = fd < 0 ? -errno : dir_list(fd, &names);

        if (r == -ENOENT || r == -ENOTDIR)
                return 0;
        for (char **name = names; r >= 0 && name && *name; name++)
                if (has_suffix(*name, suffixes) && !is_known(*paths, *name))
                        r = strv_appendf(paths, "%s/%s", directory, *name);
        return r < 0 ? error_wrap(e, r, "cannot read directory %s", directory) : 0;
}

int generator_find(char *const *directories, const char *const *suffixes, Strv *ret, Error *e) {
        _cleanup_(strv_freep) Strv paths = NULL;
        int r = 0;

        for (; *directories && r >= 0; directories++)
                r = find_in(*directories, suffixes, &paths, e);
        if (r < 0)
                return r;
        if (paths)
                qsort(paths, strv_length(paths), sizeof(char *), compare_names);
        *ret = ptr_take(&paths);
        return 0;
}

int generator_read(const char *path, char **ret, size_t *ret_n, Error *e) {
        _cleanup_(fd_closep) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
        struct stat st;
        int r = 0;

        if (fd < 0 || fstat(fd, &st) < 0)
                return error_wrap(e, -errno, "cannot read %s", path);
        if (S_ISCHR(st.st_mode) || (S_ISREG(st.st_mode) && st.st_size == 0))
                return 0;
        if (!S_ISREG(st.st_mode))
                return error_new(e, -EINVAL, "%s: it is no regular file", path);
        r = fd_read_all(fd, FILE_SIZE_MAX, ret, ret_n);
        return r < 0 ? error_wrap(e, r, "cannot read %s", path) : 1;
}
