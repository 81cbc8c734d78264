/* SPDX-License-Identifier: Apache-2.0 */
#include "app-exec.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "openat.h"
#include "text.h"

/* Returns 0 if @path is a file that somebody may execute. */
static int check(int root_fd, const char *path) {
        _cleanup_(fd_closep) int fd = open_in_root(root_fd, path, O_PATH);
        struct stat st;

        if (fd < 0)
                return fd;
        if (fstat(fd, &st) < 0)
                return -errno;
        if (!S_ISREG(st.st_mode) || (st.st_mode & 0111) == 0)
                return -EACCES;
        return 0;
}

static char *join(const char *directory, const char *name) {
        char *path = NULL;
        const char *slash = text_ends_with(directory, "/") ? "" : "/";

        return asprintf(&path, "%s%s%s", directory, slash, name) < 0 ? NULL : path;
}

static int found_or_not(int root_fd, char *path, char **ret, Error *e) {
        _cleanup_(freep) char *owned = path;
        int r = owned ? check(root_fd, owned) : -ENOMEM;

        if (r == -EACCES)
                return error_new(e, r, "\"%s\" is not an executable file in the image", owned);
        if (r < 0)
                return error_wrap(e, r, "cannot execute \"%s\" of the image", owned);
        *ret = ptr_take(&owned);
        return 0;
}

/* Where a bare word is looked for. */
static int search_places(const AppcPairs *environment, const char *directory, Strv *ret) {
        const char *search = appc_pairs_get(environment, "PATH");
        const char *const fallback[] = { directory, "/bin", "/usr/bin" };
        int r = 0;

        if (search)
                return strv_split(search, ':', ret);
        for (size_t i = 0; i < N_ELEMENTS(fallback) && r >= 0; i++)
                r = strv_append(ret, fallback[i]);
        return r;
}

int app_exec_find(int root_fd,
                  const char *word,
                  const char *directory,
                  const AppcPairs *environment,
                  char **ret,
                  Error *e) {
        _cleanup_(strv_freep) Strv places = NULL;
        _cleanup_(freep) char *joined = NULL;
        int r = 0;

        directory = text_is_empty(directory) ? "/" : directory;
        if (word[0] == '/')
                return found_or_not(root_fd, strdup(word), ret, e);
        if (strchr(word, '/'))
                return found_or_not(root_fd, join(directory, word), ret, e);

        r = search_places(environment, directory, &places);
        if (r < 0)
                return r;
        for (char **place = places; *place; place++) {
                _cleanup_(freep) char *candidate = join(**place ? *place : directory, word);

                if (!candidate)
                        return -ENOMEM;
                if (check(root_fd, candidate) >= 0) {
                        *ret = ptr_take(&candidate);
                        return 0;
                }
        }
        joined = strv_join(places, ":");
        return error_new(e, -ENOENT, "error looking up \"%s\": unable to find \"%s\" in \"%s\"",
                         word, word, joined ? joined : "PATH");
}
