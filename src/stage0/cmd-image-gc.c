/* SPDX-License-Identifier: Apache-2.0 */
#include "commands.h"
#include "fetch-partial.h"
#include "human.h"
#include "image-remove.h"
#include "image-store.h"
#include "pods-use.h"
#include "store-deps.h"
#include "store-gc.h"
#include "store-remote.h"

#define GRACE_DEFAULT (24 * 3600 * NSEC_PER_SEC)

typedef struct Settings {
        int64_t grace; /* nanoseconds; one more than what was given, 0 for the default */
} Settings;

static int set_grace(void *settings, const char *value, Error *e) {
        int64_t period = 0;
        int r = human_parse_duration(value, &period);

        (void) e;
        if (r >= 0)
                ((Settings *) settings)->grace = (period < 0 ? 0 : period) + 1;
        return r;
}

static const Option options[] = {
        { "grace-period", NULL, "24h0m0s", set_grace,
          "duration to wait since an image was last used before removing it", 0, NULL },
        {},
};

typedef struct Collection {
        const Rkt *rkt;
        Stage0 stage0;
        Store *store;
        PodsUse use;
        ImageRemovals *removals;
} Collection;

static void collection_done(Collection *c) {
        pods_use_done(&c->use);
        store_free(c->store);
        stage0_done(&c->stage0);
}

static int collect_trees(const Collection *c, Error *e) {
        _cleanup_(strv_freep) Strv removed = NULL;
        int r = store_gc(c->store, c->use.trees, &removed, e);

        if (r == 0)
                rkt_say(c->rkt, "others are at work in the store: trees and what was left behind "
                                "there are for the next time");
        for (char **key = removed; key && *key; key++)
                rkt_say(c->rkt, "removed treestore \"%s\"", *key);
        return r;
}

/* Pod manifests that users wrote may have ids of any length. */
static bool is_used(char *const *used, const char *id) {
        for (; used && *used; used++)
                if (strncmp(*used, id,
                            strlen(*used) < APPC_KEY_LENGTH ? strlen(*used) : APPC_KEY_LENGTH) == 0)
                        return true;
        return false;
}

/* What an image that stays depends on; where that is missing already, it keeps what it can. */
static int add_dependencies(Store *store, const char *id, Strv *kept) {
        _cleanup_(store_dependencies_done) StoreDependencies list = {};
        int r = 0;

        if (store_dependencies_read(store, id, &list, NULL) < 0)
                return 0;
        for (size_t i = 1; r >= 0 && i < list.n; i++)
                if (!strv_contains(*kept, list.items[i].id))
                        r = strv_append(kept, list.items[i].id);
        return r;
}

/* By last use, and the names of one image beside each other. */
static int compare_images(const void *a_pointer, const void *b_pointer) {
        const StoreListed *a = a_pointer, *b = b_pointer;

        return a->used == b->used ? strcmp(a->id, b->id) : a->used > b->used ? 1 : -1;
}

static void
remove_images(const Collection *c, const StoreImages *images, size_t n_old, char *const *kept) {
        for (size_t i = 0; i < n_old; i++) {
                const char *id = images->items[i].id;

                if (i > 0 && strcmp(id, images->items[i - 1].id) == 0)
                        continue; /* another of its names */
                if (!is_used(c->use.images, id) && !strv_contains(kept, id))
                        image_remove(c->rkt, c->store, id, c->removals);
        }
}

static int collect_images(const Collection *c, int64_t limit, Error *e) {
        _cleanup_(store_images_done) StoreImages images = {};
        _cleanup_(strv_freep) Strv kept = NULL;
        size_t n_old = 0;
        int r = store_image_list(c->store, APPC_KEY_LENGTH, &images, e);

        if (r < 0 || images.n == 0)
                return r;
        qsort(images.items, images.n, sizeof(*images.items), compare_images);
        while (n_old < images.n && images.items[n_old].used <= limit)
                n_old++;
        if (n_old == 0)
                return 0;
        for (size_t i = 0; r >= 0 && i < images.n; i++)
                if (i >= n_old || is_used(c->use.images, images.items[i].id))
                        r = add_dependencies(c->store, images.items[i].id, &kept);
        if (r >= 0)
                remove_images(c, &images, n_old, kept);
        return r;
}

/* What of downloads was left in the middle; with a period of 0, that of this very second, too. */
static void collect_downloads(const Collection *c, int64_t grace) {
        _cleanup_(fd_closep) int dir_fd = store_remote_directory(c->store, NULL);

        if (dir_fd >= 0)
                (void) fetch_partial_sweep(dir_fd, grace / NSEC_PER_SEC - 1);
}

static int collect(Collection *c, int64_t grace, Error *e) {
        _cleanup_(fd_closep) int lock = -EBADF;
        int r = stage0_open(c->rkt, true, &c->stage0, e);

        if (r >= 0)
                r = image_store_open(c->rkt, &c->store, e);
        if (r >= 0) /* no pod is made as long as we look who needs what */
                r = store_lock_trees(c->store, true, &lock, e);
        if (r >= 0)
                r = pods_use_read(&c->stage0, &c->use, e);
        if (r >= 0)
                r = collect_trees(c, e);
        if (r >= 0)
                collect_downloads(c, grace);
        return r < 0 ? r : collect_images(c, human_now() - grace, e);
}

static int run(const Rkt *rkt, void *settings_pointer, char **words) {
        const Settings *settings = settings_pointer;
        _cleanup_(error_done) Error e = ERROR_NULL;
        ImageRemovals removals = {};
        _cleanup_(collection_done) Collection c = { .rkt = rkt, .removals = &removals };
        int r = collect(&c, settings->grace > 0 ? settings->grace - 1 : GRACE_DEFAULT, &e);

        (void) words;
        return r < 0 ? rkt_fail(rkt, &e, r) : image_removals_tell(rkt, &removals);
}

const Verb verb_image_gc = {
        .name = "gc",
        .arguments = "[--grace-period=DURATION]",
        .summary = "Garbage collect local store",
        .description =
                "This is intended to be run periodically from a timer or cron job.\nRemoves the trees that no pod uses, what crashes and broken downloads left in the store, and the images that were not used for the grace period by any pod that runs, or by an image that stays. Trees are made again when their image is run.",
        .options = { options },
        .settings_size = sizeof(Settings),
        .run = run,
};
