/* SPDX-License-Identifier: Apache-2.0 */
#include "store-layers.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "files.h"
#include "store-base.h"
#include "store-check.h"
#include "store-deps.h"
#include "store-image.h"
#include "store-make.h"
#include "store-seal.h"
#include "store-tree.h"

void store_layers_done(StoreLayers *layers) {
        strv_free(layers->keys);
        strv_free(layers->paths);
        *layers = STORE_LAYERS_NULL;
}

/* The trees of one image alone, topmost first. */
static int own_keys(Store *store, const char *id, Strv *ret, Error *e) {
        _cleanup_(store_image_layers_done) StoreImageLayers layers = {};
        _cleanup_(strv_freep) Strv keys = NULL;
        int r = store_image_layers_read(store, id, &layers, e);

        if (r >= 0)
                r = store_make_trees(store, &layers, e);
        for (size_t i = layers.n; r >= 0 && i-- > 0;)
                r = strv_append(&keys, layers.items[i].key);
        if (r >= 0)
                *ret = ptr_take(&keys);
        return r;
}

typedef struct KeyLists {
        Strv *items;
        size_t n;
} KeyLists;

static void key_lists_done(KeyLists *lists) {
        for (size_t i = 0; i < lists->n; i++)
                strv_free(lists->items[i]);
        free(lists->items);
}

/* One that several images depend on counts where it comes first. */
static int stack(const KeyLists *lists, Strv *ret) {
        int r = 0;

        for (size_t i = 0; i < lists->n; i++)
                for (char **key = lists->items[i]; r >= 0 && key && *key; key++)
                        if (!strv_contains(*ret, *key))
                                r = strv_append(ret, *key);
        return r;
}

static int find_keys(Store *store, const char *id, Strv *ret, AppcImage **ret_manifest, Error *e) {
        _cleanup_(store_dependencies_done) StoreDependencies list = {};
        _cleanup_(key_lists_done) KeyLists lists = {};
        _cleanup_(freep) char *key = NULL;
        int r = store_dependencies_read(store, id, &list, e);

        if (r < 0)
                return r;
        lists.items = calloc(list.n, sizeof(*lists.items));
        if (!lists.items)
                return -ENOMEM;
        for (; r >= 0 && lists.n < list.n; lists.n++)
                r = own_keys(store, list.items[lists.n].id, &lists.items[lists.n], e);
        if (r < 0)
                return r;
        r = store_dependencies_need_rendering(store, &list, (char *const *const *) lists.items, e);
        if (r > 0)
                r = store_dependencies_render(store, &list, (char *const *const *) lists.items,
                                              &key, e);
        if (r >= 0)
                r = key ? strv_push(ret, ptr_take(&key)) : stack(&lists, ret);
        if (r >= 0)
                *ret_manifest = ptr_take(&list.items[0].image);
        return r;
}

int store_layer_describes_root(const char *rootfs_path, Error *e) {
        _cleanup_(store_seal_reader_freep) StoreSealReader *reader = NULL;
        _cleanup_(store_seal_file_done) StoreSealFile file = STORE_SEAL_FILE_NULL;
        _cleanup_(fd_closep) int root_fd = open(rootfs_path, O_PATH | O_DIRECTORY | O_CLOEXEC);
        _cleanup_(fd_closep) int fd =
                root_fd < 0 ? root_fd : openat(root_fd, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        const StoreSealEntry *root = NULL;
        int r = 0;

        if (fd < 0)
                return error_new(e, -errno, "cannot open \"%s\"", rootfs_path);
        r = store_seal_file_open(fd, &file, e);
        if (r >= 0)
                r = store_seal_reader_new(file.bytes, file.n, &reader, e);
        if (r >= 0)
                r = store_seal_next(reader, &root, e);
        if (r <= 0)
                return error_new(e, -EUCLEAN, "bad seal beside \"%s\"", rootfs_path);
        return !(root->flags & STORE_SEAL_IMPLICIT);
}

/* Reads the root's entry of each seal, until one describes it; cuts off what an opaque root hides. */
static int read_roots(const Store *store, StoreLayers *layers, Error *e) {
        bool described = false;

        for (size_t i = 0; layers->keys && layers->keys[i]; i++) {
                _cleanup_(store_seal_reader_freep) StoreSealReader *reader = NULL;
                _cleanup_(store_seal_file_done) StoreSealFile file = STORE_SEAL_FILE_NULL;
                _cleanup_(fd_closep) int fd = store_tree_open(store, layers->keys[i], e);
                const StoreSealEntry *root = NULL;
                int r = fd < 0 ? fd : store_seal_file_open(fd, &file, e);

                if (r >= 0)
                        r = store_seal_reader_new(file.bytes, file.n, &reader, e);
                if (r >= 0)
                        r = store_seal_next(reader, &root, e);
                if (r <= 0)
                        return error_wrap(e, -EUCLEAN, "tree %s", layers->keys[i]);
                if (!described && (!(root->flags & STORE_SEAL_IMPLICIT) || !layers->keys[i + 1])) {
                        layers->root_mode = root->mode & 07777;
                        layers->root_uid = root->uid;
                        layers->root_gid = root->gid;
                        described = true;
                }
                if (root->flags & STORE_SEAL_OPAQUE)
                        for (size_t j = i + 1; layers->keys[j]; j++) {
                                free(layers->keys[j]);
                                layers->keys[j] = NULL;
                        }
        }
        return 0;
}

/* What else there is to know of trees whose keys are known. */
static int complete(const Store *store, StoreLayers *layers, Error *e) {
        int r = read_roots(store, layers, e);

        for (char **key = layers->keys; r >= 0 && key && *key; key++)
                r = strv_appendf(&layers->paths, "%s/tree/%s/rootfs", store->path, *key);
        return r;
}

int store_layers_get(
        Store *store, const char *id, StoreLayers *ret, AppcImage **ret_manifest, Error *e) {
        _cleanup_(store_layers_done) StoreLayers layers = { .root_mode = 0755 };
        _cleanup_(appc_image_freep) AppcImage *manifest = NULL;
        int r = find_keys(store, id, &layers.keys, &manifest, e);

        if (r >= 0)
                r = complete(store, &layers, e);
        if (r < 0)
                return r;
        *ret = struct_take(&layers);
        if (ret_manifest)
                *ret_manifest = ptr_take(&manifest);
        return 0;
}

int store_layers_get_own(Store *store, const char *id, StoreLayers *ret, Error *e) {
        _cleanup_(store_layers_done) StoreLayers layers = { .root_mode = 0755 };
        int r = own_keys(store, id, &layers.keys, e);

        if (r >= 0)
                r = complete(store, &layers, e);
        if (r >= 0)
                *ret = struct_take(&layers);
        return r;
}

/* Its layers, and what was rendered from it and what it depends on. */
static int add_present(const Store *store, const char *id, Strv *keys, Error *e) {
        _cleanup_(store_rows_freep) StoreRows *rows = NULL;
        int r = store_sql_query(store->sql, &rows, e,
                                "SELECT key FROM layer WHERE image = ?1 UNION"
                                " SELECT key FROM stack WHERE substr(list, 1, length(?1)) = ?1",
                                "s", id);

        while (r >= 0 && (r = store_rows_next(rows, e)) > 0) {
                const char *key = store_rows_text(rows, 0);

                r = store_tree_state(store, key, e);
                if (r > STORE_TREE_ABSENT && !strv_contains(*keys, key))
                        r = strv_append(keys, key);
        }
        return r;
}

int store_layers_present(Store *store, const char *id, Strv *ret_keys, Error *e) {
        _cleanup_(store_dependencies_done) StoreDependencies list = {};
        _cleanup_(store_image_done) StoreImage image = STORE_IMAGE_NULL;
        _cleanup_(strv_freep) Strv keys = NULL;
        int r = store_image_get(store, id, &image, e);

        if (r >= 0)
                r = add_present(store, id, &keys, e);
        /* What cannot be rendered any more was still rendered once. */
        if (r >= 0 && store_dependencies_read(store, id, &list, NULL) >= 0)
                for (size_t i = 1; r >= 0 && i < list.n; i++)
                        r = add_present(store, list.items[i].id, &keys, e);
        if (r >= 0)
                *ret_keys = ptr_take(&keys);
        return r;
}

static int check_full(Store *store, const char *key, bool mark, int fd, Error *e) {
        _cleanup_(store_stage_done) StoreStage stage = STORE_STAGE_NULL;
        _cleanup_(fd_closep) int lock = -EBADF;
        int r = store_stage_open(store, &stage, e);

        if (r < 0)
                return r;
        lock = store_lock_tree(store, key, true);
        if (lock < 0)
                return error_new(e, lock, "cannot lock tree %s", key);
        r = store_check_full(&stage, fd, e);
        if (r == -EUCLEAN && mark && store_tree_mark_bad(store, key, NULL) < 0)
                return error_wrap(e, r, "cannot mark tree %s as bad", key);
        return r;
}

static int check_one(Store *store, const char *key, StoreCheck check, Error *e) {
        _cleanup_(store_seal_file_done) StoreSealFile file = STORE_SEAL_FILE_NULL;
        _cleanup_(fd_closep) int fd = -EBADF, root_fd = -EBADF;
        int r = store_tree_state(store, key, e);

        if (r < 0)
                return r;
        if (r == STORE_TREE_BAD)
                return error_new(e, -EUCLEAN, "it was found to be changed");
        fd = store_tree_open(store, key, e);
        if (fd < 0)
                return fd == -ENOENT ? -EUCLEAN : fd;
        if (check == STORE_CHECK_QUICK && r != STORE_TREE_UNSURE) {
                root_fd = dir_open_at(fd, "rootfs");
                r = root_fd < 0 ? error_new(e, -EUCLEAN, "it has no rootfs")
                                : store_seal_file_open(fd, &file, e);
                if (r >= 0)
                        r = store_check_quick(root_fd, &file, e);
                if (r <= 0)
                        return r;
        }
        return check_full(store, key, check == STORE_CHECK_FULL, fd, e);
}

int store_layers_check(Store *store, char *const *keys, StoreCheck check, Error *e) {
        for (; keys && *keys; keys++) {
                int r = check_one(store, *keys, check, e);

                if (r < 0)
                        return error_wrap(e, r, "tree %s is not as it was made", *keys);
        }
        return 0;
}
