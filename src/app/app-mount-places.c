/* SPDX-License-Identifier: Apache-2.0 */
#include "app-mount-places.h"

#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>

#include "openat.h"

#define LINKS_MAX 40 /* as the kernel */

typedef struct Place {
        const AppMount *mount;
        int source_fd;
        char *path;               /* NULL until it was looked for */
        const struct Place *kept; /* the innermost volume of whose symlinks one was followed */
} Place;

typedef struct Places {
        int root_fd;
        Place *items;
        size_t n;
} Places;

/* Appends a component, or takes the last one off again for "..": @at holds no symlinks. */
static int step(char **at, const char *name, size_t n) {
        char *next = NULL;

        if (n == 2 && memcmp(name, "..", n) == 0) {
                char *last = strrchr(*at, '/');

                if (last)
                        *last = '\0';
                return 0;
        }
        if (asprintf(&next, "%s/%.*s", *at, (int) n, name) < 0)
                return -ENOMEM;
        free(*at);
        *at = next;
        return 0;
}

/* The innermost volume that has @path in it, and where there; NULL where that is the image. No volume lies in
 * itself. */
static const Place *
volume_of(const Places *places, const Place *self, const char *path, const char **ret_rest) {
        const Place *found = NULL;

        for (size_t i = 0; i < places->n; i++) {
                const Place *place = &places->items[i];

                if (place != self && place->path && path_is_within(path, place->path) &&
                    (!found || strlen(place->path) > strlen(found->path)))
                        found = place;
        }
        if (found)
                *ret_rest = path + strlen(found->path) + strspn(path + strlen(found->path), "/");
        return found;
}

/* The text of the symlink at @path; -EINVAL where there is none. No other symlink is on the way. */
static int read_link(const Places *places,
                     const Place *self,
                     const char *path,
                     const Place **ret_volume,
                     char **ret) {
        const char *rest = path + 1;
        const Place *volume = volume_of(places, self, path, &rest);
        _cleanup_(fd_closep) int fd = -EBADF;
        char text[PATH_MAX];
        ssize_t n = 0;

        if (*rest == '\0')
                return -EINVAL;
        fd = open_beneath(volume ? volume->source_fd : places->root_fd, rest, O_PATH | O_NOFOLLOW);
        if (fd < 0)
                return fd;
        n = readlinkat(fd, "", text, sizeof(text));
        if (n < 0)
                return errno == ENOENT ? -EINVAL
                                       : -errno; /* so says the kernel of what is no link */
        if ((size_t) n == sizeof(text))
                return -ENAMETOOLONG;
        *ret_volume = volume;
        *ret = strndup(text, (size_t) n);
        return *ret ? 0 : -ENOMEM;
}

/* The symlink at the end of @at, in front of what is left to walk. */
static int follow(char **at, const char *link, char **rest, const char *left) {
        char *next = NULL;

        if (asprintf(&next, "%s/%s", link, left) < 0)
                return -ENOMEM;
        free(*rest);
        *rest = next;
        *(*link == '/' ? *at : strrchr(*at, '/')) = '\0';
        return 0;
}

static int find(const Places *places, const Place *self, const Place **ret_kept, char **ret) {
        _cleanup_(freep) char *at = strdup(""), *rest = strdup(self->mount->target);
        unsigned n_links = 0;
        const char *name = rest;
        int r = at && rest ? 0 : -ENOMEM;

        while (r >= 0 && name[strspn(name, "/")] != '\0') {
                _cleanup_(freep) char *link = NULL;
                const Place *volume = NULL;
                size_t n = 0;

                name += strspn(name, "/");
                n = strcspn(name, "/");
                r = n == 1 && *name == '.' ? 0 : step(&at, name, n);
                name += n;
                if (r < 0)
                        break;
                r = *at ? read_link(places, self, at, &volume, &link) : -EINVAL;
                if (r == -EINVAL || r == -ENOENT || r == -ENOTDIR)
                        r = 0;
                else if (r >= 0)
                        r = ++n_links > LINKS_MAX ? -ELOOP : follow(&at, link, &rest, name);
                if (link)
                        name = rest;
                if (volume && (!*ret_kept || strlen(volume->path) > strlen((*ret_kept)->path)))
                        *ret_kept = volume;
        }
        if (r < 0)
                return r;
        *ret = *at ? ptr_take(&at) : strdup("/");
        return *ret ? 0 : -ENOMEM;
}

/* Looks again with the others where they are by now. Returns whether it was elsewhere. */
static int look(const Places *places, Place *place, Error *e) {
        _cleanup_(freep) char *path = NULL;
        bool moved = false;
        int r = 0;

        place->kept = NULL;
        r = find(places, place, &place->kept, &path);
        if (r < 0)
                return error_wrap(e, r, "cannot mount on \"%s\" of the image",
                                  place->mount->target);
        moved = !place->path || strcmp(path, place->path) != 0;
        free(place->path);
        place->path = ptr_take(&path);
        return moved;
}

/* What others are mounted in may come after them. Each round places at least one more for good, unless two are
 * each in the other. */
static int settle(Places *places, Error *e) {
        for (size_t round = 0; round <= places->n + 1; round++) {
                bool moved = false;

                for (size_t i = 0; i < places->n; i++) {
                        int r = look(places, &places->items[i], e);

                        if (r < 0)
                                return r;
                        moved = moved || r > 0;
                }
                if (!moved)
                        return 0;
        }
        return error_new(e, -ELOOP, "volumes are to be mounted in each other");
}

static int check(const Place *place, Error *e) {
        return !place->kept || path_is_within(place->path, place->kept->path)
                       ? 0
                       : error_new(
                                 e, -EXDEV,
                                 "cannot mount on \"%s\": a symlink in volume \"%s\" leads out of it",
                                 place->mount->target, place->kept->mount->volume.name);
}

static void places_done(Places *places) {
        for (size_t i = 0; i < places->n; i++)
                free(places->items[i].path);
        free(places->items);
}

int app_mount_places(
        int root_fd, const AppMounts *mounts, const int *source_fds, Strv *ret, Error *e) {
        _cleanup_(places_done) Places places = { .root_fd = root_fd };
        _cleanup_(strv_freep) Strv list = NULL;
        int r = 0;

        places.items = calloc(mounts->n + 1, sizeof(Place));
        if (!places.items)
                return -ENOMEM;
        for (; places.n < mounts->n; places.n++)
                places.items[places.n] = (Place){ .mount = &mounts->items[places.n],
                                                  .source_fd = source_fds[places.n] };
        r = settle(&places, e);
        for (size_t i = 0; i < places.n && r >= 0; i++) {
                r = check(&places.items[i], e);
                if (r >= 0)
                        r = strv_append(&list, places.items[i].path);
        }
        if (r < 0)
                return r;
        *ret = ptr_take(&list);
        return 0;
}
