/* SPDX-License-Identifier: Apache-2.0 */
#include "store-merge.h"

#include <string.h>
#include <sys/stat.h>

#include "files.h"
#include "store-tree.h"
#include "text.h"

#define DEPTH_MAX (STORE_SEAL_PATH_MAX / 2 + 2)

struct StoreMerge {
        StoreMergeTree *trees; /* topmost first */
        size_t n_trees;

        /* For each directory on the way to the path at hand, root first: where its path ends, and how
         * many of the trees, counted from the top, still have a say in it. */
        struct {
                size_t n_path, n_visible;
        } levels[DEPTH_MAX];
        size_t n_levels;
        char path[STORE_SEAL_PATH_MAX + 1]; /* of the innermost level */

        StoreSealEntry entry; /* what was returned last */
        bool *pending;        /* trees to be moved on before the next look */
};

StoreMerge *store_merge_free(StoreMerge *merge) {
        if (!merge)
                return NULL;
        for (size_t i = 0; i < merge->n_trees; i++) {
                store_seal_reader_free(merge->trees[i].reader);
                store_seal_file_done(&merge->trees[i].seal);
                fd_drop(&merge->trees[i].root_fd);
        }
        free(merge->trees);
        free(merge->pending);
        free(merge);
        return NULL;
}

static int advance(StoreMergeTree *tree, Error *e) {
        int r = store_seal_next(tree->reader, &tree->entry, e);

        if (r == 0)
                tree->entry = NULL;
        return r == -EBADMSG ? -EUCLEAN : r;
}

static int open_tree(const Store *store, const char *key, StoreMergeTree *ret, Error *e) {
        _cleanup_(fd_closep) int fd = store_tree_open(store, key, e);
        int r = fd;

        if (r < 0)
                return r;
        ret->root_fd = dir_open_at(fd, "rootfs");
        if (ret->root_fd < 0)
                return error_new(e, ret->root_fd, "cannot open tree %s", key);
        r = store_seal_file_open(fd, &ret->seal, e);
        if (r >= 0)
                r = store_seal_reader_new(ret->seal.bytes, ret->seal.n, &ret->reader, e);
        if (r >= 0)
                r = advance(ret, e);
        return r < 0 ? error_wrap(e, r == -EBADMSG ? -EUCLEAN : r, "tree %s", key) : 0;
}

int store_merge_new(const Store *store, char *const *keys, StoreMerge **ret, Error *e) {
        _cleanup_(store_merge_freep) StoreMerge *merge = calloc(1, sizeof(*merge));
        size_t n = strv_length(keys);

        if (!merge)
                return -ENOMEM;
        merge->trees = calloc(n + 1, sizeof(*merge->trees));
        merge->pending = calloc(n + 1, sizeof(*merge->pending));
        if (!merge->trees || !merge->pending)
                return -ENOMEM;
        for (; merge->n_trees < n; merge->n_trees++) {
                StoreMergeTree *tree = &merge->trees[merge->n_trees];
                int r = 0;

                tree->root_fd = -EBADF;
                r = open_tree(store, keys[merge->n_trees], tree, e);
                if (r < 0) {
                        merge->n_trees++; /* half of it may be open */
                        return r;
                }
        }
        *ret = ptr_take(&merge);
        return 0;
}

/* Leaves the directories that do not hold @path, and says how many trees are to be asked about it. */
static size_t visible_for(StoreMerge *merge, const char *path) {
        while (merge->n_levels > 0) {
                size_t n = merge->levels[merge->n_levels - 1].n_path;

                if (n == 0 || (strncmp(path, merge->path, n) == 0 && path[n] == '/'))
                        return merge->levels[merge->n_levels - 1].n_visible;
                merge->n_levels--;
        }
        return merge->n_trees;
}

/* How many trees, from the top, a directory of that path lets through. */
static size_t visible_below(const StoreMerge *merge, const char *path, size_t n_visible) {
        size_t n = 0;

        for (size_t i = 0; i < n_visible; i++) {
                const StoreSealEntry *entry = merge->trees[i].entry;

                if (!entry || strcmp(entry->path, path) != 0)
                        continue;
                if (!S_ISDIR(entry->mode))
                        break;
                n = i + 1;
                if (entry->flags & STORE_SEAL_OPAQUE)
                        break;
        }
        return n;
}

static void enter(StoreMerge *merge, const StoreSealEntry *entry, size_t n_visible) {
        merge->levels[merge->n_levels].n_path = entry->n_path;
        merge->levels[merge->n_levels].n_visible = n_visible;
        merge->n_levels++;
        memcpy(merge->path, entry->path, entry->n_path + 1);
}

static bool is_whiteout(const StoreSealEntry *entry) {
        return S_ISCHR(entry->mode);
}

/* The first path that any tree has next. */
static const char *first_path(const StoreMerge *merge) {
        const char *first = NULL;

        for (size_t i = 0; i < merge->n_trees; i++) {
                const StoreSealEntry *entry = merge->trees[i].entry;

                if (entry && (!first || store_seal_compare(entry->path, first) < 0))
                        first = entry->path;
        }
        return first;
}

/* Of all roots, the topmost that an image described: the others only have the defaults. */
static const StoreMergeTree *pick_root(const StoreMerge *merge, size_t n_visible) {
        for (size_t i = 0; i < n_visible; i++)
                if (!(merge->trees[i].entry->flags & STORE_SEAL_IMPLICIT))
                        return &merge->trees[i];
        return &merge->trees[0];
}

static const StoreMergeTree *pick(StoreMerge *merge, const char *path) {
        size_t n_visible = visible_for(merge, path), n_below = 0;
        const StoreMergeTree *found = NULL;

        for (size_t i = 0; i < merge->n_trees; i++) {
                const StoreSealEntry *entry = merge->trees[i].entry;

                merge->pending[i] = entry && strcmp(entry->path, path) == 0;
                if (merge->pending[i] && i < n_visible && !found)
                        found = &merge->trees[i];
        }
        if (!found)
                return NULL;
        if (S_ISDIR(found->entry->mode))
                n_below = visible_below(merge, path, n_visible);
        enter(merge, found->entry, n_below); /* a file hides directories of its name, too */
        if (is_whiteout(found->entry))
                return NULL;
        return found->entry->n_path == 0 ? pick_root(merge, n_below) : found;
}

static int move_on(StoreMerge *merge, Error *e) {
        for (size_t i = 0; i < merge->n_trees; i++) {
                int r = merge->pending[i] ? advance(&merge->trees[i], e) : 0;

                merge->pending[i] = false;
                if (r < 0)
                        return r;
        }
        return 0;
}

int store_merge_next(StoreMerge *merge, const StoreSealEntry **ret, int *ret_root_fd, Error *e) {
        for (;;) {
                const StoreMergeTree *found = NULL;
                const char *path = NULL;
                int r = move_on(merge, e);

                if (r < 0)
                        return r;
                path = first_path(merge);
                if (!path)
                        return 0;
                found = pick(merge, path);
                if (!found)
                        continue;
                merge->entry = *found->entry;
                *ret = &merge->entry;
                *ret_root_fd = found->root_fd;
                return 1;
        }
}
