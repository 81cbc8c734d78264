/* SPDX-License-Identifier: Apache-2.0 */
#include "store-below.h"

#include <search.h>
#include <string.h>
#include <sys/stat.h>

#include "store-copy.h"
#include "store-merge.h"
#include "text.h"

/* The trees are read from beginning to end, once for each symlink that leads to the next: all that is
 * kept is the paths wanted, and what the walk found there. */
#define ROUNDS_MAX 41
#define WANTED_MAX ((size_t) 1024 * 1024)

typedef struct Wanted {
        char *path;
        mode_t mode;  /* 0: not found */
        char *target; /* of a symlink */
} Wanted;

typedef struct Below {
        void *wanted; /* a tree of Wanted, by path */
        size_t n_wanted;
        bool grew; /* something was added since the last walk */
} Below;

static int compare(const void *a, const void *b) {
        return strcmp(((const Wanted *) a)->path, ((const Wanted *) b)->path);
}

static void wanted_free(void *node) {
        Wanted *wanted = node;

        free(wanted->path);
        free(wanted->target);
        free(wanted);
}

static void below_done(Below *below) {
        tdestroy(below->wanted, wanted_free);
}

static Wanted *find(const Below *below, const char *path) {
        Wanted key = { .path = (char *) (uintptr_t) path };
        Wanted *const *node = tfind(&key, &below->wanted, compare);

        return node ? *node : NULL;
}

static int want(Below *below, const char *path, size_t n) {
        _cleanup_(freep) char *copy = strndup(path, n);
        Wanted *wanted = NULL;

        if (!copy)
                return -ENOMEM;
        if (find(below, copy))
                return 0;
        if (below->n_wanted++ >= WANTED_MAX)
                return -E2BIG;
        wanted = calloc(1, sizeof(*wanted));
        if (!wanted)
                return -ENOMEM;
        wanted->path = ptr_take(&copy);
        if (!tsearch(wanted, &below->wanted, compare)) {
                wanted_free(wanted);
                return -ENOMEM;
        }
        below->grew = true;
        return 0;
}

/* A path being resolved: real directories, and what is to come. */
typedef struct Walk {
        char at[STORE_SEAL_PATH_MAX + 1];
        size_t n;
        char *rest; /* owned */
        unsigned n_symlinks;
} Walk;

static void walk_done(Walk *walk) {
        free(walk->rest);
}

static void ascend(Walk *walk) {
        const char *slash = strrchr(walk->at, '/');

        walk->n = slash ? (size_t) (slash - walk->at) : 0;
        walk->at[walk->n] = '\0';
}

static int descend(Walk *walk, const char *name, size_t n) {
        if (walk->n + 1 + n > STORE_SEAL_PATH_MAX)
                return -ENAMETOOLONG;
        if (walk->n > 0)
                walk->at[walk->n++] = '/';
        memcpy(walk->at + walk->n, name, n);
        walk->n += n;
        walk->at[walk->n] = '\0';
        return 0;
}

static int follow(Walk *walk, const char *target, const char *rest) {
        char *joined = NULL;

        if (++walk->n_symlinks >= ROUNDS_MAX)
                return -ELOOP;
        if (asprintf(&joined, "%s/%s", target, rest) < 0)
                return -ENOMEM;
        free(walk->rest);
        walk->rest = joined;
        if (target[0] == '/') {
                walk->n = 0;
                walk->at[0] = '\0';
        } else
                ascend(walk);
        return 0;
}

/* What comes next is most likely what the path says. */
static int want_rest(Below *below, Walk *walk, const char *rest) {
        while (*rest) {
                size_t n = strcspn(rest, "/");
                int r = 0;

                if (n == 0 || rest[0] == '.')
                        return 0;
                r = descend(walk, rest, n);
                if (r >= 0)
                        r = want(below, walk->at, walk->n);
                if (r < 0)
                        return r;
                rest += n + (rest[n] == '/');
        }
        return 0;
}

/* Goes as far as is known, and wants what comes next. Returns 0; a negative errno. */
static int resolve(Below *below, const char *path) {
        _cleanup_(walk_done) Walk walk = { .rest = strdup(path) };
        size_t used = 0;

        if (!walk.rest)
                return -ENOMEM;
        while (walk.rest[used]) {
                const char *name = walk.rest + used;
                size_t n = strcspn(name, "/");
                const Wanted *wanted = NULL;
                int r = 0;

                used += n + (name[n] == '/');
                if (n == 0 || (n == 1 && name[0] == '.'))
                        continue;
                if (n == 2 && name[0] == '.' && name[1] == '.') {
                        ascend(&walk);
                        continue;
                }
                r = descend(&walk, name, n);
                if (r >= 0)
                        r = want(below, walk.at, walk.n);
                if (r < 0)
                        return r;
                wanted = find(below, walk.at);
                if (wanted && S_ISLNK(wanted->mode)) {
                        r = follow(&walk, wanted->target, walk.rest + used);
                        used = 0;
                        if (r < 0)
                                return r;
                } else if (!wanted ||
                           !S_ISDIR(wanted->mode)) /* not seen yet, not there, or the end */
                        return want_rest(below, &walk, walk.rest + used);
        }
        return 0;
}

static int resolve_all(Below *below, const char *needs, size_t n_needs) {
        for (size_t at = 0; at < n_needs; at += strlen(needs + at) + 1) {
                int r = resolve(below, needs + at);

                if (r < 0 && r != -ELOOP && r != -ENAMETOOLONG)
                        return r;
        }
        return 0;
}

static int
walk_trees(const Store *store, char *const *keys, Below *below, StoreCopy *copy, Error *e) {
        _cleanup_(store_merge_freep) StoreMerge *merge = NULL;
        const StoreSealEntry *entry = NULL;
        int root_fd = -EBADF, r = store_merge_new(store, keys, &merge, e);

        while (r >= 0 && (r = store_merge_next(merge, &entry, &root_fd, e)) > 0) {
                Wanted *wanted = entry->n_path > 0 ? find(below, entry->path) : NULL;

                if (wanted && copy)
                        r = store_copy_add(copy, entry, root_fd, e);
                else if (wanted && wanted->mode == 0) {
                        wanted->mode = entry->mode;
                        wanted->target = strdup(entry->target);
                        if (!wanted->target)
                                return -ENOMEM;
                }
        }
        return r;
}

int store_below_copy(const Store *store,
                     char *const *keys,
                     const char *needs,
                     size_t n_needs,
                     int directory_fd,
                     Error *e) {
        _cleanup_(store_copy_freep) StoreCopy *copy = NULL;
        _cleanup_(below_done) Below below = {};
        int r = 0;

        if (n_needs == 0 || needs[n_needs - 1] != '\0')
                return error_new(e, -EPROTO, "the helper tells paths without an end");
        do {
                below.grew = false;
                r = resolve_all(&below, needs, n_needs);
                if (r >= 0 && below.grew)
                        r = walk_trees(store, keys, &below, NULL, e);
        } while (r >= 0 && below.grew);
        if (r >= 0)
                r = store_copy_new(directory_fd, NULL, &copy);
        if (r >= 0)
                r = walk_trees(store, keys, &below, copy, e);
        if (r >= 0)
                r = store_copy_finish(copy, e);
        return r < 0 ? error_wrap(e, r, "cannot take from the layers below") : 0;
}
