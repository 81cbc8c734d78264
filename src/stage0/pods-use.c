/* SPDX-License-Identifier: Apache-2.0 */
#include "pods-use.h"

#include "files.h"

#define APPS_INFO "appsinfo"
#define APP_TREES "treeStoreID"

void pods_use_done(PodsUse *use) {
        strv_free(use->trees);
        strv_free(use->images);
        *use = (PodsUse){};
}

static int add(Strv *list, char *const *words) {
        int r = 0;

        for (; r >= 0 && words && *words; words++)
                if (!strv_contains(*list, *words))
                        r = strv_append(list, *words);
        return r;
}

/* A pod without overlays has no such file. */
static int add_trees(const Pod *pod, const char *path, PodsUse *use, Error *e) {
        _cleanup_(strv_freep) Strv keys = NULL;
        int r = pod_read_trees(pod, path, &keys);

        if (r == -ENOENT)
                return 0;
        if (r < 0)
                return error_wrap(e, r, "cannot read \"%s\" of pod \"%s\"", path, pod->uuid.text);
        return add(&use->trees, keys);
}

/* By what lies there, since the manifest comes last. */
static int add_apps(const Pod *pod, PodsUse *use, Error *e) {
        _cleanup_(fd_closep) int fd = dir_open_at(pod->fd, APPS_INFO);
        _cleanup_(strv_freep) Strv apps = NULL;
        int r = fd == -ENOENT ? 0 : fd < 0 ? fd : dir_list(fd, &apps);

        if (r < 0)
                return error_wrap(e, r, "cannot read the apps of pod \"%s\"", pod->uuid.text);
        for (char **app = apps; r >= 0 && app && *app; app++) {
                _cleanup_(freep) char *path = NULL;

                if (asprintf(&path, APPS_INFO "/%s/" APP_TREES, *app) < 0) {
                        path = NULL;
                        return -ENOMEM;
                }
                r = add_trees(pod, path, use, e);
        }
        return r;
}

static int add_images(const Pod *pod, PodsUse *use, Error *e) {
        _cleanup_(appc_pod_freep) AppcPod *manifest = NULL;
        int r = pod_read_manifest(pod, &manifest, e);

        for (size_t i = 0; r >= 0 && i < manifest->n_apps; i++)
                if (manifest->apps[i].image_id)
                        r = add(&use->images, (char *const[]){ manifest->apps[i].image_id, NULL });
        return r;
}

int pods_use_read(const Stage0 *stage0, PodsUse *ret, Error *e) {
        _cleanup_(pod_list_done) PodList list = {};
        _cleanup_(pods_use_done) PodsUse use = {};
        int r = pods_list(stage0->pods, false, &list, e);

        for (size_t i = 0; r >= 0 && i < list.n; i++) {
                _cleanup_(pod_closep) Pod *pod = NULL;

                r = pod_open_listed(stage0->pods, &list.pods[i], &pod, e);
                if (r == -ENOENT) { /* removed meanwhile */
                        error_done(e);
                        r = 0;
                        continue;
                }
                if (r >= 0)
                        r = add_trees(pod, POD_STAGE1_TREE, &use, e);
                if (r >= 0)
                        r = add_apps(pod, &use, e);
                if (r >= 0 && pod->state == POD_RUNNING)
                        r = add_images(pod, &use, e);
        }
        if (r >= 0)
                *ret = struct_take(&use);
        return r;
}
