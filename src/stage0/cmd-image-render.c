/* SPDX-License-Identifier: Apache-2.0 */
#include "commands.h"
#include "image-unpack.h"

/* Trees that were changed are made again. */
static int find(const Rkt *rkt, Store *store, const char *id, StoreLayers *ret, Error *e) {
        _cleanup_(store_layers_done) StoreLayers layers = STORE_LAYERS_NULL;
        int r = store_layers_get(store, id, &layers, NULL, e);

        if (r >= 0)
                r = store_layers_check(store, layers.keys, STORE_CHECK_FULL, e);
        if (r == -EUCLEAN && layers.keys) {
                rkt_say(rkt, "warning: tree cache is in a bad state. Rebuilding...");
                error_done(e);
                return store_layers_get(store, id, ret, NULL, e);
        }
        if (r >= 0)
                *ret = struct_take(&layers);
        return r;
}

static int run(const Rkt *rkt, void *settings, char **words) {
        return image_unpack(rkt, settings, words, find);
}

const Verb verb_image_render = {
        .name = "render",
        .arguments = "[--rootfs-only] [--overwrite] IMAGE OUTPUT_DIR",
        .summary = "Render a stored image to a directory with all its dependencies",
        .description =
                "IMAGE should be a string referencing an image: either a ID or an image name.",
        .options = { image_unpack_options },
        .settings_size = sizeof(ImageUnpackSettings),
        .words = WORDS_IMAGES,
        .run = run,
};
