/* SPDX-License-Identifier: Apache-2.0 */
#include "store-deps.h"

#include <search.h>
#include <string.h>
#include <sys/stat.h>

#include "store-copy.h"
#include "store-image.h"
#include "store-make.h"
#include "store-merge.h"
#include "store-tree.h"

void store_dependencies_done(StoreDependencies *list) {
        for (size_t i = 0; i < list->n; i++) {
                free(list->items[i].id);
                appc_image_free(list->items[i].image);
        }
        free(list->items);
        *list = (StoreDependencies){};
}

/* The images between the root and the one at hand. */
typedef struct Above {
        const struct Above *above;
        const char *id;
        unsigned depth;
} Above;

/* Beneath an image that somebody vouched for belongs one of that kind, whatever others there are. */
static int find_dependency(
        Store *store, const char *above, const AppcDependency *dependency, char **ret, Error *e) {
        AppcReference reference = { .name = dependency->image_name, .labels = dependency->labels };
        int r = 0;

        if (dependency->image_id)
                return store_image_find(store, dependency->image_id, ret, e);
        r = store_image_is_verified(store, above, e);
        if (r > 0)
                r = store_image_find_name(store, &reference, true, ret, NULL) >= 0;
        if (r != 0)
                return r < 0 ? r : 0;
        return store_image_find_name(store, &reference, false, ret, e);
}

static int check_above(const Above *above, const char *id, Error *e) {
        for (const Above *up = above; up; up = up->above)
                if (strcmp(up->id, id) == 0)
                        return error_new(e, -ELOOP, "image %s depends on itself", id);
        if (above && above->depth >= STORE_DEPENDENCY_DEPTH_MAX)
                return error_new(e, -E2BIG, "dependencies more than %d deep",
                                 STORE_DEPENDENCY_DEPTH_MAX);
        return 0;
}

/* Takes @id. */
static int add(StoreDependencies *list, char *id, char *const *upper) {
        StoreDependency *items = reallocarray(list->items, list->n + 1, sizeof(*items));

        if (!items) {
                free(id);
                return -ENOMEM;
        }
        list->items = items;
        list->items[list->n++] = (StoreDependency){ .id = id, .upper = upper };
        return 0;
}

/* Takes @id. Siblings follow one another from the last to the first, each with its own behind it. */
static int visit(Store *store,
                 StoreDependencies *list,
                 char *id,
                 char *const *upper,
                 const Above *above,
                 Error *e) {
        Above here = { .above = above, .id = id, .depth = above ? above->depth + 1 : 1 };
        const AppcImage *image = NULL;
        int r = check_above(above, id, e);

        if (r >= 0 && list->n == STORE_DEPENDENCIES_MAX)
                r = error_new(e, -E2BIG, "more than %d dependencies", STORE_DEPENDENCIES_MAX);
        if (r < 0) {
                free(id);
                return r;
        }
        r = add(list, id, upper);
        if (r < 0)
                return r;
        r = store_image_manifest(store, id, NULL, &list->items[list->n - 1].image, NULL, e);
        if (r < 0)
                return r;
        image = list->items[list->n - 1].image;
        if (!upper && strv_length(image->path_whitelist) > 0)
                upper = image->path_whitelist;
        for (size_t i = image->n_dependencies; i-- > 0;) {
                const AppcDependency *dependency = &image->dependencies[i];
                char *found = NULL;

                r = find_dependency(store, here.id, dependency, &found, e);
                if (r < 0)
                        return error_wrap(e, r, "dependency \"%s\" of image %s",
                                          dependency->image_name, here.id);
                r = visit(store, list, found, upper, &here, e);
                if (r < 0)
                        return r;
        }
        return 0;
}

int store_dependencies_read(Store *store, const char *id, StoreDependencies *ret, Error *e) {
        _cleanup_(store_dependencies_done) StoreDependencies list = {};
        char *copy = strdup(id);
        int r = 0;

        if (!copy)
                return -ENOMEM;
        r = visit(store, &list, copy, NULL, NULL, e);
        if (r >= 0)
                *ret = struct_take(&list);
        return r;
}

/* Returns 1 if a directory of the tree is there only because something lies in it: stacked upon another
 * tree it would hide what that one says of the directory. */
static int has_implicit(const Store *store, const char *key, Error *e) {
        _cleanup_(store_seal_reader_freep) StoreSealReader *reader = NULL;
        _cleanup_(store_seal_file_done) StoreSealFile file = STORE_SEAL_FILE_NULL;
        _cleanup_(fd_closep) int fd = store_tree_open(store, key, e);
        const StoreSealEntry *entry = NULL;
        int r = fd < 0 ? fd : store_seal_file_open(fd, &file, e);

        if (r >= 0)
                r = store_seal_reader_new(file.bytes, file.n, &reader, e);
        while (r >= 0 && (r = store_seal_next(reader, &entry, e)) > 0)
                if (entry->flags & STORE_SEAL_IMPLICIT)
                        return 1;
        return r;
}

int store_dependencies_need_rendering(const Store *store,
                                      const StoreDependencies *list,
                                      char *const *const *keys,
                                      Error *e) {
        for (size_t i = 0; i < list->n; i++) {
                int r = 0;

                if (strv_length(list->items[i].image->path_whitelist) > 0)
                        return 1;
                if (i == list->n - 1)
                        break;
                if (strv_length(keys[i]) != 1 || !text_after(keys[i][0], APPC_ID_PREFIX))
                        return 1; /* a layer's whiteouts are about its own image only */
                r = has_implicit(store, keys[i][0], e);
                if (r != 0)
                        return r;
        }
        return 0;
}

/* What was put into the tree by images of higher priority. */
typedef struct Taken {
        char *path;
        bool directory;
} Taken;

typedef struct Rendering {
        void *taken; /* a tree of Taken, by path */
        StoreCopy *copy;
} Rendering;

static int compare(const void *a, const void *b) {
        return strcmp(((const Taken *) a)->path, ((const Taken *) b)->path);
}

static void taken_free(void *node) {
        Taken *taken = node;

        free(taken->path);
        free(taken);
}

static void rendering_done(Rendering *rendering) {
        tdestroy(rendering->taken, taken_free);
        store_copy_free(rendering->copy);
}

static const Taken *find(const Rendering *rendering, const char *path) {
        Taken key = { .path = (char *) (uintptr_t) path };
        Taken *const *node = tfind(&key, &rendering->taken, compare);

        return node ? *node : NULL;
}

static int take(Rendering *rendering, const StoreSealEntry *entry) {
        Taken *taken = calloc(1, sizeof(*taken));

        if (!taken)
                return -ENOMEM;
        *taken = (Taken){ .path = strdup(entry->path), .directory = S_ISDIR(entry->mode) };
        if (!taken->path || !tsearch(taken, &rendering->taken, compare)) {
                taken_free(taken);
                return -ENOMEM;
        }
        return 0;
}

/* A file of higher priority hides a directory of its name with all that is in it. */
static bool is_hidden(const Rendering *rendering, const char *path) {
        char parent[STORE_SEAL_PATH_MAX + 1];
        char *slash = NULL;

        (void) snprintf(parent, sizeof(parent), "%s", path);
        while ((slash = strrchr(parent, '/'))) {
                const Taken *taken = NULL;

                *slash = '\0';
                taken = find(rendering, parent);
                if (taken && !taken->directory)
                        return true;
        }
        return false;
}

/* An entry of the list names one path, cleaned: not what lies below it, and no pattern. */
static bool is_listed(char *const *whitelist, const char *path) {
        for (; *whitelist; whitelist++) {
                const char *at = path, *item = *whitelist;
                bool same = true;

                while (same && (*at || *item)) {
                        size_t n = 0;

                        item += strspn(item, "/");
                        while (item[0] == '.' && (item[1] == '/' || item[1] == '\0')) {
                                item++;
                                item += strspn(item, "/");
                        }
                        n = strcspn(item, "/");
                        same = strncmp(at, item, n) == 0 && (at[n] == '/' || at[n] == '\0') &&
                               (n > 0 || (!*at && !*item));
                        if (!same)
                                break;
                        at += n + (at[n] == '/');
                        item += n;
                }
                if (same)
                        return true;
        }
        return false;
}

static bool
is_chosen(const Rendering *rendering, const StoreDependency *item, const StoreSealEntry *entry) {
        char *const *own = item->image->path_whitelist;

        if (entry->n_path == 0)
                return !find(rendering, "");
        if (entry->flags & STORE_SEAL_IMPLICIT)
                return false;
        if (own && own[0] && !S_ISDIR(entry->mode) && !is_listed(own, entry->path))
                return false;
        if (item->upper && !is_listed(item->upper, entry->path))
                return false;
        return !find(rendering, entry->path) && !is_hidden(rendering, entry->path);
}

static int render_one(const Store *store,
                      Rendering *rendering,
                      const StoreDependency *item,
                      char *const *keys,
                      Error *e) {
        _cleanup_(store_merge_freep) StoreMerge *merge = NULL;
        const StoreSealEntry *entry = NULL;
        int root_fd = -EBADF, r = store_merge_new(store, keys, &merge, e);

        while (r >= 0 && (r = store_merge_next(merge, &entry, &root_fd, e)) > 0) {
                if (!is_chosen(rendering, item, entry))
                        continue;
                r = store_copy_add(rendering->copy, entry, root_fd, e);
                if (r >= 0)
                        r = take(rendering, entry);
        }
        return r;
}

static int render_all(const Store *store,
                      const StoreDependencies *list,
                      char *const *const *keys,
                      const StoreWorkbench *bench,
                      Error *e) {
        _cleanup_(store_report_done) StoreReport report = STORE_REPORT_NULL;
        _cleanup_(rendering_done) Rendering rendering = {};
        StoreRenderJob job = STORE_RENDER_JOB_NULL;
        int r = store_copy_new(bench->root_fd, NULL, &rendering.copy);

        for (size_t i = 0; r >= 0 && i < list->n; i++)
                r = render_one(store, &rendering, &list->items[i], keys[i], e);
        if (r >= 0)
                r = store_copy_finish(rendering.copy, e);
        if (r < 0)
                return r;
        job.mode = STORE_RENDER_SEAL;
        job.tree_fd = bench->root_fd;
        job.seal_fd = bench->seal_fd;
        return store_render_run(store, &job, &report, e);
}

static char *join_ids(const StoreDependencies *list) {
        char *text = NULL;
        size_t n = 0;
        FILE *out = open_memstream(&text, &n);

        if (!out)
                return NULL;
        for (size_t i = 0; i < list->n; i++)
                fprintf(out, "%s%s", i > 0 ? "," : "", list->items[i].id);
        if (fclose(out) == 0)
                return text;
        free(text);
        return NULL;
}

/* The key's hash is made once, by the helper, and remembered. */
static int stack_key(const Store *store, const char *ids, char **ret, Error *e) {
        _cleanup_(store_rows_freep) StoreRows *rows = NULL;
        OciDigest digest;
        int r = store_sql_recall(store->sql, &rows, e, "SELECT key FROM stack WHERE list = ?", "s",
                                 ids);

        if (r >= 0)
                r = store_rows_next(rows, e);
        if (r > 0) {
                *ret = strdup(store_rows_text(rows, 0));
                return *ret ? 0 : -ENOMEM;
        }
        if (r >= 0)
                r = store_digest_text(store, ids, strlen(ids), OCI_SHA512, &digest, e);
        if (r < 0)
                return r;
        if (asprintf(ret, "deps-sha512-%.*s", APPC_KEY_HEX, oci_digest_hex(&digest)) < 0)
                return -ENOMEM;
        r = store_sql_run(store->sql, e, "INSERT OR REPLACE INTO stack(list, key) VALUES(?, ?)",
                          "ss", ids, *ret);
        if (r < 0)
                free(ptr_take(ret));
        return r < 0 ? r : 0;
}

/* The tree's lock is held. */
static int make_stack(const Store *store,
                      const StoreDependencies *list,
                      char *const *const *keys,
                      const char *key,
                      Error *e) {
        _cleanup_(store_workbench_done) StoreWorkbench bench = STORE_WORKBENCH_NULL;
        _cleanup_(store_stage_done) StoreStage stage = STORE_STAGE_NULL;
        int r = store_stage_open(store, &stage, e), state = 0;

        if (r < 0)
                return r;
        state = store_tree_state(store, key, e);
        if (state == STORE_TREE_UNSURE) {
                r = store_tree_settle(&stage, key, e);
                if (r != -EUCLEAN)
                        return r;
        } else if (state < 0 || state == STORE_TREE_GOOD)
                return state < 0 ? state : 0;
        r = store_workbench_open(&stage, &bench, e);
        if (r >= 0)
                r = render_all(store, list, keys, &bench, e);
        return r < 0 ? r : store_tree_publish(&stage, bench.name, key, e);
}

int store_dependencies_render(const Store *store,
                              const StoreDependencies *list,
                              char *const *const *keys,
                              char **ret_key,
                              Error *e) {
        _cleanup_(freep) char *ids = join_ids(list), *key = NULL;
        _cleanup_(fd_closep) int lock = -EBADF;
        int r = ids ? stack_key(store, ids, &key, e) : -ENOMEM;

        if (r < 0)
                return r;
        r = store_tree_state(store, key, e);
        if (r >= 0 && r != STORE_TREE_GOOD) {
                lock = store_lock_tree(store, key, true);
                r = lock < 0 ? error_new(e, lock, "cannot lock tree %s", key)
                             : make_stack(store, list, keys, key, e);
        }
        if (r >= 0)
                *ret_key = ptr_take(&key);
        return r < 0 ? r : 0;
}
