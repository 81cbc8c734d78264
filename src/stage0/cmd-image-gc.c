/* SPDX-License-Identifier: Apache-2.0 */
#include "commands.h"
#include "human.h"
#include "image-remove.h"
#include "image-store.h"
#include "pods-use.h"
#include "store-deps.h"
#include "store-gc.h"

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

static int collect_trees(const Rkt *rkt, Store *store, const PodsUse *use, Error *e) {
        _cleanup_(strv_freep) Strv removed = NULL;
        int r = store_gc(store, use->trees, &removed, e);

        if (r == 0)
                rkt_say(rkt,
                        "others are at work in the store: trees and what was left behind there "
                        "are for the next time");
        for (char **key = removed; key && *key; key++)
                rkt_say(rkt, "removed treestore \"%s\"", *key);
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

/* Those that stay, with what they depend on; one whose dependencies are missing already keeps what it
 * can. */
static int
find_kept(Store *store, const StoreImages *images, int64_t limit, const PodsUse *use, Strv *ret) {
        int r = 0;

        for (size_t i = 0; r >= 0 && i < images->n; i++) {
                _cleanup_(store_dependencies_done) StoreDependencies list = {};
                const StoreImage *image = &images->items[i];

                if (image->used <= limit && !is_used(use->images, image->id))
                        continue;
                r = strv_append(ret, image->id);
                if (r >= 0 && store_dependencies_read(store, image->id, &list, NULL) >= 0)
                        for (size_t k = 1; r >= 0 && k < list.n; k++)
                                r = strv_append(ret, list.items[k].id);
        }
        return r;
}

static int compare_used(const void *a_pointer, const void *b_pointer) {
        const StoreImage *a = a_pointer, *b = b_pointer;

        return (a->used > b->used) - (a->used < b->used);
}

static int collect_images(const Rkt *rkt,
                          Store *store,
                          int64_t limit,
                          const PodsUse *use,
                          ImageRemovals *removals,
                          Error *e) {
        _cleanup_(store_images_done) StoreImages images = {};
        _cleanup_(strv_freep) Strv settled = NULL;
        int r = store_image_list(store, &images, e);

        if (r >= 0)
                r = find_kept(store, &images, limit, use, &settled);
        if (r < 0)
                return r;
        qsort(images.items, images.n, sizeof(*images.items), compare_used);
        for (size_t i = 0; r >= 0 && i < images.n; i++) {
                const char *id = images.items[i].id;

                if (strv_contains(settled, id))
                        continue;
                image_remove(rkt, store, id, removals);
                r = strv_append(&settled, id); /* it comes once for each of its names */
        }
        return r;
}

static int collect(const Rkt *rkt, int64_t grace, ImageRemovals *removals, Error *e) {
        _cleanup_(stage0_done) Stage0 stage0 = {};
        _cleanup_(store_freep) Store *store = NULL;
        _cleanup_(pods_use_done) PodsUse use = {};
        _cleanup_(fd_closep) int lock = -EBADF;
        int r = stage0_open(rkt, true, &stage0, e);

        if (r >= 0)
                r = image_store_open(rkt, &store, e);
        if (r >= 0) /* no pod is made as long as we look who needs what */
                r = store_lock_trees(store, true, &lock, e);
        if (r >= 0)
                r = pods_use_read(&stage0, &use, e);
        if (r >= 0)
                r = collect_trees(rkt, store, &use, e);
        return r < 0 ? r : collect_images(rkt, store, human_now() - grace, &use, removals, e);
}

static int run(const Rkt *rkt, void *settings_pointer, char **words) {
        const Settings *settings = settings_pointer;
        _cleanup_(error_done) Error e = ERROR_NULL;
        ImageRemovals removals = {};
        int r = collect(rkt, settings->grace > 0 ? settings->grace - 1 : GRACE_DEFAULT, &removals,
                        &e);

        (void) words;
        return r < 0 ? rkt_fail(rkt, &e, r) : image_removals_tell(rkt, &removals);
}

const Verb verb_image_gc = {
        .name = "gc",
        .arguments = "[--grace-period=DURATION]",
        .summary = "Garbage collect local store",
        .description =
                "This is intended to be run periodically from a timer or cron job.\nRemoves the trees that no pod uses, what crashes left in the store, and the images that were not used for the grace period by any pod that runs, or by an image that stays. Trees are made again when their image is run.",
        .options = { options },
        .settings_size = sizeof(Settings),
        .run = run,
};
