/* SPDX-License-Identifier: Apache-2.0 */
#include "output-place.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "files.h"
#include "text.h"

/* Absolute and without "..": words only, what they name is opened later. */
static char *absolute(const char *path) {
        _cleanup_(freep) char *joined = NULL;
        char here[PATH_MAX] = "";

        if (*path != '/' && !getcwd(here, sizeof(here)))
                return NULL;
        if (asprintf(&joined, "%s/%s", here, path) < 0) {
                joined = NULL;
                return NULL;
        }
        return path_clean(joined);
}

/* Symlinks and ".." as the kernel sees them. */
static bool is_root(const char *path) {
        struct stat st, root;

        return stat(path, &st) >= 0 && stat("/", &root) >= 0 && st.st_dev == root.st_dev &&
               st.st_ino == root.st_ino;
}

int output_place_open(const char *path, bool overwrite, OutputPlace *ret, Error *e) {
        _cleanup_(output_place_done) OutputPlace place = OUTPUT_PLACE_NULL;
        _cleanup_(freep) char *full = absolute(path), *random = random_hex(4);
        char *slash = full ? strrchr(full, '/') : NULL;
        struct stat st;

        if (!slash || !random)
                return -ENOMEM;
        if (is_root(full) || slash[1] == '\0')
                return error_new(e, -EINVAL, "\"%s\" is the root directory", path);
        place.overwrite = overwrite;
        place.name = strdup(slash + 1);
        if (!place.name || asprintf(&place.temporary, ".%.200s.%s", place.name, random) < 0) {
                place.temporary = NULL;
                return -ENOMEM;
        }
        *slash = '\0';
        place.parent_fd = open(*full ? full : "/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (place.parent_fd < 0)
                return error_new(e, -errno, "cannot open directory \"%s\": %s", *full ? full : "/",
                                 strerror(errno));
        if (!overwrite && fstatat(place.parent_fd, place.name, &st, AT_SYMLINK_NOFOLLOW) >= 0)
                return error_new(e, -EEXIST, "\"%s\" exists", path);
        *ret = place;
        place = OUTPUT_PLACE_NULL;
        return 0;
}

int output_place_finish(OutputPlace *place, Error *e) {
        unsigned flags = place->overwrite ? 0 : RENAME_NOREPLACE;
        int r = renameat2(place->parent_fd, place->temporary, place->parent_fd, place->name, flags);

        if (r < 0 &&
            place->overwrite) { /* a directory is not replaced as long as it holds a thing */
                r = tree_remove_at(place->parent_fd, place->name);
                if (r < 0)
                        return error_new(e, r, "cannot remove the old \"%s\": %s", place->name,
                                         strerror(-r));
                r = renameat(place->parent_fd, place->temporary, place->parent_fd, place->name);
        }
        if (r < 0)
                return error_new(e, -errno, "cannot move to \"%s\": %s", place->name,
                                 strerror(errno));
        free(ptr_take(&place->temporary));
        return 0;
}

void output_place_done(OutputPlace *place) {
        if (place->temporary && place->parent_fd >= 0)
                (void) tree_remove_at(place->parent_fd, place->temporary);
        fd_drop(&place->parent_fd);
        free(place->temporary);
        free(place->name);
        *place = OUTPUT_PLACE_NULL;
}
