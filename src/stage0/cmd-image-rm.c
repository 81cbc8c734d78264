/* SPDX-License-Identifier: Apache-2.0 */
#include "commands.h"
#include "image-remove.h"
#include "image-store.h"

static int run(const Rkt *rkt, void *settings, char **words) {
        _cleanup_(store_freep) Store *store = NULL;
        _cleanup_(error_done) Error e = ERROR_NULL;
        _cleanup_(strv_freep) Strv ids = NULL;
        ImageRemovals removals = {};
        int r = 0;

        (void) settings;
        if (!*words) {
                rkt_say(rkt, "must provide at least one image ID");
                return EXIT_FAILED;
        }
        r = image_store_open(rkt, &store, &e);
        for (; r >= 0 && *words; words++) {
                _cleanup_(strv_freep) Strv found = NULL;
                int s = image_store_find_all(store, *words, &found, &e);

                if (s < 0) {
                        (void) rkt_fail(rkt, &e, s);
                        error_done(&e);
                        removals.unknown++;
                }
                for (char **id = found; r >= 0 && id && *id; id++)
                        if (!strv_contains(ids, *id))
                                r = strv_append(&ids, *id);
        }
        if (r < 0)
                return rkt_fail(rkt, &e, r);
        for (char **id = ids; id && *id; id++)
                image_remove(rkt, store, *id, &removals);
        return image_removals_tell(rkt, &removals);
}

const Verb verb_image_rm = {
        .name = "rm",
        .arguments = "IMAGE...",
        .summary =
                "Remove one or more images with the given IDs or image names from the local store",
        .description = "Unlike image gc, image rm allows users to remove specific images.",
        .settings_size = 1,
        .run = run,
};
